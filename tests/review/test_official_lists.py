"""Official lists: read right or refused, all or nothing, matched by number, shown in the case, opening tasks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from app.kit.errors import Invalid
from app.organisations.models import Organisation, Qualification
from app.review.official_import import ListReport, import_file
from app.review.official_lists import LISTS, decode, read_mapping
from app.review.official_models import AgencyTask, OfficialEntry, OfficialListImport
from tests.listings.market import Market
from tests.review.steps import post, running_market
from tests.support.databases import Databases
from tests.web.test_review_pages import press
from tests.world import corporate_number

SAMPLES = Path(__file__).parent / "official"
FIRM = corporate_number(90000001)


@pytest.fixture
def market(databases: Databases, tmp_path: Any) -> Any:
    """A market whose vendor is the first of the fictional lists, with a qualification and an ISMAP registration."""
    with running_market(databases, tmp_path) as market:
        with market.world.database.write() as session:
            firm = session.get(Organisation, market.vendor.id)
            assert firm is not None
            firm.corporate_number, firm.name = FIRM, "髙﨑①システム株式会社"
            session.add(firm)
            session.add(
                Qualification(
                    id="qua_1",
                    organisation_id=firm.id,
                    number="0000123456",
                    kinds=["manufacture"],
                    valid_from=date(2025, 4, 1),
                    valid_until=date(2028, 3, 31),
                    created_at=market.world.clock.now(),
                )
            )
        yield market


def take_in(
    market: Market, name: str, file: Path | None = None, as_of: str = "2026-11-01", **more: Any
) -> ListReport:
    chosen = file or SAMPLES / f"{name}.csv"
    return import_file(market.world.database, market.world.clock, chosen, name, as_of, **more)


def count(market: Market, model: Any) -> int:
    with market.world.read() as session:
        return len(session.exec(select(model)).all())


def registered(until: str, number: str = "C99-0001-2") -> list[dict[str, str]]:
    return [{"scheme": "ismap", "number": number, "scope": "全体", "valid_until": until}]


def test_lists_that_agree_open_nothing_and_say_so_in_the_case(market: Market) -> None:
    made = market.draft(security_registrations=registered("2027-03-31"))
    case_id = market.submit(f"/software/{made['id']}")
    for name in LISTS:
        report = take_in(market, name)
        assert (report.added, report.tasks) == (report.rows, ()), str(report)
    with market.world.read() as session:
        entry = session.exec(
            select(OfficialEntry).where(
                col(OfficialEntry.list_name) == "corporate_numbers", col(OfficialEntry.number) == FIRM
            )
        ).one()
        other = session.exec(select(OfficialEntry).where(col(OfficialEntry.number) == "0000999999")).one()
    assert entry.name == "髙﨑①システム株式会社"
    assert (other.status, other.valid_until, other.facts["kinds"]) == (
        "cancelled",
        date(2028, 3, 31),
        "物品の販売\n役務の提供等",
    )
    checks = [
        c
        for c in market.reviewer.get(f"/api/v1/reviews/{case_id}").json()["checks"]
        if c["code"] == "official_lists"
    ]
    assert [(c["outcome"], c["message"]) for c in checks] == [("ok", "違いは見つかりません。")] * 3
    assert "法人番号の一覧（2026-11-01現在）" in market.reviewer.get(f"/review/cases/{case_id}").text


def test_what_differs_is_a_check_in_the_case_and_one_task(market: Market, tmp_path: Path) -> None:
    market.published(security_registrations=registered("2027-03-31"))
    made = market.draft(security_registrations=registered("2028-03-31", "C99-9999-9"))
    case_id = market.submit(f"/software/{made['id']}")
    with market.world.database.write() as session:
        firm = session.get(Organisation, market.vendor.id)
        qualification = session.get(Qualification, "qua_1")
        assert firm is not None
        assert qualification is not None
        firm.name, qualification.valid_until = "旧名システム株式会社", date(2028, 3, 30)
        session.add_all([firm, qualification])
    (changed,) = take_in(market, "corporate_numbers").tasks
    assert "髙﨑①システム株式会社" in changed
    assert len(take_in(market, "qualifications").tasks) == 2
    take_in(market, "ismap")
    checks = {
        c["label"].partition("の一覧")[0]: c
        for c in market.reviewer.get(f"/api/v1/reviews/{case_id}").json()["checks"]
        if c["code"] == "official_lists"
    }
    assert {name: c["outcome"] for name, c in checks.items()} == dict.fromkeys(LISTS.values(), "warning")
    assert "C99-9999-9：一覧にありません" in checks["ISMAP"]["message"]
    assert "一覧の期限は 2028-03-31、登録の期限は 2028-03-30" in checks["全省庁統一資格"]["message"]
    # The same list again, or a newer one that says the same, opens nothing more.
    assert take_in(market, "corporate_numbers").repeated
    assert take_in(market, "corporate_numbers", as_of="2026-11-20").tasks == ()
    # Merged: a newer list says so, the check becomes a fault, and minor changes no longer publish themselves.
    merged = tmp_path / "merged.csv"
    lines = (SAMPLES / "corporate_numbers.csv").read_bytes().decode("cp932").splitlines()
    merged.write_text(lines[1].replace(FIRM, "").replace(corporate_number(90000002), FIRM), "utf-8")
    report = take_in(market, "corporate_numbers", merged, as_of="2026-11-23")
    assert any("合併により解散" in text for text in report.tasks)
    labels = market.reviewer.get(f"/api/v1/reviews/{case_id}").json()["checks"]
    assert [c["outcome"] for c in labels if c["label"].startswith("法人番号")] == ["fault"]


def test_tasks_are_finished_with_a_reason_and_stay_so(market: Market) -> None:
    with market.world.database.write() as session:
        firm = session.get(Organisation, market.vendor.id)
        assert firm is not None
        firm.name = "旧名システム株式会社"
        session.add(firm)
    take_in(market, "corporate_numbers")
    (task,) = market.agency.get("/api/v1/agency-tasks").json()["items"]
    assert (task["kind"], task["subject"]) == ("name_changed", FIRM)
    assert post(market.reviewer, f"/agency-tasks/{task['id']}/completion", {"reason": "x"}).status_code == 403
    assert market.editor.get("/api/v1/agency-tasks").status_code == 403
    page = f"/agency/tasks/{task['id']}"
    assert page in market.agency.get("/agency/tasks").text
    assert press(market.agency, page, f"{page}/completion")[0] == 422
    assert press(market.agency, page, f"{page}/completion", reason="届出待ち") == (303, "/agency/tasks")
    assert "届出待ち" in market.agency.get(page).text
    assert post(market.agency, f"/agency-tasks/{task['id']}/completion", {"reason": "x"}).status_code == 409
    # Looked into as it stands: the next list that says the same is no news.
    assert take_in(market, "corporate_numbers", as_of="2026-11-20").tasks == ()
    assert market.agency.get("/api/v1/agency-tasks").json()["items"] == []
    lists = {one["name"]: one["as_of"] for one in market.agency.get("/api/v1/official-lists").json()["items"]}
    assert lists == {"corporate_numbers": "2026-11-20", "qualifications": None, "ismap": None}


def test_a_complete_list_takes_away_what_it_leaves_out(market: Market, tmp_path: Path) -> None:
    take_in(market, "qualifications")
    text = (SAMPLES / "qualifications.csv").read_text("utf-8-sig").splitlines()
    shorter = tmp_path / "shorter.csv"
    shorter.write_bytes("\r\n".join([text[0], *text[2:]]).encode("cp932"))
    dry = take_in(market, "qualifications", shorter, as_of="2026-11-20", dry_run=True)
    assert (dry.removed, len(dry.tasks)) == (1, 1)
    assert (count(market, OfficialListImport), count(market, AgencyTask)) == (1, 0)
    real = take_in(market, "qualifications", shorter, as_of="2026-11-20")
    assert (real.removed, len(real.tasks), count(market, OfficialEntry)) == (1, 1, 1)
    assert "業者コード 0000123456：一覧にありません。" in real.tasks[0]


HEAD = "業者コード,法人番号,商号又は名称,資格の種類,有効期間（自）,有効期間（至）,状態\n"


def faults_of(market: Market, tmp_path: Path, data: bytes, **more: Any) -> list[tuple[str, str]]:
    file = tmp_path / "bad.csv"
    file.write_bytes(data)
    with pytest.raises(Invalid) as refused:
        take_in(market, "qualifications", file, **more)
    assert (count(market, OfficialListImport), count(market, OfficialEntry)) == (0, 0)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_every_fault_at_once_with_row_and_column_and_nothing_written(market: Market, tmp_path: Path) -> None:
    good = f"0000000001,{FIRM},よい株式会社,a,2025-04-01,2028-03-31,有効\n"
    bad = (
        "123,1234567890123,,a,令和0年4月1日,2028-02-30,謎\n"
        f"0000000001,{FIRM},また,a,,,有効\n"
        "0000000002,,外\x07字,a,,,有効\n"
        "0000000003,,短い\n"
    )
    found = faults_of(market, tmp_path, (HEAD + good + bad).encode(), as_of="2026-12-01")
    assert found == [
        ("/as_of", "in_future"),
        ("/rows/3/name", "required"),
        ("/rows/3/number", "format"),
        ("/rows/3/corporate_number", "format"),
        ("/rows/3/status", "unknown_term"),
        ("/rows/3/valid_from", "date"),
        ("/rows/3/valid_until", "date"),
        ("/rows/4/number", "duplicate"),
        ("/rows/5/name", "characters"),
        ("/rows/6/", "columns"),
    ]
    assert faults_of(market, tmp_path, HEAD.replace("状態", "様子").encode()) == [
        ("/rows/1/status", "columns")
    ]
    assert faults_of(market, tmp_path, b"") == [("/file", "empty")]
    assert faults_of(market, tmp_path, (HEAD + '"x').encode())[-1][1] == "csv"
    assert faults_of(market, tmp_path, HEAD.encode(), as_of="昨日") == [("/as_of", "date")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_texts_come_through_as_they_are(encoding: str) -> None:
    assert decode("髙﨑①㈱～−".replace("−", "－").encode(encoding)) == "髙﨑①㈱～－"


@pytest.mark.parametrize(
    "data", ["髙﨑株式会社".encode("utf-16"), "高崎株式会社".encode("euc_jp"), b"\x81", b"ab\xff\xfe\xfd\x00"]
)
def test_other_encodings_are_refused_and_never_guessed(data: bytes) -> None:
    with pytest.raises(Invalid):
        decode(data)


def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('list = "ismap"\n[columns]\nnumber = 3\ncolour = "x"\nstatus = "状態"\n', "utf-8")
    with pytest.raises(Invalid) as refused:
        read_mapping("qualifications", path)
    pointers = {fault.pointer for fault in refused.value.faults}
    assert pointers == {
        "/mapping/list",
        "/mapping/columns/colour",
        "/mapping/columns/name",
        "/mapping/columns/number",
        "/mapping/status",
    }
    with pytest.raises(Invalid):
        read_mapping("no_such")
