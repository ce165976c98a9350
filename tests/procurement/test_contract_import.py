"""A body's existing contracts from a file: read right or refused, all or nothing, recognised when they come again."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.procurement import contract_rows
from app.procurement.contract_rows import COLUMNS, headers
from app.worker import Worker
from tests.procurement.town import Town, ok, stranger
from tests.support.tables import rows_of

ROW = {
    "number": "総契-１",
    "title": "髙齢者見守り①の利用",
    "vendor_number": "",
    "vendor_name": "髙木システム株式会社",
    "business_areas": "窓口ＤＸＳａａＳ",
    "software_name": "見守り①（架空）",
    "concluded_on": "令和８年４月１日",
    "starts_on": "R8.4.1",
    "ends_on": "2027/3/31",
    "total": "１，３２０，０００円",
}


def csv(*rows: dict[str, Any], encoding: str = "utf-8") -> bytes:
    """A file of these rows under the names of the columns."""
    names = [column.name for column in COLUMNS]
    lines = [",".join(names)]
    lines += [",".join(f'"{row.get(name, "")}"' for name in names) for row in rows]
    return "\r\n".join(lines).encode(encoding)


def run(town: Town, content: bytes, **options: str) -> dict[str, Any]:
    """Upload, let the worker work, and read the report: `{job, faults}`."""
    job = ok(town.officer.post("/api/v1/contracts/imports", content=content, params=options), 202)
    worker = Worker(town.world.app.state.settings, clock=town.world.clock, database=town.world.database)
    worker.drain()
    worker.close()
    return ok(town.officer.get(f"/api/v1/jobs/{job['id']}/report"))


def listed(town: Town) -> list[dict[str, Any]]:
    """The body's contracts by API."""
    return list(ok(town.officer.get("/api/v1/contracts", params={"limit": 100}))["items"])


def test_the_way_from_dry_run_to_the_list_and_again(town: Town) -> None:
    recorded = town.contract(number="れいじ-1")
    number = town.vendor.corporate_number or ""
    rows = [
        ROW,
        ROW | {"number": "総契-2", "vendor_number": number, "vendor_name": "", "software_id": town.good},
        # Recorded here already: number and party are the same.
        ROW | {"number": "れいじ-1", "vendor_number": number, "total": "5"},
    ]
    content = csv(*rows, encoding="cp932")
    checked = run(town, content, dry_run="true")["job"]
    assert checked["status"] == "succeeded", ok(town.officer.get(f"/api/v1/jobs/{checked['id']}/report"))
    assert [checked["result"][name] for name in ("created", "known", "linked")] == [2, 1, 1]
    assert [row["id"] for row in listed(town)] == [recorded["id"]]
    taken = ok(town.officer.post(f"/api/v1/contracts/imports/{checked['id']}/confirmation"), 202)
    worker = Worker(town.world.app.state.settings, clock=town.world.clock, database=town.world.database)
    worker.drain()
    worker.close()
    done = ok(town.officer.get(f"/api/v1/jobs/{taken['id']}"))
    assert "既に登録済み1件" in done["message"]
    assert done["result"]["known_rows"][0]["differing"]
    found = {row["number"]: row for row in listed(town)}
    assert {number: row["imported"] for number, row in found.items()} == {
        "総契-１": True, "総契-2": True, "れいじ-1": False,
    }  # fmt: skip
    first = ok(town.officer.get(f"/api/v1/contracts/imported/{found['総契-１']['id']}"))
    assert first["title"] == "髙齢者見守り①の利用"
    assert first["vendor_name"] == "髙木システム株式会社"
    assert (first["concluded_on"], first["total"]) == ("2026-04-01", 1_320_000)
    assert first["vendor_id"] is None
    assert first["business_areas"] == ["counter_dx_saas"]
    linked = ok(town.officer.get(f"/api/v1/contracts/imported/{found['総契-2']['id']}"))
    assert linked["vendor_id"] == town.vendor.id
    assert linked["software_id"] == town.good
    # The same file again, and the same contracts in another form: nothing changes, and it is said.
    again = run(town, content)["job"]
    assert again["result"]["repeat_of"] == taken["id"]
    assert again["result"]["created"] == 0
    assert "同じファイル" in again["message"]
    export = town.officer.get("/api/v1/contracts/export", params={"format": "xlsx"})
    third = run(town, export.content)["job"]
    assert (third["result"]["known"], third["result"]["created"]) == (3, 0), third
    assert all(row["differing"] == [] for row in third["result"]["known_rows"])
    assert len(town.events("contract.imported")) == 2
    # Whose it is: the vendor reads its own, another town nothing, and a mistaken one is taken back.
    assert [row["number"] for row in town.vendor_page.get("/api/v1/contracts").json()["items"]].count(
        "総契-2"
    )
    path = f"/api/v1/contracts/imported/{linked['id']}"
    assert stranger(town).get(path).status_code == 404
    assert town.vendor_page.get(path).json()["number"] == "総契-2"
    assert town.vendor_page.get(f"/api/v1/contracts/imported/{first['id']}").status_code == 404
    # Recording it here as well would count it twice: not before the import is taken back.
    twice = town.terms(project_id=recorded["project_id"], number="総契-2")
    refused = town.officer.post("/api/v1/contracts", json=twice)
    assert (refused.status_code, refused.json()["contract_id"], refused.json()["imported"]) == (
        409,
        linked["id"],
        True,
    )
    assert "取込みを取り消して" in refused.json()["detail"]
    of_another = twice | {"number": "総契-１"}
    ok(town.officer.post("/api/v1/contracts", json=of_another), 201)
    ok(town.officer.post(f"{path}/withdrawal", json={"reason": "別の年度のため。"}))
    assert town.officer.post(f"{path}/withdrawal", json={"reason": "もう一度。"}).status_code == 409
    assert "総契-2" not in {row["number"] for row in listed(town)}
    assert run(town, csv(rows[1]))["job"]["result"]["created"] == 1


