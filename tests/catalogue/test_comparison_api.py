"""`GET /api/v1/comparisons`: two to six, JSON and CSV, differences, refusals."""

from __future__ import annotations

import csv
import io

import pytest
from starlette.testclient import TestClient

from tests.catalogue.shelf import Shelf
from tests.world import World


def _rows(body: dict[str, object]) -> dict[str, dict[str, object]]:
    groups = body["groups"]
    assert isinstance(groups, list)
    return {f"{group['subject']}.{row['field']}": row for group in groups for row in group["rows"]}


def test_rows_by_field_with_missing_answers_said(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor()
    one = shelf.software(vendor, "一つ目", sla_percent="99.9", website=None)
    two = shelf.software(vendor, "二つ目", sla_percent="99.95")
    offer = shelf.offer(vendor, one, "標準")
    body = client.get(f"/api/v1/comparisons?ids={one},{two}").json()
    assert [column["name"] for column in body["columns"]] == ["一つ目", "二つ目"]
    assert body["columns"][0]["offer"]["id"] == offer
    assert body["columns"][0]["revision"] == 1
    assert body["columns"][1]["offer"] is None
    rows = _rows(body)
    assert [cell["text"] for cell in rows["software.sla_percent"]["cells"]] == ["99.9%", "99.95%"]  # type: ignore[attr-defined]  # JSON
    assert rows["software.website"]["cells"][0] == {  # type: ignore[index]  # JSON
        "answered": False,
        "asked": True,
        "text": "未回答",
        "value": None,
    }
    assert rows["offer.name"]["cells"][1]["text"] == "サービスの掲載なし"  # type: ignore[index]  # JSON
    assert rows["software.business_areas"]["differs"] is False


def test_differences_only_on_demand(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor()
    one, two = shelf.software(vendor, "甲"), shelf.software(vendor, "乙")
    whole = client.get(f"/api/v1/comparisons?ids={one}&ids={two}").json()
    narrow = client.get(f"/api/v1/comparisons?ids={one},{two}&differences=1").json()
    assert list(_rows(narrow)) == ["software.name"]
    assert narrow["hidden"] == len(_rows(whole)) - 1
    assert whole["hidden"] == 0


def test_the_offer_named_is_shown_and_a_strange_one_refused(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    one, two, third = (shelf.software(vendor, name) for name in ("甲", "乙", "丙"))
    cheap = shelf.offer(vendor, one, "安い")
    dear = shelf.offer(
        vendor,
        one,
        "高い",
        price_lines=[
            {
                "name": "基本",
                "charge_type": "monthly",
                "unit": "月",
                "unit_price": "900000",
                "quantity_basis": "contract",
                "tax_category": "standard",
                "payee": "vendor",
            }
        ],
    )
    other = shelf.offer(vendor, third)
    default = client.get(f"/api/v1/comparisons?ids={one},{two}").json()
    assert default["columns"][0]["offer"]["id"] == cheap
    assert [offer["id"] for offer in default["columns"][0]["offers"]] == [cheap, dear]
    named = client.get(f"/api/v1/comparisons?ids={one},{two}&offers={dear}").json()
    assert (
        named["columns"][0]["offer"] | {"id": dear, "monthly_price_with_tax": 990_000}
        == named["columns"][0]["offer"]
    )
    for wrong in (other, f"{cheap},{dear}", "of_nothing"):
        answer = client.get(f"/api/v1/comparisons?ids={one},{two}&offers={wrong}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/offers"


@pytest.mark.parametrize("count", [0, 1, 7])
def test_two_to_six(client: TestClient, world: World, shelf: Shelf, count: int) -> None:
    vendor = world.vendor()
    ids = ",".join(shelf.software(vendor) for _ in range(count))
    answer = client.get(f"/api/v1/comparisons?ids={ids}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/ids"


def test_what_left_is_410_and_what_never_was_is_404(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor()
    one, left = shelf.software(vendor), shelf.software(vendor, "去った名前")
    shelf.end(left, "suspended", ended_on=world.clock.today(), end_note="調査のため")
    gone = client.get(f"/api/v1/comparisons?ids={one},{left}")
    assert gone.status_code == 410
    body = gone.json()
    assert (body["id"], body["kind"], body["ended_on"], body["note"]) == (
        left,
        "suspended",
        "2026-11-24",
        "調査のため",
    )
    assert "去った名前" not in gone.text
    assert client.get(f"/api/v1/comparisons?ids={one},sw_nothing").status_code == 404


def test_csv_opens_in_a_spreadsheet_without_running_formulas(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    one, two = shelf.software(vendor, '=HYPERLINK("http://x")', summary="+1"), shelf.software(vendor, "普通")
    by_parameter = client.get(f"/api/v1/comparisons?ids={one},{two}&format=csv")
    by_header = client.get(f"/api/v1/comparisons?ids={one},{two}", headers={"Accept": "text/csv"})
    assert by_parameter.content == by_header.content
    assert by_parameter.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_parameter.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(by_parameter.content.decode("utf-8-sig"))))
    assert lines[0] == ["区分", "項目", '\'=HYPERLINK("http://x")', "普通"]
    by_label = {line[1]: line[2:] for line in lines if len(line) > 2}
    assert by_label["概要"][0] == "'+1"
    assert by_label["版"] == ["第1版", "第1版"]
    assert not [cell for line in lines for cell in line if cell[:1] in ("=", "+", "-", "@")]


LINE = {"charge_type": "monthly", "unit": "月", "quantity_basis": "contract", "payee": "vendor"}


def test_prices_are_shown_with_and_without_tax_everywhere(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    one, two = shelf.software(vendor, "甲"), shelf.software(vendor, "乙")
    lines = [
        {**LINE, "name": "利用料", "unit_price": "1000", "tax_category": "standard"},
        {**LINE, "name": "保険料", "unit_price": "500", "tax_category": "exempt"},
    ]
    option = {"name": "研修", "charge_type": "one_off", "unit": "回", "unit_price": "80000"}
    shelf.offer(vendor, one, "標準", price_lines=lines, options=[option])
    shelf.rebuild()
    address = f"comparisons?ids={one},{two}"
    body = client.get(f"/api/v1/{address}").json()
    offer = body["columns"][0]["offer"]
    assert (offer["monthly_price"], offer["monthly_price_with_tax"]) == (1500, 1600)
    hit = client.get("/api/v1/search?price_min=1").json()["items"][0]
    assert (hit["monthly_price"], hit["monthly_price_with_tax"]) == (1500, 1600)
    table = "\n".join(row["cells"][0]["text"] for row in _rows(body).values())  # type: ignore[index]  # JSON
    pages = [client.get(path).text for path in (f"/listings/{one}", f"/compare?ids={one},{two}")]
    for text in (table, *pages):
        assert "1,000円（税込1,100円）" in text
        assert "500円（税込500円）" in text
        assert "80,000円（税込88,000円）" in text
    sheet = list(csv.reader(io.StringIO(client.get(f"/api/v1/{address}&format=csv").text)))
    assert ["掲載", "固定の月額（円、税抜）", "1500", ""] in sheet
    assert ["掲載", "固定の月額（円、税込）", "1600", ""] in sheet


def test_the_date_beside_a_revision_is_its_own(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor()
    one, two = shelf.software(vendor, "甲"), shelf.software(vendor, "乙")
    offer = shelf.offer(vendor, one, "標準")
    first = shelf.clock.today()
    shelf.clock.move(days=10)
    shelf.revise(one, summary="直した概要")
    shelf.revise(offer, summary="直した価格")
    shelf.rebuild()
    second = shelf.clock.today()
    column = client.get(f"/api/v1/comparisons?ids={one},{two}").json()["columns"][0]
    assert (column["revision"], column["published_at"][:10]) == (2, second.isoformat())
    newest = client.get("/api/v1/search?sort=-updated_at").json()["items"][0]
    assert (newest["id"], newest["published_at"][:10]) == (one, second.isoformat())
    sheet = client.get(f"/api/v1/comparisons?ids={one},{two}&format=csv").text
    assert f"公開日,{second.isoformat()},{first.isoformat()}" in sheet
    said = f"{second.year}年{second.month}月{second.day}日"
    assert client.get(f"/listings/{one}").text.count(f"{said}") >= 2
    assert f"第2版（{said}" in client.get(f"/listings/{one}").text
    assert f"第2版（{said}" in client.get("/search?sort=-updated_at").text
    assert f"第2版（{said}" in client.get(f"/compare?ids={one},{two}").text
