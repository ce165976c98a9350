"""A vendor claims a version, answers by API, page and file, and takes the answers over to the next version."""

from __future__ import annotations

import io
from typing import Any

from bs4 import BeautifulSoup
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from tests.listings.market import Market
from tests.specifications.ministry import Ministry, requirement
from tests.support.client import TestClient
from tests.world import World

CONFORMANCE = "/api/v1/conformance"
FIRST = [requirement(f"001000{n}", f"要件{n}ができること。") for n in range(1, 5)]
SECOND = [
    FIRST[0],
    requirement("0010002", "要件2が、いつでもできること。"),
    requirement("0010009", "要件3ができること。"),
    requirement("0010005", "要件5ができること。"),
]


def _version(client: TestClient, address: str) -> str:
    return str(client.get(address).json()["id"])


def _states(answer: Any) -> dict[str, str | None]:
    assert answer.status_code in (200, 201), answer.text
    return {each["key"]: each["state"] for each in answer.json()["statements"]}


def test_from_the_first_claim_to_the_next_version(world: World, client: TestClient) -> None:
    ministry, market = Ministry(world), Market(world)
    spec = ministry.register()
    first = ministry.draft(spec, "1.0", FIRST)
    ministry.publish(first)
    version = _version(client, first)
    software = market.draft()["id"]
    made = market.editor.post(f"{CONFORMANCE}/{software}", json={"version_id": version})
    assert set(_states(made).values()) == {None}
    address = f"{CONFORMANCE}/{software}/{version}"
    refused = market.editor.post(
        f"{address}/statements",
        json={
            "statements": [
                {"key": "9999999", "state": "conforms"},
                {"key": "0010001", "state": "planned", "planned_on": "2026-01-01"},
                {"key": "0010002", "state": "conforms", "evidence": "ftp://example.jp/"},
            ]
        },
    )
    assert {each["pointer"] for each in refused.json()["errors"]} == {
        "/statements/0/key", "/statements/1/planned_on", "/statements/2/evidence",
    }  # fmt: skip
    said = [
        {"key": "0010001", "state": "conforms", "evidence": "https://example.jp/manual"},
        {"key": "0010002", "state": "conforms"},
        {"key": "0010003", "state": "planned", "planned_on": "2027-04-01"},
    ]
    assert market.editor.post(f"{address}/statements", json={"statements": said}).status_code == 200
    assert market.seller.post(f"{address}/statements", json={"statements": said}).status_code == 404
    assert client.get(address).status_code == 404, "a draft is nobody's business"

    # What the public reads is the live revision; later answers wait for the next one's publication.
    market.approve(f"/software/{software}")
    told = client.get(f"{CONFORMANCE}/{software}").json()["items"][0]
    city = next(each for each in told["coverage"] if each["size_class"] == "core_city")
    assert (city["level"], city["missing"], told["unanswered"]) == ("no", ["0010003", "0010004"], 1)
    assert "国が適合を保証するものではありません" in told["caution"]
    more = [{"key": "0010004", "state": "conditional", "how": "別製品と組む"}]
    assert market.editor.post(f"{address}/statements", json={"statements": more}).status_code == 200
    assert client.get(address).json()["unanswered"] == 1
    page = client.get(f"/listings/{software}/conformance")
    assert page.status_code == 200
    assert "自己申告" in page.text

    # The file comes back as it was sent; faults name their cells, and then nothing is written.
    file = market.editor.get(f"{address}/file", params={"revision": "working"}).content
    assert market.editor.post(f"{address}/file", content=file).status_code == 200
    book = load_workbook(io.BytesIO(file))
    sheet = book["回答"]
    header = {cell.value: get_column_letter(at) for at, cell in enumerate(sheet[1], 1)}
    sheet[f"{header['回答']}2"] = "たぶん"
    sheet[f"{header['根拠のURL']}3"] = "http://example.jp/"
    sheet["A5"] = "0010003"
    spoilt = io.BytesIO()
    book.save(spoilt)
    refused = market.editor.post(f"{address}/file", content=spoilt.getvalue())
    assert {each["pointer"] for each in refused.json()["errors"]} == {
        f"/file/回答/{header['回答']}2", f"/file/回答/{header['根拠のURL']}3", "/file/回答/A5",
    }  # fmt: skip
    whole = market.editor.get(address, params={"revision": "working"})
    assert [*_states(whole).values()] == ["conforms", "conforms", "planned", "conditional"]

    # The grid: a row answered, the rest filled alike; a fault keeps what was typed.
    desk = world.client(market.editor_login)
    grid = f"/vendor/software/{software}/conformance/{version}"
    soup = BeautifulSoup(desk.get(grid).text, "html.parser")
    hidden = {
        str(field["name"]): str(field["value"])
        for field in soup.select("form[action$='" + version + "'] input[type=hidden]")
        if field.get("name") != "row"
    }
    rows = {"row": ["0", "1", "2", "3"]}
    wrong = desk.post(grid, data={**hidden, **rows, "state-0": "planned", "planned_on-0": "いつか"})
    assert wrong.status_code == 422
    assert 'value="いつか"' in wrong.text
    saved = desk.post(grid, data={**hidden, **rows, "state-0": "not_met", "fill": "conforms"})
    assert saved.status_code == 303, saved.text
    whole = market.editor.get(address, params={"revision": "working"})
    assert [*_states(whole).values()] == ["not_met", "conforms", "conforms", "conforms"]

    # The next version keeps the answers to what did not change, and asks for the rest.
    second = ministry.draft(spec, "2.0", SECOND, based_on="1.0")
    tag = ministry.desk.get(second).headers["etag"]
    ministry.desk.patch(second, json={"renumbered": {"0010009": "0010003"}}, headers={"If-Match": tag})
    ministry.publish(second)
    carried = market.editor.post(
        f"{CONFORMANCE}/{software}", json={"version_id": _version(client, second), "carry_from": version}
    )
    assert _states(carried) == {
        "0010001": "not_met", "0010002": None, "0010009": "conforms", "0010005": None,
    }  # fmt: skip
    assert market.editor.delete(address).status_code == 204
    kept = market.editor.get(f"{CONFORMANCE}/{software}", params={"revision": "working"}).json()["items"]
    assert [each["version_number"] for each in kept] == ["2.0"]
    assert client.get(address).status_code == 200, "the live revision still says it"
