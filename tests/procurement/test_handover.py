"""人事異動: last days by the clock, handover in one act, projects without an officer, and a dormant body's way back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

from sqlmodel import col, select

from app.access.actor import system_actor
from app.audit.models import AuditEvent
from app.identity.models import WebSession
from app.notifications import people
from app.organisations import housekeeping
from app.organisations.models import Membership
from app.procurement import housekeeping as procurement_housekeeping
from tests.procurement.test_supporters import DECLARED, invited, lender, supporting
from tests.procurement.town import PROJECT, Town, ok, pointers
from tests.world import Login, World


def swept(world: World) -> None:
    """The hour has struck."""
    for sweep in (housekeeping.sweep, procurement_housekeeping.sweep):
        with world.database.write() as session:
            sweep(session, system_actor("sweep"), world.clock)


def at(world: World, year: int, month: int, day: int, hour: int, minute: int = 0) -> None:
    """Move the clock to a moment in UTC."""
    world.clock.set(datetime(year, month, day, hour, minute, tzinfo=UTC))


def renewed(world: World, *logins: Login) -> None:
    """They logged in again, just now."""
    with world.database.write() as session:
        for login in logins:
            row = session.get_one(WebSession, login.session_id)
            row.auth_time = row.last_seen_at = row.created_at = world.clock.now()
            row.expires_at = world.clock.now().replace(year=world.clock.now().year + 1)
            session.add(row)


def member(login: Login, tail: str = "") -> str:
    """The member's address in the API."""
    return f"/api/v1/organisations/{login.organisation_id}/members/{login.membership_id}{tail}"


def test_the_april_handover(town: Town) -> None:
    """By pages without JavaScript: dates set in March, all handed over, the old access gone at midnight."""
    world = town.world
    at(world, 2027, 3, 1, 1)
    renewed(world, town.officer_login, town.approver_login)
    old = world.login(town.body, "buyer_officer", "buyer_approver", name="異動 前子")
    new = world.login(town.body, "buyer_officer", "buyer_approver", name="後任 次郎")
    leaving, staying = world.client(old), world.client(new)
    project_id, _ = town.assessed()
    made = world.api(old).post("/api/v1/projects", json=PROJECT | {"title": "二つめの案件"})
    second = ok(made, 201)["id"]
    ok(town.officer.put(f"/api/v1/projects/{project_id}/officer", json={"membership_id": old.membership_id}))
    helper = lender(town)
    given = {"project_ids": [project_id], "ends_on": "2027-09-30"}
    invitation = ok(leaving.post("/api/v1/supporters", json=given), 201)
    secret = invitation["url"].rpartition("/")[2]
    ok(world.client(helper).post("/api/v1/supporters/acceptance", json=DECLARED | {"secret": secret}))

    # The approver sets the last day; what is no day loses nothing of what was typed.
    last_day = f"/organisation/members/{old.membership_id}/last-day"
    field = f"last_day-{old.membership_id}"
    wrong = town.approver_page.post(last_day, data={field: "令和9年2月30日"})
    assert wrong.status_code == 422
    assert "令和9年2月30日" in wrong.text
    assert town.approver_page.post(last_day, data={field: "2027-03-31"}).status_code == 303
    swept(world)
    assert len(town.messages("notify.last-day")) == 1, "thirty days before"
    swept(world)
    assert len(town.events("membership.warned")) == 1, "once"
    with world.read() as session:
        notice = people.last_day(session, old.membership_id)
    assert notice is not None
    assert old.person_id in {to.person_id for to in notice.recipients}

    # The person hands over all of it in one act.
    path = f"/organisation/members/{old.membership_id}/handover"
    page = leaving.get(path).text
    assert "窓口支援サービスの導入" in page
    assert "二つめの案件" in page
    outsider = world.login(town.neighbour().body, "buyer_officer")
    refused = leaving.post(path, data={"successor_id": outsider.membership_id})
    assert refused.status_code == 422
    assert "この組織で所属が有効な、別の人ではありません" in unescape(refused.text)
    assert leaving.post(path, data={"successor_id": new.membership_id}).status_code == 303
    assert [e.details["supports"] for e in town.events("membership.handed-over")] == [1]
    assert len(town.events("project.officer-assigned")) == 3
    assert town.messages("notify.handed-over")
    for each in (project_id, second):
        assert "担当 後任 次郎" in staying.get(f"/projects/{each}").text
    searches = ok(world.api(new).get(f"/api/v1/projects/{project_id}/searches"))["items"]
    assert len(searches) == 1, "with the saved searches"
    # The supporter's invitation is the successor's now: who left cannot confirm it any more.
    confirm = f"/supporters/{invitation['id']}/confirmation"
    assert leaving.post(confirm).status_code == 403
    assert staying.post(confirm).status_code == 303

    at(world, 2027, 3, 31, 14, 30)  # half past eleven at night in Japan, on the last day
    renewed(world, old, new)
    assert leaving.get("/api/v1/me").json()["roles"] == ["buyer_approver", "buyer_officer"]
    at(world, 2027, 3, 31, 15)  # midnight
    assert leaving.get(f"/api/v1/projects/{project_id}").status_code == 403, "by the clock, before any sweep"
    assert world.api(old).get("/api/v1/me").status_code == 401
    swept(world)
    assert leaving.get("/api/v1/me").status_code == 401, "the sweep ended the session"
    with world.read() as session:
        ended = session.get_one(Membership, old.membership_id)
        assert (ended.status, ended.ended_by) == ("ended", "last_day")
        actions = session.exec(
            select(AuditEvent.action).where(col(AuditEvent.object_id) == old.membership_id)
        ).all()
    assert {"membership.last-day-set", "membership.handed-over", "membership.ended"} <= set(actions)
    assert staying.get(f"/projects/{project_id}").status_code == 200


