"""What an エントリー and a delegated login (代理) must not reach by any way, and what the trail keeps of it."""

from __future__ import annotations

import json

import pytest
from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.demo.provider import AccountKind, RunningProvider
from app.identity.models import WebSession
from app.kit.database import Database
from app.organisations.models import Membership, Organisation
from tests.identity.conftest import Browser, Browsers, audit_actions, change_person
from tests.web.test_vendor_pages import form_of


@pytest.fixture
def prime(browsers: Browsers) -> Browser:
    """The administrator of the firm."""
    browser = browsers()
    browser.log_in("gbizid", "prime-1")
    return browser


def invited(prime: Browser, *roles: str) -> str:
    """The secret of a new invitation to the firm."""
    made = prime.site.post("/api/v1/invitations", json={"roles": list(roles)})
    assert made.status_code == 201, made.text
    return str(made.json()["url"]).rsplit("/", 1)[1]


def members(database: Database, organisation_id: str) -> int:
    """How many belong there, active or waiting."""
    with database.read() as session:
        rows = session.exec(
            select(Membership).where(
                col(Membership.organisation_id) == organisation_id, col(Membership.status) != "ended"
            )
        ).all()
    return len(rows)


@pytest.mark.parametrize("account_type", [AccountKind.ENTRY, None])
def test_an_account_without_proof_joins_by_no_invitation(
    prime: Browser,
    browsers: Browsers,
    provider: RunningProvider,
    database: Database,
    account_type: AccountKind | None,
) -> None:
    change_person(provider, "gbizid", "entry-1", account_type=account_type)
    secret = invited(prime, "vendor_admin")
    firm = prime.me()["organisation"]["id"]
    entry = browsers()
    entry.log_in("gbizid", "entry-1", invitation=secret)
    assert "プライムまたはメンバーのアカウントが必要です" in entry.site.get("/account").text
    assert entry.site.post(f"/invitations/{secret}", data={}).status_code == 403
    assert entry.site.post("/api/v1/invitations/acceptance", json={"secret": secret}).status_code == 403
    assert members(database, firm) == 1
    assert firm not in [place["organisation_id"] for place in entry.me()["places"]]
    # The link is still good for somebody who may, and what was refused has not told it to the trail.
    with database.read() as session:
        kept = session.exec(select(AuditEvent).where(AuditEvent.action == "access.refused")).all()
        everything = json.dumps([event.model_dump(mode="json") for event in kept])
    assert {event.object_id for event in kept} == {"/invitations/{secret}", "/api/v1/invitations/acceptance"}
    assert secret not in everything
    change_person(provider, "gbizid", "entry-1", account_type=AccountKind.MEMBER, parent_sub="prime-1")
    entry.forget()
    entry.log_in("gbizid", "entry-1", invitation=secret)
    assert firm in [place["organisation_id"] for place in entry.me()["places"]]


def test_whoever_waits_and_comes_back_as_entry_waits_no_longer(
    prime: Browser, browsers: Browsers, provider: RunningProvider, database: Database
) -> None:
    secret = invited(prime, "vendor_editor")
    firm = prime.me()["organisation"]["id"]
    change_person(provider, "gbizid", "prime-2", corporate_number="4999901000012", corporate_name="別の会社")
    other = browsers()
    other.log_in("gbizid", "prime-2", invitation=secret)
    assert members(database, firm) == 2
    change_person(provider, "gbizid", "prime-2", account_type=AccountKind.ENTRY)
    other.forget()
    other.log_in("gbizid", "prime-2")
    assert members(database, firm) == 1
    assert [place["roles"] for place in other.me()["places"]] == [["vendor_editor"]]


