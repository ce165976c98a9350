"""A reviewer sees what is said otherwise, and records what was verified; it ends with what it was about."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup

from tests.listings.market import Market
from tests.specifications.ministry import Ministry, requirement
from tests.support.client import TestClient
from tests.world import World

CONFORMANCE = "/api/v1/conformance"
ITEMS = [requirement(f"001000{n}", f"要件{n}ができること。") for n in range(1, 4)]


def _claimed(world: World, client: TestClient) -> tuple[Ministry, Market, str, str, str]:
    """A published listing that answers requirement 1 about a version in force; specification, listing and version."""
    ministry, market = Ministry(world), Market(world)
    spec = ministry.register()
    first = ministry.draft(spec, "1.0", ITEMS)
    ministry.publish(first)
    version = str(client.get(first).json()["id"])
    software = market.draft()["id"]
    market.editor.post(f"{CONFORMANCE}/{software}", json={"version_id": version})
    _say(market, software, version, [{"key": "0010001", "state": "conforms"}])
    market.approve(f"/software/{software}")
    return ministry, market, spec, software, version


def _say(market: Market, software: str, version: str, said: list[dict[str, Any]]) -> None:
    answer = market.editor.post(f"{CONFORMANCE}/{software}/{version}/statements", json={"statements": said})
    assert answer.status_code == 200, answer.text


def test_the_case_shows_what_is_said_otherwise(world: World, client: TestClient) -> None:
    _, market, _, software, version = _claimed(world, client)
    said = [
        {"key": "0010001", "state": "conditional", "how": "別製品と組む", "note": "第2版から"},
        {"key": "0010002", "state": "conforms", "evidence": "https://example.jp/manual"},
    ]
    _say(market, software, version, said)
    case = market.claim(market.submit(f"/software/{software}"))
    (change,) = case["conformance"]
    assert (change["kind"], change["version_number"], change["unanswered"]) == ("changed", "1.0", 1)
    told = [
        (
            one["key"],
            one["before"] and one["before"]["state"],
            one["after"]["state"],
            one["after"]["evidence"],
        )
        for one in change["changes"]
    ]
    assert told == [
        ("0010001", "conforms", "conditional", ""),
        ("0010002", None, "conforms", "https://example.jp/manual"),
    ]
    page = BeautifulSoup(market.reviewer.get(f"/review/cases/{case['id']}").text, "html.parser")
    table = page.select_one("section[aria-labelledby=conformance] table")
    assert table is not None
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in table.select("tbody tr")
    ]
    assert rows == [
        ["0010001", "要件1ができること。", "適合", "条件付き 条件：別製品と組む 備考：第2版から"],
        ["0010002", "要件2ができること。", "未回答", "適合 根拠：https://example.jp/manual"],
    ]
    # What was decided stays readable as it was then, also after the next revision.
    assert market.decide(case, "approve").status_code == 200
    market.editor.delete(f"{CONFORMANCE}/{software}/{version}")
    dropped = market.claim(market.submit(f"/software/{software}"))["conformance"]
    assert [(one["kind"], len(one["changes"])) for one in dropped] == [("dropped", 2)]
    again = market.reviewer.get(f"/api/v1/reviews/{case['id']}").json()["conformance"]
    assert [one["kind"] for one in again] == ["changed"]