def test_every_fault_at_once_with_row_and_column_and_nothing_is_changed(town: Town) -> None:
    wrong = {
        "number": "",
        "vendor_number": "1234567890123",
        "business_areas": "窓口DX",
        "software_id": "sw_none",
        "starts_on": "R0.4.1",
        "ends_on": "2027-02-30",
        "total": "▲500",
        "publish_summary": "はい",
    }
    report = run(town, csv(ROW, ROW | wrong, ROW | {"ends_on": "2025-01-01"}))
    assert report["job"]["status"] == "failed"
    assert listed(town) == []
    places = {(fault["row"], fault["column"], fault["code"]) for fault in report["faults"]}
    assert places >= {
        (3, "number", "required"),
        (3, "vendor_number", "check-digit"),
        (3, "business_areas", "unknown_term"),
        (3, "software_id", "no_such_listing"),
        (3, "starts_on", "not_a_date"),
        (3, "ends_on", "not_a_date"),
        (3, "total", "negative_total"),
        (3, "publish_summary", "not_allowed"),
        (4, "ends_on", "end_before_start"),
        (4, "number", "duplicate"),
    }
    assert all(fault["remedy"] for fault in report["faults"])


def _workbook(merge: bool = False) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "contracts"
    sheet.append(headers())
    sheet.append([ROW.get(column.name) for column in COLUMNS])
    sheet.append([ROW.get(column.name) for column in COLUMNS])
    if merge:
        sheet.merge_cells("A2:A3")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_what_cannot_be_read_right_is_refused(town: Town) -> None:
    merged = run(town, _workbook(merge=True))
    assert merged["job"]["status"] == "failed"
    assert "A2:A3" in str(merged["faults"])
    broken = run(town, csv(ROW).replace("髙".encode(), b"\xe9\xab", 1))
    assert {fault["code"] for fault in broken["faults"]} == {"wrong_encoding"}
    lacking = run(town, b"number,title\r\n1,2\r\n")
    assert "total" in {fault["column"] for fault in lacking["faults"]}
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(70_000_000))
    assert len(bomb.getvalue()) < 200_000
    packed = run(town, bomb.getvalue())
    assert packed["job"]["status"] == "failed"
    assert packed["faults"][0]["code"] == "too_large", packed
    refused = town.officer.post("/api/v1/contracts/imports", content=b'{"number": "1"}')
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/file"
    assert listed(town) == []


def test_the_template_is_taken_as_it_is_and_its_example_is_right(town: Town) -> None:
    template = town.officer.get("/api/v1/contracts/imports/template", params={"format": "xlsx"})
    rows = rows_of(template)
    assert len(rows) == 3
    empty = run(town, template.content)
    assert {fault["code"] for fault in empty["faults"]} == {"empty"}
    example = town.officer.get("/api/v1/contracts/imports/template").content.decode("utf-8-sig")
    filled = example.replace(contract_rows.EXAMPLE, "")
    job = run(town, filled.encode())["job"]
    assert (job["status"], job["result"].get("created")) == ("succeeded", 1), job


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=12,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"number": TEXTS, "vendor_name": TEXTS, "software_name": TEXTS, "note": TEXTS,
             "total": st.integers(0, 10**12).map(str)}
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda row: (row["number"], contract_rows.party_of("", row["vendor_name"])),
    )
)  # fmt: skip
def test_whatever_was_imported_is_recognised_when_its_export_comes_back(
    town: Town, rows: list[dict[str, str]]
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([column.name for column in COLUMNS])
    for row in rows:
        given_row = ROW | row
        for index, column in enumerate(COLUMNS, 1):
            cell = sheet.cell(sheet.max_row + (index == 1), index)
            cell.value = given_row.get(column.name, "")
            cell.data_type = "s"
    target = io.BytesIO()
    book.save(target)
    before = len(listed(town))
    first = run(town, target.getvalue())
    assert first["job"]["status"] == "succeeded", first
    after = listed(town)
    assert len(after) - before == first["job"]["result"]["created"]
    for form in ("csv", "xlsx"):
        back = run(town, town.officer.get("/api/v1/contracts/export", params={"format": form}).content)
        assert back["job"]["status"] == "succeeded", back
        assert (back["job"]["result"]["created"], back["job"]["result"]["known"]) == (0, len(after))
    assert listed(town) == after
