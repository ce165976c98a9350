"""Who joins what by GビズID: プライム, メンバー, エントリー, sole proprietors, 代理, and changes of mind."""

from __future__ import annotations

import pytest
from sqlmodel import select

from app.audit.models import AuditEvent
from app.demo.provider import AccountKind, RunningProvider
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.organisations.grants import grant_role
from app.organisations.models import Membership, Organisation
from app.outbox.models import OutboxRow
from app.settings import Settings
from tests.identity.conftest import Browser, Browsers, audit_actions, change_person

NUMBER = "5999901000011"
OTHER = "4999901000012"


def told(database: Database) -> set[str]:
    """The memberships of which the others and the Agency are told."""
    with database.read() as session:
        rows = session.exec(select(OutboxRow).where(OutboxRow.topic == "notify.member-pending")).all()
    return {row.key for row in rows}


def test_a_prime_registers_the_firm_and_administrates_it(browser: Browser, database: Database) -> None:
    browser.log_in("gbizid", "prime-1")
    me = browser.me()
    assert me["roles"] == ["vendor_admin"]
    assert me["organisation"]["kind"] == "vendor"
    assert me["organisation"]["corporate_number"] == NUMBER
    assert me["organisation"]["prefecture"] == "東京都"
    assert me["membership_id"] in told(database)


def test_a_second_login_changes_nothing(browser: Browser, database: Database) -> None:
    browser.log_in("gbizid", "prime-1")
    first = browser.me()
    browser.log_in("gbizid", "prime-1")
    assert browser.me()["membership_id"] == first["membership_id"]
    with database.read() as session:
        assert len(session.exec(select(Membership)).all()) == 1


def test_a_later_prime_administrates_too_and_the_others_are_told(
    browsers: Browsers, database: Database
) -> None:
    one, two = browsers(), browsers()
    one.log_in("gbizid", "prime-1")
    two.log_in("gbizid", "prime-2")
    assert two.me()["roles"] == ["vendor_admin"]
    assert two.me()["organisation"]["id"] == one.me()["organisation"]["id"]
    assert two.me()["membership_id"] in told(database)


def test_a_member_joins_only_after_the_prime(browsers: Browsers) -> None:
    prime, member = browsers(), browsers()
    member.log_in("gbizid", "member-1")
    assert member.me()["organisation"] is None
    assert "プライムの方がまだ登録していない" in member.site.get("/account").text
    prime.log_in("gbizid", "prime-1")
    member.log_in("gbizid", "member-1")
    assert member.me()["roles"] == ["vendor_editor"]


def test_a_member_of_another_prime_does_not_join(browsers: Browsers, provider: RunningProvider) -> None:
    prime, member = browsers(), browsers()
    prime.log_in("gbizid", "prime-1")
    change_person(provider, "gbizid", "member-1", parent_sub="prime-2")
    member.log_in("gbizid", "member-1")
    assert member.me()["organisation"] is None


def test_a_member_whose_number_differs_from_the_primes_does_not_join(
    browsers: Browsers, provider: RunningProvider
) -> None:
    prime, member = browsers(), browsers()
    prime.log_in("gbizid", "prime-1")
    change_person(provider, "gbizid", "member-1", corporate_number=OTHER)
    member.log_in("gbizid", "member-1")
    assert member.me()["organisation"] is None


def test_a_member_who_becomes_prime_administrates(browsers: Browsers, provider: RunningProvider) -> None:
    prime, member = browsers(), browsers()
    prime.log_in("gbizid", "prime-1")
    member.log_in("gbizid", "member-1")
    change_person(provider, "gbizid", "member-1", account_type=AccountKind.PRIME, parent_sub="")
    member.forget()
    member.log_in("gbizid", "member-1")
    assert member.me()["roles"] == ["vendor_admin", "vendor_editor"]


def test_an_entry_joins_nothing_and_drafts_alone(browsers: Browsers, database: Database) -> None:
    prime, entry = browsers(), browsers()
    prime.log_in("gbizid", "prime-1")
    entry.log_in("gbizid", "entry-1")
    me = entry.me()
    firm = prime.me()["organisation"]["id"]
    assert me["organisation"]["id"] != firm
    assert me["organisation"]["corporate_number"] is None
    assert me["roles"] == ["vendor_editor"]
    assert entry.site.get(f"/api/v1/organisations/{firm}/members").status_code == 404
    assert entry.site.get(f"/api/v1/organisations/{firm}/settings").status_code == 404
    # Its space is seen by nobody else.
    space = me["organisation"]["id"]
    assert prime.site.get(f"/api/v1/organisations/{space}").status_code == 404
    listed = prime.site.get("/api/v1/organisations?kind=vendor").json()["items"]
    assert [card["id"] for card in listed] == [firm]
    assert entry.site.post("/api/v1/agreements").status_code == 403


def test_a_sole_proprietor_without_a_number(browser: Browser, provider: RunningProvider) -> None:
    browser.log_in("gbizid", "sole-1")
    me = browser.me()
    assert me["organisation"]["kind"] == "sole_proprietor"
    assert me["roles"] == ["vendor_admin"]
    public = browser.site.get(f"/api/v1/organisations/{me['organisation']['id']}").text
    assert "個人 四郎" not in public
    assert "sole-1" not in public


def test_two_sole_proprietors_are_two_organisations(browsers: Browsers, provider: RunningProvider) -> None:
    change_person(provider, "gbizid", "prime-2", corp_type="2", corporate_number="")
    one, two = browsers(), browsers()
    one.log_in("gbizid", "sole-1")
    two.log_in("gbizid", "prime-2")
    assert one.me()["organisation"]["id"] != two.me()["organisation"]["id"]


