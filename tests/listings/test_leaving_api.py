"""Leaving the catalogue: 410 with its facts and nothing else, refusals with reasons, what time does by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from app.access.actor import system_actor
from app.audit.models import AuditEvent
from app.kit.clock import TOKYO
from app.listings import housekeeping
from app.organisations.models import MasterAgreement
from app.outbox.models import OutboxRow
from tests.listings.market import Market, urgent

FACTS = {"type", "title", "status", "detail", "instance", "request_id", "id", "kind", "ended_on", "note"}


def gone(market: Market, path: str, kind: str, ended_on: str | None, note: str = "") -> None:
    """The stranger's answer is 410 with exactly these facts, on the entry and its revisions."""
    for address in (path, f"{path}/revisions", f"{path}/revisions/1"):
        for client in (market.visitor, market.seller):
            answer = client.get(f"/api/v1{address}")
            assert answer.status_code == 410, (address, answer.text)
            body = answer.json()
            assert set(body) == FACTS
            entry_id = path.split("/")[2]
            assert (body["id"], body["kind"], body["ended_on"], body["note"]) == (
                entry_id,
                kind,
                ended_on,
                note,
            )
            assert "まどぐち" not in answer.text
    listed = market.visitor.get(f"/api/v1/{path.split('/')[1]}").json()["items"]
    assert path.split("/")[2] not in [item["id"] for item in listed]


def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/v1{path}", json=body)


def test_withdraw_and_resume(market: Market) -> None:
    software_id = market.published()
    offer_id = market.published_offer(software_id)
    path = f"/software/{software_id}"
    done = post(market.editor, f"{path}/withdrawal", {"reason": "統合"})
    assert done.status_code == 200, done.text
    gone(market, path, "withdrawn", "2026-11-24")
    gone(market, f"/offers/{offer_id}", "software", "2026-11-24")
    own = market.editor.get(f"/api/v1{path}").json()
    assert (own["status"], own["end_reason"]) == ("withdrawn", "統合")
    again = post(market.editor, f"{path}/withdrawal")
    assert (again.status_code, again.json()["state"]) == (409, "withdrawn")
    assert "resumption" in again.json()["allowed"]
    assert post(market.agency, f"{path}/resumption").status_code == 403
    assert post(market.editor, f"{path}/resumption").status_code == 200
    assert market.visitor.get(f"/api/v1{path}").status_code == 200
    assert market.visitor.get(f"/api/v1/offers/{offer_id}").status_code == 200


def test_never_published_is_404_even_when_withdrawing_is_tried(market: Market) -> None:
    made = market.draft()
    refused = post(market.editor, f"/software/{made['id']}/withdrawal")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/transition-refused")
    assert market.visitor.get(f"/api/v1/software/{made['id']}").status_code == 404