def test_a_delegated_login_reaches_no_place_of_its_account(
    prime: Browser, browsers: Browsers, provider: RunningProvider, database: Database
) -> None:
    own, delegate = browsers(), browsers()
    change_person(provider, "gbizid", "delegate-1", delegated_from="")
    own.log_in("gbizid", "delegate-1")
    place = own.me()["membership_id"]
    assert place is not None
    change_person(provider, "gbizid", "delegate-1", delegated_from="5999901000011")
    secret = invited(prime, "vendor_editor")
    delegate.log_in("gbizid", "delegate-1", invitation=secret)
    page = delegate.site.get("/account").text
    assert "招待は使われていません" in page
    assert "代理でのログイン中です" in page
    me = delegate.me()
    assert (me["delegated"], me["organisation"], me["places"]) == (True, None, [])
    switched = delegate.site.put("/api/v1/me/organisation", json={"membership_id": place})
    assert switched.status_code == 403
    assert "代理" in switched.json()["detail"]
    assert delegate.site.post("/account/organisation", data={"membership_id": place}).status_code == 403
    assert delegate.site.post(f"/invitations/{secret}", data={}).status_code == 403
    accepted = delegate.site.post("/api/v1/invitations/acceptance", json={"secret": secret})
    assert accepted.status_code == 403
    token = {"name": "x", "scopes": ["listing:read"]}
    assert delegate.site.post("/api/v1/tokens", json=token).status_code == 403
    assert browsers().site.get(f"/invitations/{secret}").status_code == 200
    with database.read() as session:
        kept = session.exec(select(WebSession).where(col(WebSession.delegated))).all()
    assert [row.membership_id for row in kept] == [None]
    # The person's own login is not touched.
    assert own.me()["membership_id"] == place


@pytest.mark.parametrize("number", ["5999-901000011", "５９９９９０１００００１１", "5 999901000011"])
def test_a_number_in_another_spelling_joins_nothing(
    browser: Browser, provider: RunningProvider, database: Database, number: str
) -> None:
    change_person(provider, "gbizid", "prime-1", corporate_number=number)
    browser.log_in("gbizid", "prime-1")
    assert browser.me()["places"] == []
    assert "join.refused" in audit_actions(database)
    with database.read() as session:
        assert session.exec(select(Organisation)).all() == []


def test_a_new_name_is_in_the_trail(browser: Browser, provider: RunningProvider, database: Database) -> None:
    browser.log_in("gbizid", "prime-1")
    change_person(provider, "gbizid", "prime-1", corporate_name="新試験システム株式会社")
    browser.forget()
    browser.log_in("gbizid", "prime-1")
    organisation = browser.me()["organisation"]
    assert organisation["name"] == "新試験システム株式会社"
    with database.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "organisation.renamed")).one()
    assert event.object_id == event.owner_organisation_id == organisation["id"]
    assert event.details == {
        "fields": ["name"],
        "from": "試験システム株式会社",
        "to": "新試験システム株式会社",
    }


def test_an_entry_who_becomes_a_sole_proprietor_adopts_the_own_drafts(
    browsers: Browsers, provider: RunningProvider
) -> None:
    person, neighbour = browsers(), browsers()
    for who in ("entry-1", "prime-2"):
        change_person(
            provider, "gbizid", who, account_type=AccountKind.ENTRY, corp_type="2", corporate_number=""
        )
    drafts = {}
    for browser, who in ((person, "entry-1"), (neighbour, "prime-2")):
        browser.log_in("gbizid", who)
        made = browser.site.post("/api/v1/software", json={"answers": {"name": f"{who}の下書き"}})
        assert made.status_code == 201, made.text
        drafts[who] = made.json()["id"]
    change_person(provider, "gbizid", "entry-1", account_type=AccountKind.PRIME)
    person.forget()
    person.log_in("gbizid", "entry-1")
    own = next(place for place in person.me()["places"] if place["organisation_kind"] == "sole_proprietor")
    assert person.site.post("/account/organisation", data=own).status_code == 303
    assert "/vendor/adoption" in person.site.get("/organisation").text
    page = person.site.get("/vendor/adoption").text
    assert "entry-1の下書き" in page
    assert "prime-2の下書き" not in page
    space = next(p["organisation_id"] for p in person.me()["places"] if p["organisation_kind"] == "vendor")
    action = f"/vendor/adoption/{space}"
    assert person.site.post(action, data=form_of(page, action)).status_code == 303
    adopted = person.site.get(f"/api/v1/software/{drafts['entry-1']}").json()
    assert adopted["owner"]["id"] == own["organisation_id"]
