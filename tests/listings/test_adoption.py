"""An エントリー drafts in its own space; a プライム of the claimed number takes the drafts over after seeing them."""

from __future__ import annotations

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.identity.models import Person
from app.organisations.models import Membership
from tests.listings.market import Market
from tests.web.test_vendor_pages import form_of
from tests.world import Login


@pytest.fixture
def entry_login(market: Market) -> Login:
    """Somebody without proof who claims the vendor's number."""
    space = market.world.vendor("下書きの場", corporate_number=None, agreement=False)
    login = market.world.login(space, "vendor_editor", name="架空 太郎")
    with market.world.database.write() as session:
        person = session.exec(select(Person).where(col(Person.id) == login.person_id)).one()
        person.account_kind, person.claimed_number = "entry", market.vendor.corporate_number or ""
        membership = session.exec(select(Membership).where(col(Membership.id) == login.membership_id)).one()
        membership.origin = "entry_space"
        session.add_all([person, membership])
    return login


def test_a_space_drafts_but_neither_submits_nor_names_sellers(market: Market, entry_login: Login) -> None:
    client = market.world.api(entry_login)
    made = client.post("/api/v1/software", json={"answers": market.draft()["draft"]["answers"]})
    assert made.status_code == 201, made.text
    path = f"/api/v1/software/{made.json()['id']}"
    assert client.post(f"{path}/submission").status_code == 409
    named = client.post(f"{path}/sellers", json={"seller": market.rival.corporate_number})
    assert named.status_code == 403
    assert market.editor.get(path).status_code == 404
    as_seller = f"/api/v1/software/{market.draft()['id']}/sellers"
    assert market.editor.post(as_seller, json={"seller": entry_login.organisation_id}).status_code == 422


def test_adoption_wants_what_was_seen(market: Market, entry_login: Login) -> None:
    client = market.world.api(entry_login)
    made = client.post("/api/v1/software", json={"answers": {"name": "引き継ぐ下書き"}}).json()
    path = f"/api/v1/software/{made['id']}"
    admin = market.world.client(market.editor_login)
    action = f"/vendor/adoption/{entry_login.organisation_id}"
    shown = admin.get("/vendor/adoption")
    assert "引き継ぐ下書き" in shown.text
    seen = form_of(shown.text, action)
    others: list[TestClient] = [
        market.world.client(market.world.login(market.rival, "vendor_admin")),
        market.world.client(market.world.login(market.vendor, "vendor_editor")),
    ]
    for other in others:
        assert "引き継ぐ下書き" not in other.get("/vendor/adoption").text
        assert other.post(action, data={"seen": seen["seen"]}).status_code in (403, 404)
    edited = client.patch(path, json={"answers": {"name": "変えた下書き"}}, headers={"If-Match": '"1-1"'})
    assert edited.status_code == 200
    assert admin.post(action, data=seen).status_code == 409
    assert market.editor.get(path).status_code == 404
    again = form_of(admin.get("/vendor/adoption").text, action)
    assert admin.post(action, data=again).status_code == 303
    assert market.editor.get(path).json()["owner"]["id"] == market.vendor.id
    assert client.get(path).status_code == 404
    assert admin.post(action, data=again).status_code == 303  # the same form again: taken once
    again.pop("form_key")
    assert admin.post(action, data=again).status_code == 404
