"""A suspension as a procedure: notice, statement, decision by other eyes, objection, answer, end; and out of order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import col, select
from starlette.testclient import TestClient

from app.access.actor import system_actor
from app.audit.models import AuditEvent
from app.organisations.models import MasterAgreement
from app.review import suspensions
from tests.listings.market import Market, urgent

NOTE = "登録または資格を確認するため、公開を停止しています。"


def admin(market: Market) -> TestClient:
    """A further administrator of the Agency who has just logged in."""
    world = market.world
    return world.client(world.login(world.agency(), "agency_admin"))


def vendor(market: Market) -> TestClient:
    """An administrator of the vendor who has just logged in."""
    return market.world.client(market.world.login(market.vendor, "vendor_admin"))


def post(
    client: TestClient, path: str, body: dict[str, Any] | None = None, status: int = 200
) -> dict[str, Any]:
    answer = client.post(f"/api/v1{path}", json=body or {})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def announced(market: Market, path: str, client: TestClient) -> str:
    """The procedure's address after a notice: the statement is due in 10 days, the suspension planned in 20."""
    today = market.world.clock.today()
    body = {
        "reason": "証書を確認できないため",
        "statement_due": (today + timedelta(days=10)).isoformat(),
        "planned_on": (today + timedelta(days=20)).isoformat(),
    }
    made = post(client, f"{path}/suspension-notice", body, 201)
    assert made["status"] == "noticed"
    return f"/suspensions/{made['id']}"


def public(market: Market, path: str) -> int:
    return market.visitor.get(f"/api/v1{path}").status_code


def test_notice_statement_decision_objection_and_the_way_back(market: Market) -> None:
    path = f"/software/{market.published()}"
    first = admin(market)
    case = announced(market, path, first)
    assert public(market, path) == 200, "a notice changes nothing yet"
    assert market.seller.get(f"/api/v1{case}").status_code == 404
    post(first, f"{path}/suspension", urgent(), 409)  # one procedure at a time
    decision = {"verdict": "suspend", "reason": "弁明でも確認できないため", "note": NOTE, "until": ""}
    post(first, f"{case}/decision", decision, 403)  # who announced it
    waiting = post(admin(market), f"{case}/decision", decision, 409)
    assert "弁明の期限" in waiting["detail"]
    post(vendor(market), f"{case}/objection", {"text": "早すぎる"}, 409)
    assert post(vendor(market), f"{case}/statement", {"text": "証書は更新中です。"})["statement_at"]
    post(vendor(market), f"{case}/statement", {"text": "もう一度"}, 409)
    early = post(admin(market), f"{case}/decision", decision, 409)
    assert "予告した日" in early["detail"]
    market.world.clock.move(days=20)
    faulty = post(
        admin(market), f"{case}/decision", {"verdict": "suspend", "reason": "", "until": "R7.1.1"}, 422
    )
    assert {fault["pointer"] for fault in faulty["errors"]} == {"/reason", "/note", "/until"}
    decider = admin(market)
    assert post(decider, f"{case}/decision", decision)["status"] == "suspended"
    gone = market.visitor.get(f"/api/v1{path}").json()
    assert (gone["kind"], gone["note"]) == ("suspended", NOTE)
    assert "弁明" not in str(gone)

    # The objection: by another than who decided; upheld, and public again with a note.
    assert (
        post(vendor(market), f"{case}/objection", {"text": "新しい証書を添えます。"})["status"] == "objected"
    )
    answer = {"verdict": "uphold", "reason": "証書を確認", "note": "申出を受けて確認し、公開を再開しました。"}
    post(decider, f"{case}/answer", answer, 403)
    assert (
        post(admin(market), f"{case}/answer", answer | {"note": ""}, 422)["errors"][0]["pointer"] == "/note"
    )
    assert public(market, path) == 410
    ended = post(admin(market), f"{case}/answer", answer)
    assert (ended["status"], ended["end_kind"]) == ("ended", "upheld")
    assert public(market, path) == 200
    shown = market.world.client().get(f"/listings/{path.rpartition('/')[2]}").text
    assert "申出を受けて確認し、公開を再開しました。" in shown
    post(admin(market), f"{case}/lifting", {}, 409)
    with market.world.read() as session:
        events = session.exec(
            select(AuditEvent.action)
            .where(col(AuditEvent.object_id) == case.rpartition("/")[2])
            .order_by(col(AuditEvent.id))
        ).all()
    assert [event for event in events if event.startswith("suspension.")] == [
        f"suspension.{past}" for past in ("announced", "stated", "suspended", "objected", "upheld")
    ]


