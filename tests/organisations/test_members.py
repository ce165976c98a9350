"""Members: who sees them, who consents, roles, the last administrator, what ends with a membership."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.organisations.models import Membership
from tests.world import Login, World


def path(login: Login, tail: str = "") -> str:
    return f"/api/v1/organisations/{login.organisation_id}/members/{login.membership_id}{tail}"


def pending(world: World, login: Login, *roles: str) -> Login:
    """Put the login's membership back to waiting."""
    with world.database.write() as session:
        membership = session.get_one(Membership, login.membership_id)
        membership.status = "pending"
        membership.roles = list(roles)
        session.add(membership)
    return login


def test_members_are_for_the_own_organisation_the_agency_and_auditors(world: World) -> None:
    vendor = world.vendor()
    login = world.login(vendor, "vendor_admin")
    agency = world.agency()
    address = f"/api/v1/organisations/{vendor.id}/members"
    for person, status in (
        (login, 200),
        (world.login(vendor, "vendor_editor"), 200),
        (world.login(agency, "agency_admin"), 200),
        (world.login(agency, "auditor"), 200),
        (world.login(agency, "reviewer"), 404),
        (world.login(world.vendor(), "vendor_admin"), 404),
        (world.login(world.local_government(), "buyer_approver"), 404),
    ):
        assert world.client(person).get(address).status_code == status
    assert world.client().get(address).status_code == 401


def test_roles_need_the_etag_that_was_read(world: World) -> None:
    vendor = world.vendor()
    admin, other = world.login(vendor, "vendor_admin"), world.login(vendor, "vendor_editor")
    browser = world.client(admin)
    tag = browser.get(path(other)).headers["etag"]
    body = {"roles": ["vendor_admin"]}
    assert browser.patch(path(other), json=body).status_code == 428
    assert browser.patch(path(other), json=body, headers={"If-Match": '"old"'}).status_code == 412
    changed = browser.patch(path(other), json=body, headers={"If-Match": tag})
    assert changed.json()["roles"] == ["vendor_admin"]
    stale = browser.patch(path(other), json=body, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert stale.json()["current"] == changed.headers["etag"]


@pytest.mark.parametrize(
    ("kind", "top", "lower"),
    [
        ("vendor", "vendor_admin", "vendor_editor"),
        ("local_government", "buyer_approver", "buyer_officer"),
        ("agency", "agency_admin", "reviewer"),
    ],
)
def test_the_last_administrator_or_approver_stays(world: World, kind: str, top: str, lower: str) -> None:
    organisation = world.organisation(kind)
    last = world.login(organisation, top)
    browser = world.client(last)
    tag = browser.get(path(last)).headers["etag"]
    refused = browser.patch(path(last), json={"roles": [lower]}, headers={"If-Match": tag})
    assert refused.status_code == 409
    assert browser.delete(path(last)).status_code == 409
    second = world.login(organisation, top)
    assert browser.delete(path(second)).status_code == 204
    assert browser.delete(path(last)).status_code == 409


def test_two_who_remove_each_other_at_once(world: World, database: Database) -> None:
    vendor = world.vendor()
    one, two = world.login(vendor, "vendor_admin"), world.login(vendor, "vendor_admin")
    tries = [(world.client(one), path(two)), (world.client(two), path(one))]
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda each: each[0].delete(each[1]).status_code, tries))
    assert statuses[0] == 204
    assert statuses[1] in (401, 403, 404, 409)
    with database.read() as session:
        alive = session.exec(select(Membership).where(col(Membership.status) == "active")).all()
    assert len(alive) == 1


def test_ending_ends_sessions_and_tokens_with_it(world: World) -> None:
    vendor = world.vendor()
    admin, other = world.login(vendor, "vendor_admin"), world.login(vendor, "vendor_editor")
    assert world.client(other).get("/api/v1/me").status_code == 200
    assert world.client(admin).delete(path(other)).status_code == 204
    assert world.client(other).get("/api/v1/me").status_code == 401
    assert world.api(other).get("/api/v1/me").status_code == 401
    assert world.client(admin).delete(path(other)).status_code == 409


def test_nobody_ends_or_promotes_in_another_organisation(world: World) -> None:
    stranger = world.client(world.login(world.vendor(), "vendor_admin"))
    victim = world.login(world.vendor(), "vendor_editor")
    assert stranger.delete(path(victim)).status_code == 404
    tagged = {"If-Match": '"x"'}
    assert stranger.patch(path(victim), json={"roles": ["vendor_admin"]}, headers=tagged).status_code == 404
    # Nor by the path of the own organisation.
    own = path(victim).replace(victim.organisation_id, world.vendor().id)
    assert stranger.delete(own).status_code == 404


def test_an_editor_manages_nobody(world: World) -> None:
    vendor = world.vendor()
    editor, other = world.login(vendor, "vendor_editor"), world.login(vendor, "vendor_editor")
    assert world.client(editor).delete(path(other)).status_code == 403
    assert (
        world.client(editor).post("/api/v1/invitations", json={"roles": ["vendor_admin"]}).status_code == 403
    )


def test_consent_once(world: World) -> None:
    vendor = world.vendor()
    admin = world.login(vendor, "vendor_admin")
    newcomer = pending(world, world.login(vendor, "vendor_editor"), "vendor_editor")
    assert world.api(newcomer).get("/api/v1/me").status_code == 401
    browser = world.client(admin)
    assert browser.post(path(newcomer, "/confirmation"), json={}).status_code == 200
    assert browser.post(path(newcomer, "/confirmation"), json={}).status_code == 409


