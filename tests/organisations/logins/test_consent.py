"""Whose consent an invited person needs, and who makes others administrators of a firm."""

from __future__ import annotations

import httpx2
import pytest
from sqlmodel import col, select

from app.demo.provider import AccountKind, RunningProvider
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.organisations.grants import grant_role
from app.organisations.models import Membership
from app.settings import Settings
from tests.identity.conftest import Browser, Browsers, change_person
from tests.web.test_vendor_pages import page_of


@pytest.fixture
def prime(browsers: Browsers) -> Browser:
    """The プライム of the firm."""
    browser = browsers()
    browser.log_in("gbizid", "prime-1")
    return browser


@pytest.fixture
def member(prime: Browser, browsers: Browsers) -> Browser:
    """A メンバー whom the プライム made administrator."""
    browser = browsers()
    browser.log_in("gbizid", "member-1")
    assert change_roles(prime, browser.me()["membership_id"], "vendor_admin").status_code == 200
    assert browser.me()["roles"] == ["vendor_admin"]
    return browser


def firm(browser: Browser) -> str:
    """The path of the organisation for which the browser acts."""
    return f"/api/v1/organisations/{browser.me()['organisation']['id']}"


def change_roles(browser: Browser, membership: str, *roles: str) -> httpx2.Response:
    path = f"{firm(browser)}/members/{membership}"
    tag = {"If-Match": browser.site.get(path).headers["etag"]}
    return browser.site.patch(path, json={"roles": list(roles)}, headers=tag)


def confirm(browser: Browser, membership: str, *roles: str) -> httpx2.Response:
    path = f"{firm(browser)}/members/{membership}/confirmation"
    return browser.site.post(path, json={"roles": list(roles)} if roles else {})


def invited(browser: Browser, guest: Browser, role: str, subject: str = "prime-2") -> str:
    """Let the guest come with an invitation; the membership that waits."""
    made = browser.site.post("/api/v1/invitations", json={"roles": [role]})
    assert made.status_code == 201, made.text
    guest.log_in("gbizid", subject, invitation=str(made.json()["url"]).rsplit("/", 1)[1])
    organisation = browser.me()["organisation"]["id"]
    [place] = [p for p in guest.me()["places"] if p["organisation_id"] == organisation]
    assert place["status"] == "pending"
    return str(place["membership_id"])


@pytest.fixture
def guest(browsers: Browsers, provider: RunningProvider) -> Browser:
    """The プライム of another firm, logged in nowhere yet."""
    change_person(provider, "gbizid", "prime-2", corporate_number="4999901000012", corporate_name="別の会社")
    return browsers()


def test_a_member_who_administrates_makes_no_administrators(
    prime: Browser, member: Browser, guest: Browser
) -> None:
    refused = member.site.post("/api/v1/invitations", json={"roles": ["vendor_admin", "vendor_editor"]})
    assert refused.status_code == 403
    assert "プライム" in refused.json()["detail"]
    waiting = invited(member, guest, "vendor_editor")
    assert confirm(member, waiting, "vendor_admin").status_code == 403
    assert confirm(member, waiting, "vendor_editor").status_code == 200
    assert change_roles(member, waiting, "vendor_admin").status_code == 403
    # The page offers no more than that.
    page = page_of(member.site.get("/organisation/members").text)
    form = page.find("form", action="/organisation/invitations")
    assert form is not None
    assert [box["value"] for box in form.find_all("input", {"name": "roles"})] == [
        "supporter",
        "vendor_editor",
    ]
    assert change_roles(prime, waiting, "vendor_admin").status_code == 200
    # Nor does the プライム of another firm, who was made administrator here.
    guest.site.put("/api/v1/me/organisation", json={"membership_id": waiting})
    assert guest.me()["roles"] == ["vendor_admin"]
    assert guest.site.post("/api/v1/invitations", json={"roles": ["vendor_admin"]}).status_code == 403
    assert change_roles(guest, member.me()["membership_id"], "vendor_editor").status_code == 200