def test_an_urgent_one_is_heard_afterwards_and_ends_by_its_day(market: Market) -> None:
    path = f"/software/{market.published()}"
    until = (market.world.clock.today() + timedelta(days=30)).isoformat()
    first = admin(market)
    post(first, f"{path}/suspension", urgent() | {"until": until})
    (row,) = first.get("/api/v1/suspensions?status=suspended").json()["items"]
    case = f"/suspensions/{row['id']}"
    assert (row["urgent"], row["ground"], row["until"]) == (True, "security", until)
    assert row["objection_due"] == "2027-02-22"
    post(admin(market), f"{case}/confirmation", {"reason": "危険が続く"}, 409)  # not heard yet
    post(vendor(market), f"{case}/statement", {"text": "直しました。"})
    post(first, f"{case}/confirmation", {"reason": "危険が続く"}, 403)
    assert post(admin(market), f"{case}/confirmation", {"reason": "危険が続く"})["confirmed_at"]
    post(vendor(market), f"{case}/objection", {"text": "不服です。"})
    dismissed = post(admin(market), f"{case}/answer", {"verdict": "dismiss", "reason": "危険が続く"})
    assert (dismissed["status"], dismissed["answer"]) == ("suspended", "危険が続く")
    again = post(vendor(market), f"{case}/objection", {"text": "もう一度"}, 409)
    assert "すでに" in again["detail"]

    def sweep() -> int:
        with market.world.database.write() as session:
            return suspensions.sweep(session, system_actor(), market.world.clock)

    market.world.clock.move(days=30)
    assert (sweep(), public(market, path)) == (0, 410), "the last day is part of it"
    market.world.clock.move(days=1)
    assert (sweep(), public(market, path)) == (1, 200)
    assert admin(market).get(f"/api/v1{case}").json()["end_kind"] == "until"


def test_a_notice_may_be_dropped_and_an_agreement_suspended(market: Market) -> None:
    path = f"/software/{market.published()}"
    dropped = announced(market, path, admin(market))
    drop = {"verdict": "drop", "reason": "証書を確認"}
    assert post(admin(market), f"{dropped}/decision", drop)["status"] == "dropped"
    with market.world.read() as session:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == market.vendor.id)
        ).one()
    case = announced(market, f"/agreements/{agreement.id}", admin(market))
    market.world.clock.move(days=20)  # the vendor says nothing
    decision = {"verdict": "suspend", "reason": "応答がないため", "note": NOTE}
    assert post(admin(market), f"{case}/decision", decision)["status"] == "suspended"
    gone = market.visitor.get(f"/api/v1{path}").json()
    assert (gone["kind"], gone["note"]) == ("agreement", NOTE)
    # The firm may object for 90 days, the last included.
    market.world.clock.move(days=90)
    page = vendor(market).get(f"/vendor{case}").text
    assert "期限は2027年3月14日（令和9年）です。" in page
    market.world.clock.move(days=1)
    late = post(vendor(market), f"{case}/objection", {"text": "遅れましたが、不服です。"}, 409)
    assert "2027-03-14" in late["detail"]
    assert "不服の申出の期限" in vendor(market).get(f"/vendor{case}").text
    market.world.clock.move(days=-91)
    soon = {"reason": "x", "statement_due": "2026-12-16", "planned_on": "2026-12-15"}
    faulty = post(admin(market), f"{path}/suspension-notice", soon, 422)
    assert {fault["pointer"] for fault in faulty["errors"]} == {"/statement_due", "/planned_on"}
    assert post(admin(market), f"{case}/lifting", {"reason": "応答あり"})["end_kind"] == "lifted"
    assert public(market, path) == 200