def test_a_delegated_login_joins_nothing(browsers: Browsers) -> None:
    prime, delegate = browsers(), browsers()
    prime.log_in("gbizid", "prime-1")
    delegate.log_in("gbizid", "delegate-1")
    assert delegate.me()["organisation"] is None
    assert delegate.me()["places"] == []
    assert "代理" in delegate.site.get("/account").text


def test_a_wrong_check_digit_joins_nothing(browser: Browser, database: Database) -> None:
    browser.log_in("gbizid", "wrong-number")
    assert browser.me()["organisation"] is None
    assert "法人番号が正しくない" in browser.site.get("/account").text
    assert "join.refused" in audit_actions(database)
    with database.read() as session:
        assert session.exec(select(Organisation)).all() == []


def test_a_local_governments_number_waits_for_consent(
    browser: Browser, bodies: None, database: Database
) -> None:
    browser.log_in("gbizid", "town-hall")
    me = browser.me()
    assert me["organisation"] is None
    assert me["roles"] == []
    assert [(place["organisation_name"], place["status"]) for place in me["places"]] == [
        ("札幌市", "pending")
    ]
    assert me["places"][0]["membership_id"] in told(database)
    assert browser.site.get("/projects").status_code in (403, 404)


@pytest.mark.parametrize(
    ("number", "reason"), [("8000020130001", "unknown-local-government"), ("8000020130018", None)]
)
def test_a_local_governments_number_that_is_not_in_the_table_makes_no_vendor(
    browser: Browser, provider: RunningProvider, database: Database, number: str, reason: str | None
) -> None:
    change_person(provider, "gbizid", "prime-1", corporate_number=number)
    browser.log_in("gbizid", "prime-1")
    with database.read() as session:
        kinds = [each.kind for each in session.exec(select(Organisation)).all()]
        refused = session.exec(select(AuditEvent).where(AuditEvent.action == "join.refused")).all()
    # A number that only looks alike (its code has no valid check digit) is a firm's as any other.
    assert kinds == ([] if reason else ["vendor"])
    assert [event.details["reason"] for event in refused] == ([reason] if reason else [])
    if reason:
        assert browser.me()["places"] == []
        assert "団体の一覧にない" in browser.site.get("/account").text


def test_the_agencys_number_opens_nothing(
    browser: Browser, settings: Settings, database: Database, clock: MovableClock
) -> None:
    with database.write() as session:
        grant_role(session, settings, clock, "agency", "admin", "agency", "agency_admin")
        session.exec(select(Organisation)).one().corporate_number = NUMBER
    browser.log_in("gbizid", "prime-1")
    assert browser.me()["organisation"] is None
    assert browser.me()["places"] == []


def _lost(database: Database, browsers: Browsers, provider: RunningProvider, **facts: object) -> Browser:
    """prime-1 comes back under other facts: what rested on the former ones is gone at once, tokens too."""
    before, after = browsers(), browsers()
    before.log_in("gbizid", "prime-1")
    made = before.site.post("/api/v1/tokens", json={"name": "古い", "scopes": ["listing:read"]})
    assert made.status_code == 201
    bearer = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert after.site.get("/api/v1/me", headers=bearer).status_code == 200
    change_person(provider, "gbizid", "prime-1", **facts)
    after.log_in("gbizid", "prime-1")
    assert before.site.get("/api/v1/me").status_code == 401
    assert after.site.get("/api/v1/me", headers=bearer).status_code == 401
    assert "membership.lost" in audit_actions(database)
    return after


def test_another_number_loses_the_old_place_and_waits_at_the_new(
    browsers: Browsers, provider: RunningProvider, database: Database
) -> None:
    after = _lost(database, browsers, provider, corporate_number=OTHER, corporate_name="別の会社")
    me = after.me()
    assert me["organisation"] is None
    assert [(p["organisation_name"], p["status"]) for p in me["places"]] == [("別の会社", "pending")]
    # Logging in again does not help.
    after.log_in("gbizid", "prime-1")
    assert after.me()["organisation"] is None


def test_going_there_and_back_does_not_help(
    browsers: Browsers, provider: RunningProvider, database: Database
) -> None:
    after = _lost(database, browsers, provider, corporate_number=OTHER, corporate_name="別の会社")
    change_person(provider, "gbizid", "prime-1", corporate_number=NUMBER)
    after.forget()
    after.log_in("gbizid", "prime-1")
    assert after.me()["organisation"] is None
    assert {place["status"] for place in after.me()["places"]} == {"pending"}


def test_a_prime_who_comes_back_as_member(
    browsers: Browsers, provider: RunningProvider, database: Database
) -> None:
    other = browsers()
    other.log_in("gbizid", "prime-2")
    after = _lost(database, browsers, provider, account_type=AccountKind.MEMBER, parent_sub="prime-2")
    me = after.me()
    assert me["organisation"] is None
    assert [(p["roles"], p["status"]) for p in me["places"]] == [(["vendor_editor"], "pending")]


def test_a_prime_who_comes_back_as_entry(
    browsers: Browsers, provider: RunningProvider, database: Database
) -> None:
    after = _lost(database, browsers, provider, account_type=AccountKind.ENTRY)
    assert after.me()["organisation"]["corporate_number"] is None
    # And as プライム of another number right after that: the trust is spent.
    change_person(provider, "gbizid", "prime-1", account_type=AccountKind.PRIME, corporate_number=OTHER)
    after.forget()
    after.log_in("gbizid", "prime-1")
    assert {p["status"] for p in after.me()["places"] if p["roles"] == ["vendor_admin"]} == {"pending"}


def test_no_number_any_more(browsers: Browsers, provider: RunningProvider, database: Database) -> None:
    after = _lost(database, browsers, provider, corp_type="2", corporate_number="")
    assert after.me()["organisation"] is None