def test_a_project_without_an_officer_shows_and_is_taken(town: Town) -> None:
    project_id = town.project()
    ok(town.approver_page.put(member(town.officer_login, "/last-day"), json={"last_day": "令和8年11月24日"}))
    assert "担当者なし" not in town.approver_page.get("/projects").text
    town.world.clock.move(hours=24)
    renewed(town.world, town.approver_login)
    assert "担当者なし" in town.approver_page.get("/projects").text
    assert "引き受ける" in town.approver_page.get("/projects").text
    assert ok(town.approver.get("/api/v1/projects"))["items"][0]["without_officer"] is True
    path = f"/projects/{project_id}/officer"
    vendor = {"membership_id": town.vendor_login.membership_id}
    refused = town.approver_page.post(path, data=vendor)
    assert refused.status_code == 422
    assert town.approver_page.post(path).status_code == 303
    assert "担当者なし" not in town.approver_page.get("/projects").text
    # A project that somebody keeps is not taken by a colleague.
    colleague = town.world.login(town.body, "buyer_officer")
    assert town.world.client(colleague).put(f"/api/v1{path}", json={}).status_code == 403
    # Somebody who left without handing over: an approver does it for them, to colleagues only.
    handover = member(town.approver_login, "/handover")
    given = {"successor_id": colleague.membership_id}
    assert town.world.client(colleague).post(handover, json=given).status_code == 403
    assert town.approver.post(handover, json=given).status_code == 403, "no token hands over"
    stranger = {"successor_id": town.vendor_login.membership_id}
    assert pointers(town.approver_page.post(handover, json=stranger)) == {"/successor_id"}
    themselves = {"successor_id": town.approver_login.membership_id}
    assert pointers(town.approver_page.post(handover, json=themselves)) == {"/successor_id"}
    assert [p["id"] for p in ok(town.approver_page.post(handover, json=given))["projects"]] == [project_id]