def test_consent_must_name_a_role(world: World) -> None:
    agency = world.agency()
    admin = world.login(agency, "agency_admin")
    newcomer = pending(world, world.login(agency, "auditor"))
    answer = world.client(admin).post(path(newcomer, "/confirmation"), json={})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/roles"
    chosen = world.client(admin).post(path(newcomer, "/confirmation"), json={"roles": ["auditor"]})
    assert chosen.status_code == 200


def test_the_agency_consents_but_does_not_manage_others_members(world: World) -> None:
    town = world.local_government()
    officer = world.login(town, "buyer_officer")
    newcomer = pending(world, world.login(town, "buyer_officer"), "buyer_officer")
    agency = world.client(world.login(world.agency(), "agency_admin"))
    assert agency.post(path(newcomer, "/confirmation"), json={"roles": ["buyer_approver"]}).status_code == 200
    assert agency.delete(path(officer)).status_code == 403
    tag = agency.get(path(officer)).headers["etag"]
    body = {"roles": ["buyer_approver"]}
    assert agency.patch(path(officer), json=body, headers={"If-Match": tag}).status_code == 403


def test_the_agency_restores_an_administrator(world: World, database: Database, clock: MovableClock) -> None:
    vendor = world.vendor()
    gone = world.login(vendor, "vendor_admin")
    with database.write() as session:
        membership = session.get_one(Membership, gone.membership_id)
        membership.status, membership.ended_at, membership.ended_by = "ended", clock.now(), "issuer"
        session.add(membership)
    agency = world.client(world.login(world.agency(), "agency_admin"))
    address = f"/api/v1/organisations/{vendor.id}/administrators"
    restored = agency.post(address, json={"membership_id": gone.membership_id})
    assert restored.status_code == 200, restored.text
    assert restored.json()["roles"] == ["vendor_admin"]
    assert restored.json()["status"] == "active"
    assert restored.json()["id"] != gone.membership_id
    again = agency.post(address, json={"membership_id": restored.json()["id"]})
    assert again.status_code == 409
    assert agency.post(address, json={"membership_id": "mem_x"}).status_code == 404
    vendor_admin = world.client(world.login(vendor, "vendor_admin"))
    refused = vendor_admin.post(address, json={"membership_id": gone.membership_id})
    assert refused.status_code == 403


def test_the_agencys_own_administrator_does_not_promote_himself(world: World) -> None:
    agency = world.agency()
    admin = world.login(agency, "agency_admin")
    answer = world.client(admin).post(
        f"/api/v1/organisations/{agency.id}/administrators", json={"membership_id": admin.membership_id}
    )
    assert answer.status_code == 403


def test_no_token_manages_members(world: World) -> None:
    vendor = world.vendor()
    admin, other = world.login(vendor, "vendor_admin"), world.login(vendor, "vendor_editor")
    assert world.api(admin).delete(path(other)).status_code == 403
    assert world.api(admin).post("/api/v1/invitations", json={"roles": ["vendor_editor"]}).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"roles": []}, "/roles"),
        ({"roles": ["buyer_officer"]}, "/roles/0"),
        ({"roles": ["vendor_editor"], "expires_in_days": 31}, "/expires_in_days"),
        ({"roles": ["vendor_editor"], "note": "あ" * 201}, "/note"),
        ({"roles": ["vendor_editor"], "note": "a\u0000"}, "/note"),
        ({"roles": ["vendor_editor"], "secret": "x"}, "/secret"),
    ],
)
def test_invitations_that_are_refused(world: World, body: dict[str, object], pointer: str) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    answer = browser.post("/api/v1/invitations", json=body)
    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
    assert browser.get("/api/v1/invitations").json()["items"] == []


def test_an_unknown_link(world: World) -> None:
    for secret in ("x", "a" * 43, "%00"):
        assert world.client().get(f"/invitations/{secret}").status_code in (400, 404)


def test_pages(world: World) -> None:
    vendor = world.vendor()
    admin, other = world.login(vendor, "vendor_admin"), world.login(vendor, "vendor_editor", name="編集 花子")
    browser = world.client(admin)
    page = browser.get("/organisation/members")
    assert page.status_code == 200
    assert "編集 花子" in page.text
    made = browser.post(
        "/organisation/invitations",
        data={"roles": ["vendor_editor"], "note": "営業部", "expires_in_days": "7"},
    )
    assert made.status_code == 200
    assert "http://127.0.0.1:8000/invitations/" in made.text
    assert "http://127.0.0.1:8000/invitations/" not in browser.get("/organisation/members").text
    faulty = browser.post("/organisation/invitations", data={"note": "営業部", "expires_in_days": "99"})
    assert faulty.status_code == 422
    assert 'value="営業部"' in faulty.text
    asked = browser.get(f"/organisation/members/{other.membership_id}/ending")
    assert "編集 花子の所属を終える" in asked.text
    assert browser.post(f"/organisation/members/{other.membership_id}/ending", data={}).status_code == 303
    assert world.client(other).get("/api/v1/me").status_code == 401
    viewer = world.client(world.login(vendor, "vendor_editor"))
    assert "招待する" not in viewer.get("/organisation/members").text


def test_listing_members_takes_as_many_queries_for_ten_as_for_one(world: World) -> None:
    from sqlalchemy import event

    vendor = world.vendor()
    login = world.login(vendor, "vendor_admin")
    counts = []
    for _ in range(2):
        seen: list[str] = []

        def count(*arguments: object, seen: list[str] = seen) -> None:
            seen.append(str(arguments[2]))

        event.listen(world.database.engine, "before_cursor_execute", count)
        world.api(login).get(f"/api/v1/organisations/{vendor.id}/members")
        event.remove(world.database.engine, "before_cursor_execute", count)
        counts.append(len([statement for statement in seen if statement.startswith("SELECT")]))
        for _ in range(10):
            world.login(vendor, "vendor_editor")
    assert counts[0] == counts[1]
    assert counts[0] > 0