def test_suspension_is_the_agencys(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    body = urgent("登録の失効", "確認中です。")
    assert post(market.editor, f"{path}/suspension", body).status_code == 403
    assert post(market.reviewer, f"{path}/suspension", body).status_code == 403
    assert post(market.world.api(market.agency_login), f"{path}/suspension", body).status_code == 403
    empty = post(market.agency, f"{path}/suspension", {"ground": "mood", "reason": "  ", "note": "長" * 501})
    assert [fault["pointer"] for fault in empty.json()["errors"]] == ["/reason", "/note", "/ground"]
    bell = post(market.agency, f"{path}/suspension", urgent("理\u0007由"))
    assert bell.json()["errors"][0]["code"] == "control_character"
    assert post(market.agency, f"{path}/suspension", body).status_code == 200
    gone(market, path, "suspended", "2026-11-24", "確認中です。")
    assert market.editor.get(f"/api/v1{path}").json()["end_reason"] == "登録の失効"
    assert post(market.editor, f"{path}/resumption").status_code == 403
    assert post(market.editor, f"{path}/withdrawal").status_code == 409
    assert post(market.agency, f"{path}/resumption").status_code == 200
    assert market.visitor.get(f"/api/v1{path}").json()["ended_on"] is None


def test_suspension_gives_back_what_was_there(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    assert post(market.editor, f"{path}/withdrawal").status_code == 200
    assert post(market.agency, f"{path}/suspension", urgent("調査")).status_code == 200
    assert post(market.agency, f"{path}/resumption").json()["status"] == "withdrawn"
    assert post(market.editor, f"{path}/resumption").json()["status"] == "published"
    assert post(market.editor, f"{path}/retirement", {"last_day": "2027-03-31"}).status_code == 200
    assert post(market.agency, f"{path}/suspension", urgent("調査")).status_code == 200
    assert market.visitor.get(f"/api/v1{path}").status_code == 410
    resumed = post(market.agency, f"{path}/resumption").json()
    assert (resumed["status"], resumed["last_day"], resumed["visible"]) == ("retired", "2027-03-31", True)


def test_a_suspended_listing_can_be_mended_and_stays_suspended(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    assert post(market.agency, f"{path}/suspension", urgent("誤り")).status_code == 200
    etag = market.editor.get(f"/api/v1{path}").headers["etag"]
    body = {"answers": {"summary": "直した概要"}}
    assert market.editor.patch(f"/api/v1{path}", json=body, headers={"If-Match": etag}).status_code == 200
    market.approve(path)
    assert market.visitor.get(f"/api/v1{path}").status_code == 410
    assert post(market.agency, f"{path}/resumption").status_code == 200
    assert market.visitor.get(f"/api/v1{path}").json()["live"]["answers"]["summary"] == "直した概要"


def test_retirement_keeps_it_until_the_last_day_has_passed(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    for bad in ("2026-11-23", "2056-11-25", "昨日", 0):
        refused = post(market.editor, f"{path}/retirement", {"last_day": bad})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/last_day"), bad
    done = post(market.editor, f"{path}/retirement", {"last_day": "2026-11-30"})
    assert done.status_code == 200, done.text
    with market.world.read() as session:
        due = session.exec(
            select(col(OutboxRow.available_at)).where(
                col(OutboxRow.topic) == "catalogue.sync", col(OutboxRow.key) == software_id
            )
        ).all()
    assert datetime(2026, 12, 1, tzinfo=TOKYO) in due
    market.world.clock.move(days=6)
    seen = market.visitor.get(f"/api/v1{path}").json()
    assert (seen["visible"], seen["last_day"]) == (True, "2026-11-30")
    market.world.clock.move(days=1)
    gone(market, path, "retired", "2026-11-30")
    edit = market.editor.patch(f"/api/v1{path}", json={"answers": {}}, headers={"If-Match": "*"})
    assert edit.status_code == 409
    assert post(market.editor, f"{path}/submission").status_code == 409
    assert post(market.editor, f"{path}/resumption").status_code == 409


def test_an_open_submission_must_be_recalled_first(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    etag = market.editor.get(f"/api/v1{path}").headers["etag"]
    market.editor.patch(f"/api/v1{path}", json={"answers": {"summary": "次"}}, headers={"If-Match": etag})
    market.submit(path)
    assert post(market.editor, f"{path}/withdrawal").status_code == 409
    assert post(market.editor, f"{path}/retirement", {"last_day": "2026-12-31"}).status_code == 409
    assert post(market.editor, f"{path}/recall").status_code == 200
    assert post(market.editor, f"{path}/withdrawal").status_code == 200


def test_agreements_decide_by_the_clock(market: Market) -> None:
    software_id = market.published()
    offer_id = market.published_offer(software_id)
    with market.world.database.write() as session:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == market.vendor.id)
        ).one()
        agreement.ends_on = market.world.clock.today()
        session.add(agreement)
    assert market.visitor.get(f"/api/v1/software/{software_id}").status_code == 200
    market.world.clock.move(days=1)
    gone(market, f"/software/{software_id}", "agreement", "2026-11-24")
    gone(market, f"/offers/{offer_id}", "agreement", "2026-11-24")
    with market.world.database.write() as session:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == market.vendor.id)
        ).one()
        agreement.ends_on = market.world.clock.today()
        agreement.status, agreement.suspended_at = "suspended", market.world.clock.now()
        session.add(agreement)
    gone(market, f"/software/{software_id}", "agreement", "2026-11-25")
    with market.world.database.write() as session:
        agreement.status, agreement.suspended_at = "active", None
        session.add(agreement)
    assert market.visitor.get(f"/api/v1/software/{software_id}").status_code == 200


def test_a_suspension_and_a_later_agreement_keep_the_date_of_the_end(market: Market) -> None:
    software_id = market.published()
    with market.world.read() as session:
        agreement_id = session.exec(
            select(col(MasterAgreement.id)).where(col(MasterAgreement.organisation_id) == market.vendor.id)
        ).one()
    path = f"/agreements/{agreement_id}"
    assert post(market.agency, f"{path}/suspension", urgent("確認のため")).status_code == 200
    market.world.clock.move(days=3)
    gone(market, f"/software/{software_id}", "agreement", "2026-11-24", urgent()["note"])
    market.agency = market.world.client(market.world.login(market.world.agency(), "agency_admin"))
    assert post(market.agency, f"{path}/resumption", {}).status_code == 200
    assert market.visitor.get(f"/api/v1/software/{software_id}").status_code == 200
    assert post(market.agency, f"{path}/termination", {"reason": "廃業"}).status_code == 200
    with market.world.database.write() as session:
        old = session.get(MasterAgreement, agreement_id)
        assert old is not None
        today: date = market.world.clock.today()
        session.add(
            MasterAgreement(
                id="agr_zzz_next",
                organisation_id=old.organisation_id,
                version_id=old.version_id,
                status="active",
                starts_on=today + timedelta(days=30),
                ends_on=today + timedelta(days=400),
                created_at=market.world.clock.now(),
            )
        )
    gone(market, f"/software/{software_id}", "agreement", "2026-11-27")


def test_the_sweep_records_each_end_once(market: Market) -> None:
    software_id = market.published()
    assert (
        post(market.editor, f"/software/{software_id}/retirement", {"last_day": "2026-11-25"}).status_code
        == 200
    )

    def sweep() -> int:
        with market.world.database.write() as session:
            return housekeeping.sweep(session, system_actor(), market.world.clock)

    assert sweep() == 0
    market.world.clock.move(days=2)
    with market.world.read() as session:
        before = len(session.exec(select(OutboxRow).where(col(OutboxRow.topic) == "catalogue.sync")).all())
    assert [sweep(), sweep()] == [1, 0]
    with market.world.read() as session:
        events = session.exec(select(AuditEvent).where(col(AuditEvent.action) == "software.left")).all()
        after = session.exec(select(OutboxRow).where(col(OutboxRow.topic) == "catalogue.sync")).all()
    assert [event.object_id for event in events] == [software_id]
    assert len(after) == before + 1


def test_every_move_is_audited_and_synced_in_its_transaction(market: Market) -> None:
    software_id = market.published()
    assert post(market.editor, f"/software/{software_id}/withdrawal").status_code == 200
    with market.world.read() as session:
        events = session.exec(
            select(AuditEvent)
            .where(col(AuditEvent.owner_organisation_id) == market.vendor.id)
            .order_by(col(AuditEvent.id))
        ).all()
        topics = session.exec(select(col(OutboxRow.topic)).order_by(col(OutboxRow.id))).all()
    assert [event.action for event in events] == [
        "software.registered",
        "revision.submitted",
        "review.claimed",
        "revision.published",
        "review.decided",
        "software.withdrawn",
    ]
    assert topics == ["notify.listing-submitted", "catalogue.sync", "notify.review-decided", "catalogue.sync"]