def test_a_date_that_would_leave_nobody_warns_and_tells_the_agency(world: World) -> None:
    body = world.local_government("れいじ村")
    only = world.login(body, "buyer_approver")
    browser = world.client(only)
    answer = browser.put(member(only, "/last-day"), json={"last_day": "2026-11-23"})
    assert pointers(answer) == {"/last_day"}
    assert (
        "2027-03-31" in ok(browser.put(member(only, "/last-day"), json={"last_day": "2027-03-31"}))["warning"]
    )
    second = world.login(body, "buyer_approver")
    kept = world.client(second)
    day = {"last_day": "2027-03-31"}
    assert ok(kept.put(member(only, "/last-day"), json=day))["warning"] == ""
    # The second goes: whoever is left has a date, so that the Agency hears of it again.
    admin = world.login(world.agency(), "agency_admin")
    assert kept.delete(member(second)).status_code == 204
    with world.read() as session:
        notice = people.body_without_approver(session, body.id)
    assert notice is not None
    assert notice.path == f"/agency/organisations/{body.id}"
    # Past the date the last one in force cannot be removed in favour of one who is past it.
    third = world.login(body, "buyer_approver")
    at(world, 2027, 3, 31, 15)
    renewed(world, third, admin)
    assert world.client(third).delete(member(third)).status_code == 409


def test_a_dormant_body_comes_back_through_the_agency(town: Town) -> None:
    world, body = town.world, town.body
    admin = world.login(world.agency(), "agency_admin")
    agency = world.client(admin)
    listed = "/api/v1/dormant-organisations"
    assert ok(agency.get(listed))["items"] == []
    page = f"/agency/organisations/{body.id}"
    assert agency.post(f"{page}/invitations", data={"note": ""}).status_code == 409, "it can help itself"
    ok(town.approver_page.put(member(town.approver_login, "/last-day"), json={"last_day": "2026-11-24"}))
    assert town.messages("notify.body-without-approver")
    world.clock.move(hours=24)
    renewed(world, admin, town.officer_login)
    swept(world)
    assert [(b["name"], b["members"]) for b in ok(agency.get(listed))["items"]] == [("れいじ町", 1)]
    assert "れいじ町" in agency.get("/agency/organisations").text

    # Somebody new by a link: pending until the Agency's administrator, who sees name and issuer, confirms.
    made = agency.post(f"{page}/invitations", data={"note": "新しい課長"})
    found = re.search(r"/invitations/([\w-]+)<", made.text)
    assert found is not None
    newcomer = world.login(world.vendor(), "vendor_editor", name="新任 課長")
    browser = world.client(newcomer)
    ok(browser.post("/api/v1/invitations/acceptance", json={"secret": found[1]}))
    assert "新任 課長" in agency.get(page).text
    with world.read() as session:
        pending = session.exec(
            select(Membership).where(
                col(Membership.organisation_id) == body.id, col(Membership.status) == "pending"
            )
        ).one()
    confirmed = agency.post(f"{page}/members/{pending.id}/confirmation", data={"roles": "buyer_approver"})
    assert confirmed.status_code == 303
    assert ok(agency.get(listed))["items"] == []
    ok(browser.put("/api/v1/me/organisation", json={"membership_id": pending.id}))
    assert "buyer_approver" in browser.get("/api/v1/me").json()["roles"]
    # And one of those who were there before may be restored instead.
    restored = agency.post(f"{page}/members/{town.officer_login.membership_id}/restoration")
    assert restored.status_code == 303


def test_a_supporter_past_the_date_is_ended_by_the_sweep(town: Town) -> None:
    project_id = town.project()
    helper = lender(town)
    support_id = supporting(town, helper, project_id, ends_on="2026-11-24")
    gone = lender(town)
    second, secret = invited(town, project_id)
    ok(town.world.client(gone).post("/api/v1/supporters/acceptance", json=DECLARED | {"secret": secret}))
    with town.world.database.write() as session:
        membership = session.get_one(Membership, gone.membership_id)
        membership.last_day = town.world.clock.today()
        session.add(membership)
    town.world.clock.move(hours=24)
    swept(town.world)
    for id_ in (support_id, second):
        assert ok(town.approver.get(f"/api/v1/supporters/{id_}"))["status"] == "ended"
    assert sorted(e.details["cause"] for e in town.events("support.ended")) == ["date", "membership"]
