"""What a suspension and a renewal under way mean for bodies: told, shown, no new contract, the old one valid."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from sqlmodel import Session

from app.notifications import suspension
from app.notifications.mail import FolderTransport
from app.notifications.service import Notifier
from app.organisations.expiry_models import Grace
from app.organisations.models import Qualification
from app.settings import Settings
from tests.listings.market import urgent
from tests.procurement.town import Town, ok
from tests.support.smtp import plain_text

DECISION = {"decision_date": "2026-11-24", "decision_post": "町長", "decision_document": "第1号"}


def test_a_suspension_is_told_shown_and_closes_what_is_new(town: Town) -> None:
    contract = town.contract()
    waiting = town.proposed()
    unsigned = town.awarded()
    agency = town.world.client(town.world.login(town.world.agency(), "agency_admin"))
    ok(agency.post(f"/api/v1/offers/{town.offer}/suspension", json=urgent("内々の理由")))
    (case,) = ok(agency.get("/api/v1/suspensions"))["items"]
    with town.world.read() as session:
        notice = suspension.to_buyers(session, case["id"])
    assert notice is not None
    assert {one.person_id for one in notice.recipients} == {
        town.officer_login.person_id,
        town.approver_login.person_id,
    }
    assert "内々の理由" not in str(notice.facts)
    for address in (f"/projects/{waiting}", f"/contracts/{contract['id']}"):
        standing = ok(town.officer.get(f"/api/v1{address}/standing"))
        assert [one["note"] for one in standing["suspensions"]] == [urgent()["note"]]
        shown = town.officer_page.get(address).text
        assert "公開が停止されています" in shown
        assert "有効なままです" in shown
        assert "内々の理由" not in shown
    refused = town.approver_page.post(f"/api/v1/projects/{waiting}/selection/confirmation", json=DECISION)
    assert (refused.status_code, refused.json()["reason"]) == (409, "suspended")
    today = town.world.clock.today()
    terms = town.terms(project_id=unsigned, number="新-1", concluded_on=today.isoformat())
    assert town.officer.post("/api/v1/contracts", json=terms).json()["reason"] == "suspended"
    # Concluded the day before, it is a fact and may be recorded.
    earlier = terms | {"concluded_on": (today - timedelta(days=1)).isoformat()}
    ok(town.officer.post("/api/v1/contracts", json=earlier), 201)
    ok(agency.post(f"/api/v1/suspensions/{case['id']}/lifting", json={}))
    ok(town.approver_page.post(f"/api/v1/projects/{waiting}/selection/confirmation", json=DECISION))


def test_a_pinned_revision_that_is_taken_back_is_told_and_marked(
    town: Town, settings: Settings, tmp_path: Path
) -> None:
    town.shelf.revise(town.offer, name="値段を誤ったプラン（架空）")
    contract = town.contract()
    waiting = town.proposed()
    near = town.neighbour()
    agency = town.world.client(town.world.login(town.world.agency(), "agency_admin"))
    pinned = ok(town.officer.get(f"/api/v1/contracts/{contract['id']}"))["offer"]["revision_id"]
    body = {"revision_id": pinned, "reason": "単価の桁の誤り", "note": "価格を確かめています。"}
    ok(agency.post(f"/api/v1/offers/{town.offer}/revocation", json=body))
    with town.world.read() as session:
        notice = suspension.revoked_to_buyers(session, pinned)
    assert notice is not None
    told = {one.person_id for one in notice.recipients}
    assert told == {town.officer_login.person_id, town.approver_login.person_id}
    assert near.officer_login.person_id not in told
    post = Notifier(town.world.database, settings, town.world.clock, FolderTransport(tmp_path / "out"))
    assert post.deliver("notify.revocation-buyers", pinned, "ob_1") == 2
    mail = message_from_bytes(next((tmp_path / "out").iterdir()).read_bytes(), policy=default)
    words = plain_text(mail)
    assert "第2版は、誤って公開されたため" in words
    assert "価格を確かめています。" in words
    assert "単価の桁" not in words
    for address in (f"/projects/{waiting}", f"/contracts/{contract['id']}"):
        (mark,) = ok(town.officer.get(f"/api/v1{address}/standing"))["revoked"]
        assert (mark["revision_id"], mark["number"], mark["note"]) == (pinned, 2, "価格を確かめています。")
        assert "誤って公開されたため" in town.officer_page.get(address).text


def _ended(session: Session, town: Town, until: date | None) -> None:
    today = town.world.clock.today()
    session.add(
        Qualification(
            id="qua_ended",
            organisation_id=town.vendor.id,
            number="0000123456",
            kinds=["sale"],
            valid_from=date(2025, 4, 1),
            valid_until=today - timedelta(days=1),
            created_at=town.world.clock.now(),
        )
    )
    if until is not None:
        session.add(
            Grace(
                id="grc_1",
                organisation_id=town.vendor.id,
                kind="qualification",
                subject_id="qua_ended",
                ends_on=today - timedelta(days=1),
                until=until,
                declared_at=town.world.clock.now(),
            )
        )


def test_a_firm_in_renewal_is_public_and_closed_to_new_contracts(town: Town) -> None:
    waiting = town.proposed()
    today = town.world.clock.today()
    with town.world.database.write() as session:
        _ended(session, town, today + timedelta(days=30))
    listing = ok(town.world.api().get(f"/api/v1/software/{town.good}"))
    assert (listing["visible"], listing["renewing"]) == (True, True)
    assert "更新手続中" in town.world.client().get(f"/listings/{town.good}").text
    assert "更新手続中です" in town.officer_page.get(f"/projects/{waiting}").text
    address = f"/api/v1/projects/{waiting}/selection/confirmation"
    refused = town.approver_page.post(address, json=DECISION)
    assert (refused.status_code, refused.json()["reason"]) == (409, "renewing")
    assert "全省庁統一資格" in refused.json()["detail"]
    body = {
        "number": "0000123456",
        "kinds": ["sale"],
        "valid_from": today.isoformat(),
        "valid_until": "2031-03-31",
    }
    qualifications = f"/api/v1/organisations/{town.vendor.id}/qualifications"
    ok(town.vendor_page.post(qualifications, json=body | {"grade": ""}), 201)
    ok(town.approver_page.post(address, json=DECISION))


def test_a_firm_whose_qualification_ended_gets_no_new_contract(town: Town) -> None:
    waiting = town.proposed()
    with town.world.database.write() as session:
        _ended(session, town, None)
    gone = town.world.api().get(f"/api/v1/software/{town.good}")
    assert (gone.status_code, gone.json()["kind"]) == (410, "qualification")
    address = f"/api/v1/projects/{waiting}/selection/confirmation"
    assert town.approver_page.post(address, json=DECISION).json()["reason"] == "not-in-force"
