"""Municipalities' and the Agency's issuers: whom they may speak for, who waits, grants and invitations."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select

from app.demo.provider import RunningProvider
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.errors import Invalid
from app.organisations.grants import grant_role
from app.organisations.models import Membership, Organisation
from app.settings import Settings
from tests.identity.conftest import Browser, Browsers, audit_actions, change_person

pytestmark = pytest.mark.usefixtures("bodies")


@pytest.fixture
def granted(database: Database, settings: Settings, clock: MovableClock) -> None:
    """An approver of 札幌市 and an administrator of the Agency, from the command line."""
    with database.write() as session:
        grant_role(session, settings, clock, "lg", "officer-1", "011002", "buyer_approver")
        grant_role(session, settings, clock, "agency", "reviewer-1", "agency", "agency_admin")


def test_whoever_the_issuer_names_waits(browser: Browser) -> None:
    browser.log_in("lg", "officer-2")
    me = browser.me()
    assert me["organisation"] is None
    assert [(p["organisation_name"], p["status"]) for p in me["places"]] == [("札幌市", "pending")]
    assert "確認を待っています" in browser.site.get("/account").text


def test_whoever_was_granted_a_role_is_in_at_once(browser: Browser, granted: None) -> None:
    browser.log_in("lg", "officer-1")
    assert browser.me()["roles"] == ["buyer_approver"]
    assert browser.me()["name"] == "役場 桜"


def test_an_issuer_cannot_assert_another_bodys_code(browser: Browser, database: Database) -> None:
    browser.log_in("town", "clerk-1")
    assert [p["organisation_name"] for p in browser.me()["places"]] == ["函館市"]
    browser.forget()
    browser.log_in("town", "clerk-2")
    assert browser.me()["places"] == []
    assert "join.refused" in audit_actions(database)


def test_a_municipal_issuer_cannot_assert_the_agency(browser: Browser, granted: None) -> None:
    browser.log_in("lg", "impostor")
    assert browser.me()["places"] == []


def test_an_officer_who_moves_loses_the_former_place(
    browsers: Browsers, granted: None, provider: RunningProvider
) -> None:
    before, after = browsers(), browsers()
    before.log_in("lg", "officer-1")
    change_person(provider, "lg", "officer-1", organisation_code="012025")
    after.log_in("lg", "officer-1")
    assert before.site.get("/api/v1/me").status_code == 401
    assert [(p["organisation_name"], p["status"]) for p in after.me()["places"]] == [("函館市", "pending")]


def test_the_approver_consents(browsers: Browsers, granted: None) -> None:
    approver, newcomer = browsers(), browsers()
    newcomer.log_in("lg", "officer-2")
    approver.log_in("lg", "officer-1")
    page = approver.site.get("/organisation/members")
    assert "役場 楓" in page.text
    assert "確認待ち" in page.text
    membership = newcomer.me()["places"][0]["membership_id"]
    answer = approver.site.post(
        f"/organisation/members/{membership}/confirmation", data={"roles": ["buyer_officer"]}
    )
    assert answer.status_code == 303
    newcomer.log_in("lg", "officer-2")
    assert newcomer.me()["roles"] == ["buyer_officer"]


def test_the_agency_consents_with_other_roles(browsers: Browsers, granted: None) -> None:
    agency, newcomer = browsers(), browsers()
    newcomer.log_in("town", "clerk-1")
    agency.log_in("agency", "reviewer-1")
    assert "役場 菊" in agency.site.get("/agency/organisations").text
    place = newcomer.me()["places"][0]
    path = f"/agency/organisations/{place['organisation_id']}"
    assert "役場 菊" in agency.site.get(path).text
    answer = agency.site.post(
        f"{path}/members/{place['membership_id']}/confirmation",
        data={"roles": ["buyer_officer", "buyer_approver"]},
    )
    assert answer.status_code == 303, answer.text
    newcomer.log_in("town", "clerk-1")
    assert newcomer.me()["roles"] == ["buyer_approver", "buyer_officer"]


def test_a_role_that_the_kind_does_not_have_is_refused(browsers: Browsers, granted: None) -> None:
    approver, newcomer = browsers(), browsers()
    newcomer.log_in("lg", "officer-2")
    approver.log_in("lg", "officer-1")
    me = approver.me()
    membership = newcomer.me()["places"][0]["membership_id"]
    answer = approver.site.post(
        f"/api/v1/organisations/{me['organisation']['id']}/members/{membership}/confirmation",
        json={"roles": ["buyer_oficer"]},
    )
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert fault["pointer"] == "/roles/0"
    assert "buyer_officer" in fault["remedy"]


def test_an_invitation_from_link_to_consent(browsers: Browsers, granted: None) -> None:
    approver, invited = browsers(), browsers()
    approver.log_in("lg", "officer-1")
    made = approver.site.post("/api/v1/invitations", json={"roles": ["buyer_officer"], "note": "情報政策課"})
    assert made.status_code == 201
    link = made.json()["url"].removeprefix("http://127.0.0.1:8000")
    page = invited.site.get(link)
    assert "札幌市への招待" in page.text
    secret = link.rsplit("/", 1)[1]
    assert f'value="{secret}"' in page.text
    invited.log_in("lg", "officer-2", next="/account", invitation=secret)
    place = invited.me()["places"][0]
    assert (place["status"], place["roles"]) == ("pending", ["buyer_officer"])
    # Single use.
    assert invited.site.get(link).status_code == 404
    assert browsers().site.get(link).status_code == 404
    organisation = approver.me()["organisation"]["id"]
    confirmed = approver.site.post(
        f"/api/v1/organisations/{organisation}/members/{place['membership_id']}/confirmation", json={}
    )
    assert confirmed.status_code == 200
    assert confirmed.json()["origin"] == "invitation"
    invited.log_in("lg", "officer-2")
    assert invited.me()["roles"] == ["buyer_officer"]


def test_an_invitation_does_not_widen_what_an_issuer_may_say(browsers: Browsers, granted: None) -> None:
    approver, stranger = browsers(), browsers()
    approver.log_in("lg", "officer-1")
    link = approver.site.post("/api/v1/invitations", json={"roles": ["buyer_officer"]}).json()["url"]
    stranger.log_in("town", "clerk-1", invitation=link.rsplit("/", 1)[1])
    assert [p["organisation_name"] for p in stranger.me()["places"]] == ["函館市"]
    # It is still open for somebody of the right issuer.
    assert browsers().site.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_an_expired_and_a_revoked_invitation(browsers: Browsers, granted: None, clock: MovableClock) -> None:
    approver = browsers()
    approver.log_in("lg", "officer-1")
    made = [
        approver.site.post("/api/v1/invitations", json={"roles": ["buyer_officer"]}).json() for _ in range(2)
    ]
    assert approver.site.delete(f"/api/v1/invitations/{made[0]['id']}").status_code == 204
    stranger = browsers()
    paths = [entry["url"].removeprefix("http://127.0.0.1:8000") for entry in made]
    assert [stranger.site.get(path).status_code for path in paths] == [404, 200]
    clock.move(days=8)
    assert stranger.site.get(paths[1]).status_code == 404


def test_a_repeated_invitation_request_gives_no_second_link(browsers: Browsers, granted: None) -> None:
    approver = browsers()
    approver.log_in("lg", "officer-1")
    sent = {"json": {"roles": ["buyer_officer"]}, "headers": {"Idempotency-Key": "invite-1"}}
    first, second = (approver.site.post("/api/v1/invitations", **sent).json() for _ in range(2))  # type: ignore[arg-type]  # keyword arguments of two kinds
    assert first["url"]
    assert second["id"] == first["id"]
    assert second["url"] is None
    assert "一度だけ" in second["notice"]


def test_switching_between_organisations(
    browsers: Browsers, granted: None, database: Database, settings: Settings, clock: MovableClock
) -> None:
    with database.write() as session:
        grant_role(session, settings, clock, "lg", "officer-1", "012025", "buyer_officer")
    person = browsers()
    person.log_in("lg", "officer-1")
    first, second = person.me()["places"]
    page = person.site.get("/organisation")
    stale = {"organisation": first["organisation_id"], "contact_email": "x@example.jp"}
    assert page.status_code == 200
    person.site.post("/account/organisation", data={"membership_id": second["membership_id"]})
    assert person.me()["organisation"]["name"] == "函館市"
    assert person.me()["roles"] == ["buyer_officer"]
    # A form that was rendered for the other organisation: refused with the choice to go back there and go on.
    asked = person.site.post(
        "/organisation", data=stale, headers={"Referer": "http://127.0.0.1:8000/organisation?x=1"}
    )
    assert asked.status_code == 409
    choice = BeautifulSoup(asked.text, "html.parser").select_one("main form[action='/account/organisation']")
    assert choice is not None
    back = {str(field["name"]): str(field["value"]) for field in choice.select("input[name]")}
    assert back["membership_id"] == first["membership_id"]
    switched = person.site.post("/account/organisation", data=back)
    assert switched.headers["location"] == back["next"]
    assert person.me()["organisation"]["name"] == first["organisation_name"]
    elsewhere = {"membership_id": second["membership_id"], "next": "https://evil.example/"}
    assert person.site.post("/account/organisation", data=elsewhere).headers["location"] == "/account"
    # The next login goes on where the person last worked.
    person.log_in("lg", "officer-1")
    assert person.me()["organisation"]["name"] == "函館市"


def test_nobody_switches_to_anothers_place(browsers: Browsers, granted: None) -> None:
    one, two = browsers(), browsers()
    one.log_in("lg", "officer-1")
    two.log_in("lg", "officer-2")
    theirs = one.me()["membership_id"]
    assert two.site.put("/api/v1/me/organisation", json={"membership_id": theirs}).status_code == 404
    pending = two.me()["places"][0]["membership_id"]
    assert two.site.put("/api/v1/me/organisation", json={"membership_id": pending}).status_code == 404


@pytest.mark.parametrize(
    ("issuer", "organisation", "role", "pointer"),
    [
        ("nobody", "011002", "buyer_officer", "/issuer"),
        ("town", "011002", "buyer_officer", "/issuer"),
        ("lg", "agency", "reviewer", "/issuer"),
        ("lg", "999999", "buyer_officer", "/organisation"),
        ("gbizid", "1234567890123", "vendor_admin", "/organisation"),
        ("lg", "011002", "reviewer", "/role/0"),
        ("lg", "011002", "mayor", "/role/0"),
    ],
)
def test_grants_that_are_refused(
    database: Database,
    settings: Settings,
    clock: MovableClock,
    issuer: str,
    organisation: str,
    role: str,
    pointer: str,
) -> None:
    with pytest.raises(Invalid) as refusal, database.write() as session:
        grant_role(session, settings, clock, issuer, "somebody", organisation, role)
    assert pointer in [fault.pointer for fault in refusal.value.faults]
    with database.read() as session:
        assert session.exec(select(Membership)).all() == []
        assert session.exec(select(Organisation).where(Organisation.kind == "agency")).all() == []


def test_granting_twice_changes_nothing(database: Database, settings: Settings, clock: MovableClock) -> None:
    for role in ("buyer_officer", "buyer_officer", "buyer_approver"):
        with database.write() as session:
            grant_role(session, settings, clock, "lg", "officer-1", "011002", role)
    with database.read() as session:
        assert session.exec(select(Membership)).one().roles == ["buyer_approver", "buyer_officer"]