def test_the_agency_makes_administrators_again(
    prime: Browser,
    member: Browser,
    browsers: Browsers,
    settings: Settings,
    database: Database,
    clock: MovableClock,
) -> None:
    with database.write() as session:
        grant_role(session, settings, clock, "agency", "reviewer-1", "agency", "agency_admin")
    agency = browsers()
    agency.log_in("agency", "reviewer-1")
    place, path = member.me()["membership_id"], firm(member)
    assert change_roles(prime, place, "vendor_editor").status_code == 200
    restored = agency.site.post(f"{path}/administrators", json={"membership_id": place})
    assert restored.status_code == 200
    assert restored.json()["roles"] == ["vendor_admin", "vendor_editor"]


def test_a_sole_proprietor_makes_administrators(
    browsers: Browsers, guest: Browser, provider: RunningProvider
) -> None:
    own = browsers()
    own.log_in("gbizid", "sole-1")
    waiting = invited(own, guest, "vendor_admin")
    assert confirm(own, waiting).json()["roles"] == ["vendor_admin"]
    guest.site.put("/api/v1/me/organisation", json={"membership_id": waiting})
    assert guest.site.post("/api/v1/invitations", json={"roles": ["vendor_admin"]}).status_code == 403


def test_the_inviter_consents_and_nobody_else(
    prime: Browser,
    member: Browser,
    guest: Browser,
    browsers: Browsers,
    settings: Settings,
    database: Database,
    clock: MovableClock,
) -> None:
    with database.write() as session:
        grant_role(session, settings, clock, "agency", "reviewer-1", "agency", "agency_admin")
    agency = browsers()
    agency.log_in("agency", "reviewer-1")
    waiting = invited(member, guest, "vendor_editor")
    organisation = prime.me()["organisation"]["id"]
    refused = confirm(prime, waiting)
    assert refused.status_code == 403
    assert "試験 次郎" in refused.json()["detail"]
    assert f"/members/{waiting}/confirmation" not in prime.site.get("/organisation/members").text
    assert "招待した試験 次郎さん" in prime.site.get("/organisation/members").text
    path = f"/agency/organisations/{organisation}"
    assert "招待した試験 次郎さん" in agency.site.get(path).text
    by_agency = agency.site.post(f"{path}/members/{waiting}/confirmation", data={"roles": "vendor_editor"})
    assert by_agency.status_code == 403
    listed = member.site.get(f"{firm(member)}/members").json()["items"]
    assert {row["id"]: row["inviter_id"] for row in listed}[waiting] == member.me()["membership_id"]
    assert f"/members/{waiting}/confirmation" in member.site.get("/organisation/members").text
    assert confirm(member, waiting).status_code == 200


@pytest.mark.parametrize("way", ["ended", "demoted"])
def test_another_consents_once_the_inviter_cannot(
    prime: Browser, member: Browser, guest: Browser, way: str
) -> None:
    waiting = invited(member, guest, "vendor_editor")
    inviter = member.me()["membership_id"]
    if way == "ended":
        assert prime.site.delete(f"{firm(prime)}/members/{inviter}").status_code == 204
    else:
        assert change_roles(prime, inviter, "vendor_editor").status_code == 200
    assert f"/members/{waiting}/confirmation" in prime.site.get("/organisation/members").text
    assert confirm(prime, waiting).status_code == 200


def test_whoever_became_entry_meanwhile_is_not_let_in(
    prime: Browser, guest: Browser, provider: RunningProvider, database: Database
) -> None:
    """Also where the place outlived the change, as those made before this rule did."""
    waiting = invited(prime, guest, "vendor_editor")
    change_person(provider, "gbizid", "prime-2", account_type=AccountKind.ENTRY)
    guest.forget()
    guest.log_in("gbizid", "prime-2")
    with database.write() as session:
        membership = session.exec(select(Membership).where(col(Membership.id) == waiting)).one()
        assert membership.status == "ended"
        membership.status, membership.ended_at, membership.ended_by = "pending", None, None
    assert confirm(prime, waiting).status_code == 409
