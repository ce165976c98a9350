"""A reviewer sees what is said otherwise, and records what was verified; it ends with what it was about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup

from app.kit.ids import new_id
from app.organisations.models import Membership
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


def test_levels_are_recorded_shown_and_end(world: World, client: TestClient) -> None:
    ministry, market, spec, software, version = _claimed(world, client)
    address = f"{CONFORMANCE}/{software}/{version}"
    page = f"/review/conformance/{software}/{version}"
    assert client.get(address).json()["level"] == "self_declared"
    form = {
        "level": "tested",
        "report_url": "http://example.jp/r",
        "tested_on": "2099-01-01",
        "valid_until": "昨日",
    }
    wrong = market.reviewer.post(
        f"{address}/verifications", json={**form, "looked_at": "", "revision_number": 1}
    )
    assert {each["pointer"] for each in wrong.json()["errors"]} == {
        "/looked_at", "/report_url", "/tester", "/tested_on", "/valid_until",
    }  # fmt: skip
    refused = market.reviewer.post(page, data={**form, "revision_number": "1"})
    assert refused.status_code == 422
    assert 'value="http://example.jp/r"' in refused.text, "nothing that was typed is lost"

    # By the page: documents; a revision that is no longer live is refused.
    given = {"level": "documents", "looked_at": "操作説明書の第3章", "revision_number": "1"}
    assert market.reviewer.post(page, data={**given, "revision_number": "7"}).status_code == 409
    assert market.reviewer.post(page, data=given).status_code == 303
    told = client.get(address).json()
    assert (told["level"], told["verifications"][0]["organisation"]) == ("documents", "デジタル庁")
    public = client.get(f"/listings/{software}/conformance").text
    for shown in (
        "書類確認",
        "操作説明書の第3章",
        "国が適合を保証するものではありません。適合の確認は各団体が行います",
    ):
        assert shown in public

    # By the API: a test's result, until a day; taken back, the lower level is left.
    tested = {
        "level": "tested",
        "looked_at": "報告書",
        "report_url": "https://example.jp/report.pdf",
        "tester": "架空試験所",
        "tested_on": "2026-10-01",
        "valid_until": "令和9年3月31日",
        "revision_number": 1,
    }
    made = market.reviewer.post(f"{address}/verifications", json=tested)
    assert made.status_code == 201, made.text
    assert client.get(address).json()["level"] == "tested"
    withdrawal = f"{address}/verifications/{made.json()['id']}/withdrawal"
    assert market.reviewer.post(withdrawal, json={"reason": " "}).status_code == 422
    assert market.reviewer.post(withdrawal, json={"reason": "別の製品の報告書"}).status_code == 200
    assert market.reviewer.post(withdrawal, json={"reason": "もう一度"}).status_code == 409
    assert client.get(address).json()["level"] == "documents"
    assert "別の製品の報告書" in client.get(f"/listings/{software}/conformance").text

    # What is answered otherwise since is not verified; said as before again, it is.
    _say(market, software, version, [{"key": "0010002", "state": "conforms"}])
    assert client.get(address).json()["level"] == "documents", "the live revision has not changed"
    market.approve(f"/software/{software}")
    told = client.get(address).json()
    assert (told["level"], told["verifications"][1]["changed_since"]) == ("self_declared", 1)
    since = BeautifulSoup(market.reviewer.get(page).text, "html.parser").select_one("[aria-labelledby=since]")
    assert since is not None
    assert [row.text for row in since.select("tbody th")] == ["0010002"]
    _say(market, software, version, [{"key": "0010002", "state": ""}])
    market.approve(f"/software/{software}")
    assert client.get(address).json()["level"] == "documents"

    # It ends with the version: read so at once, written by the worker.
    again = {**tested, "revision_number": 3, "valid_until": ""}
    assert market.reviewer.post(f"{address}/verifications", json=again).status_code == 201
    ministry.publish(ministry.draft(spec, "2.0", ITEMS, based_on="1.0"))
    for _ in range(2):
        told = client.get(address).json()
        states = [each["status"] for each in told["verifications"]]
        assert (told["level"], states) == ("self_declared", ["ended", "withdrawn", "ended"])
        ministry.work()
    assert (
        told["verifications"][0]["ended_at"] is not None
        or client.get(address).json()["verifications"][0]["ended_at"]
    )
    assert market.reviewer.post(f"{address}/verifications", json=again).status_code == 409
    events = world.client(world.login(world.agency(), "auditor")).get(
        "/api/v1/audit-events", params={"limit": 100}
    )
    deeds = [each["action"] for each in events.json()["items"] if each["action"].startswith("verification.")]
    assert sorted(deeds) == ["verification.ended"] * 2 + ["verification.recorded"] * 3 + [
        "verification.withdrawn"
    ]


def test_it_ends_on_its_day_and_not_by_the_vendors_own(world: World, client: TestClient) -> None:
    _, market, _, software, version = _claimed(world, client)
    address = f"{CONFORMANCE}/{software}/{version}"
    until = (world.clock.today() + timedelta(days=2)).isoformat()
    body = {"level": "documents", "looked_at": "操作説明書", "valid_until": until, "revision_number": 1}
    # A reviewer who also belongs to the vendor.
    with world.database.write() as session:
        session.add(
            Membership(
                id=new_id("mem"),
                person_id=market.second_reviewer_login.person_id,
                organisation_id=market.vendor.id,
                roles=["vendor_editor"],
                status="active",
                origin="invitation",
                created_at=world.clock.now(),
            )
        )
    own = market.second_reviewer.post(f"{address}/verifications", json=body)
    assert (own.status_code, own.json()["rule"]) == (403, "four-eyes")
    assert market.reviewer.post(f"{address}/verifications", json=body).status_code == 201
    world.clock.move(days=2)
    assert client.get(address).json()["level"] == "documents", "its last day"
    world.clock.move(days=1)
    assert client.get(address).json()["level"] == "self_declared"
