"""The conformance matrix: what it shows of whom, what it counts and leaves out, as page, JSON and file."""

from __future__ import annotations

import io

from bs4 import BeautifulSoup
from openpyxl import load_workbook

from tests.conformance.claiming import claiming, stated, version_id
from tests.listings.market import Market
from tests.specifications.ministry import Ministry, requirement
from tests.support.client import TestClient
from tests.world import World

MATRIX = "/api/v1/conformance/matrix"
ONLY_CITIES = {"designated_city": "required", "core_city": "required", "general": "not_applicable"}
OPTIONAL = {"designated_city": "optional", "core_city": "optional", "general": "optional"}
REQUIRED = {"designated_city": "required", "core_city": "required", "general": "required"}
ITEMS = [
    requirement("0010001", "受付ができること。", obligation=REQUIRED),
    requirement("0010002", "=1+1 を計算できること。", obligation=REQUIRED),
    requirement("0010003", "通知ができること。", obligation=OPTIONAL),
    requirement("0010004", "区ごとに集計できること。", obligation=ONLY_CITIES),
]


def test_matrix_shows_public_statements_and_narrows_them(world: World, client: TestClient) -> None:
    ministry, market = Ministry(world), Market(world)
    spec = ministry.register()
    address = ministry.draft(spec, "1.0", ITEMS)
    unpublished = {"specification": spec, "version": "1.0", "ids": "a,b"}
    assert ministry.desk.get(MATRIX, params=unpublished).status_code == 404, "a draft is not compared"
    ministry.publish(address)
    version = version_id(client, address)
    first = claiming(
        market,
        "まどぐち一号",
        {version: [stated("0010001", "conforms"), stated("0010002", "conditional", how="=別製品")]},
    )
    second = claiming(
        market, "まどぐち二号", {version: [stated(item["key"], "conforms") for item in ITEMS[:3]]}
    )
    third = market.published(name="無回答")
    # The draft that follows says more; nobody sees it, not even its vendor, until it is public.
    said = [stated("0010003", "not_met")]
    answer = market.editor.post(
        f"/api/v1/conformance/{first}/{version}/statements", json={"statements": said}
    )
    assert answer.status_code == 200

    asked = {"specification": spec, "version": "1.0", "ids": f"{first},{second}"}
    found = market.editor.get(MATRIX, params=asked).json()
    assert [row["key"] for row in found["rows"]] == ["0010001", "0010002", "0010003"]
    cells = [[cell and cell["state"] for cell in row["cells"]] for row in found["rows"]]
    assert cells == [["conforms", "conforms"], ["conditional", "conforms"], [None, "conforms"]]
    assert found["counts"] == {"total": 3, "required": 2, "optional": 1, "differences": 2, "missing": 2}
    assert [column["coverage"]["level"] for column in found["columns"]] == ["conditional", "conforms"]
    assert "国が適合を保証するものではありません。適合の確認は各団体が行います" in found["caution"]

    def keys(**narrowed: str) -> list[str]:
        return [row["key"] for row in client.get(MATRIX, params={**asked, **narrowed}).json()["rows"]]

    assert keys(obligation="required", show="differences") == ["0010002"]
    assert keys(obligation="optional", show="missing") == ["0010003"]
    assert keys(size_class="core_city", obligation="required") == ["0010001", "0010002", "0010004"]
    assert keys(show="differences") == ["0010002", "0010003"]

    refused = client.get(MATRIX, params={**asked, "ids": first, "size_class": "town", "show": "all"})
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json()["errors"]} == {"/size_class", "/show", "/ids"}
    gone = client.get(MATRIX, params={**asked, "ids": f"{first},sw_none"})
    assert gone.status_code == 404

    book = load_workbook(io.BytesIO(client.get(MATRIX, params={**asked, "format": "xlsx"}).content))
    lines = [[cell.value for cell in row] for row in book["適合の比較"].iter_rows(min_row=2)]
    assert [line[-2:] for line in lines] == [
        ["適合", "適合"],
        ["条件付き：=別製品", "適合"],
        ["未回答", "適合"],
    ]
    assert {cell.data_type for row in book["適合の比較"].iter_rows() for cell in row if cell.value} == {"s"}
    about = {row[0].value: row[1].value for row in book["このファイルについて"].iter_rows()}
    assert "国が適合を保証するものではありません" in str(about["注意"])

    page = client.get("/conformance", params={**asked, "ids": f"{first},{second},{third}", "show": "missing"})
    assert page.status_code == 200
    soup = BeautifulSoup(page.text, "html.parser")
    table = soup.select_one("table.comparison")
    assert table is not None
    rows = [[cell.text.strip() for cell in row.select("td")] for row in table.select("tbody tr")]
    assert rows == [
        ["適合", "適合", "登録なし"],
        ["条件付き：=別製品", "適合", "登録なし"],
        ["未回答", "適合", "登録なし"],
    ]
    assert "国が適合を保証するものではありません。適合の確認は各団体が行います" in soup.text

    # From the comparison and from the version there is a way, and a wrong choice keeps what was chosen.
    compared = client.get("/compare", params={"ids": f"{first},{second}"}).text
    way = BeautifulSoup(compared, "html.parser").select_one("a[href^='/conformance']")
    assert way is not None
    choice = BeautifulSoup(client.get(str(way["href"])).text, "html.parser")
    assert [str(each["value"]) for each in choice.select("option[value^=spec]")] == [f"{spec} 1.0"]
    arrived = client.get("/conformance", params={"of": f"{spec} 1.0", "ids": f"{first},{second}"})
    assert "まどぐち二号" in arrived.text
    listed = BeautifulSoup(client.get(f"/specifications/{spec}/versions/1.0").text, "html.parser")
    way = listed.select_one("a[href^='/conformance']")
    assert way is not None
    chosen = BeautifulSoup(client.get(str(way["href"])).text, "html.parser")
    assert {str(box["value"]) for box in chosen.select("input[type=checkbox]")} == {first, second}
    wrong = client.get("/conformance", params={**asked, "show": "all"})
    assert wrong.status_code == 422
    assert len(BeautifulSoup(wrong.text, "html.parser").select("input[type=checkbox][checked]")) == 2

    # What the live revision says changes with its publication only.
    market.approve(f"/software/{first}")
    assert keys(show="differences") == ["0010002", "0010003"]
    shown = client.get(MATRIX, params=asked).json()["rows"][2]["cells"][0]
    assert shown["state"] == "not_met"
