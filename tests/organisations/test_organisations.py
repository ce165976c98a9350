"""Organisations: public cards and search, the own settings, parents and groups, drafts of unproven accounts."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from app.identity.models import Person
from app.kit.database import Database
from app.kit.errors import NotFound
from app.organisations.models import Membership, Organisation
from app.organisations.service import organisation_card, organisation_cards
from tests.world import Login, World, corporate_number


def settings_path(organisation: Organisation) -> str:
    return f"/api/v1/organisations/{organisation.id}"


def test_the_public_card_says_nothing_from_inside(world: World) -> None:
    vendor = world.vendor(
        "架空ソフト株式会社", contact_email="x@example.jp", parent_number=corporate_number(900)
    )
    card = world.client().get(settings_path(vendor)).json()
    assert card["name"] == "架空ソフト株式会社"
    assert set(card) == {
        "id", "kind", "name", "name_kana", "code", "corporate_number", "prefecture", "local_kind", "local_class",
        "ended_on",
    }  # fmt: skip
    assert world.client().get("/api/v1/organisations/org_unknown").status_code == 404


def test_cards_for_other_capabilities(world: World, database: Database) -> None:
    vendor, town = world.vendor(), world.local_government()
    with database.read() as session:
        assert organisation_card(session, vendor.id).corporate_number == vendor.corporate_number
        assert set(organisation_cards(session, [vendor.id, town.id, "org_unknown"])) == {vendor.id, town.id}
        with pytest.raises(NotFound):
            organisation_card(session, "org_unknown")


def test_search(world: World) -> None:
    sapporo = world.local_government("札幌市", "011002", name_kana="サッポロシ", prefecture="北海道")
    world.local_government("函館市", "012025", name_kana="ハコダテシ", prefecture="北海道")
    vendor = world.vendor("札幌ソフト", name_kana="サッポロソフト")

    def found(query: str) -> list[str]:
        answer = world.client().get(f"/api/v1/organisations?{query}")
        assert answer.status_code == 200, answer.text
        return [card["name"] for card in answer.json()["items"]]

    assert found("q=札幌") == ["札幌市", "札幌ソフト"]
    assert found("q=さっぽろ&kind=local_government") == ["札幌市"]
    assert found("q=ｻｯﾎﾟﾛ&kind=vendor") == ["札幌ソフト"]
    assert found("q=011002") == [sapporo.name]
    assert found(f"q={vendor.corporate_number}") == ["札幌ソフト"]
    assert found("prefecture=北海道") == ["札幌市", "函館市"]
    assert found("q=%25") == []
    assert found("q=_") == []
    assert world.client().get("/api/v1/organisations?kind=vender").status_code == 422


def test_pages_of_the_list(world: World) -> None:
    for number in range(5):
        world.vendor(f"会社{number}")
    first = world.client().get("/api/v1/organisations?kind=vendor&limit=3").json()
    second = world.client().get(f"/api/v1/organisations?kind=vendor&limit=3&cursor={first['next']}").json()
    names = [card["name"] for card in first["items"] + second["items"]]
    assert names == [f"会社{number}" for number in range(5)]
    assert second["next"] is None
    assert world.client().get("/api/v1/organisations?cursor=nonsense").status_code == 400


def test_a_body_changes_its_settings(world: World) -> None:
    town = world.local_government()
    browser = world.client(world.login(town, "buyer_approver"))
    read = browser.get(f"{settings_path(town)}/settings")
    unset = {"single_person": False, "publish_contracts": "none", "show_to_neighbours": False}
    assert read.json()["settings"] == unset
    body = {"contact_email": "kikaku@city.example.jp", "settings": {"single_person": True}}
    headers = {"If-Match": read.headers["etag"], "Content-Type": "application/merge-patch+json"}
    changed = browser.patch(settings_path(town), json=body, headers=headers)
    assert changed.status_code == 200, changed.text
    assert changed.json()["settings"] == unset | {"single_person": True}
    assert changed.headers["etag"] != read.headers["etag"]
    assert browser.patch(settings_path(town), json=body, headers=headers).status_code == 412
    assert browser.patch(settings_path(town), json=body).status_code == 428
    cleared = browser.patch(
        settings_path(town),
        json={"contact_email": None, "settings": None},
        headers={"If-Match": changed.headers["etag"]},
    )
    assert cleared.json()["contact_email"] == ""
    assert cleared.json()["settings"]["single_person"] is False


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": "新しい名前"}, "/name", "read-only"),
        ({"name_kana": "名前"}, "/name_kana", "kana"),
        ({"contact_email": "nobody"}, "/contact_email", "email"),
        ({"contact_email": "a@example.jp\r\nBcc: b@example.jp"}, "/contact_email", "email"),
        ({"parent_number": "123"}, "/parent_number", "format"),
        ({"parent_number": "7999901000011"}, "/parent_number", "check-digit"),
        ({"parent_number": "５９９９９０１０００００１１"}, "/parent_number", "format"),
        ({"settings": {"single_person": True}}, "/settings/single_person", "not-applicable"),
        ({"settings": {"publish_contracts": "all"}}, "/settings/publish_contracts", "not-applicable"),
        ({"group_key": "x"}, "/group_key", "extra_forbidden"),
        ({"corporate_number": "5999901000011"}, "/corporate_number", "extra_forbidden"),
    ],
)
def test_refusals(world: World, body: dict[str, object], pointer: str, code: str) -> None:
    vendor = world.vendor()
    browser = world.client(world.login(vendor, "vendor_admin"))
    tag = browser.get(f"{settings_path(vendor)}/settings").headers["etag"]
    answer = browser.patch(settings_path(vendor), json=body, headers={"If-Match": tag})
    assert answer.status_code == 422
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert all(fault["remedy"] for fault in answer.json()["errors"])
    assert browser.get(f"{settings_path(vendor)}/settings").headers["etag"] == tag


def test_the_check_digit_that_would_be_right_is_named(world: World) -> None:
    vendor = world.vendor()
    browser = world.client(world.login(vendor, "vendor_admin"))
    tag = browser.get(f"{settings_path(vendor)}/settings").headers["etag"]
    body = {"parent_number": "7999901000011"}
    answer = browser.patch(settings_path(vendor), json=body, headers={"If-Match": tag})
    assert "先頭は5です" in answer.json()["errors"][0]["remedy"]


def test_a_vendor_is_not_its_own_parent(world: World) -> None:
    vendor = world.vendor()
    browser = world.client(world.login(vendor, "vendor_admin"))
    tag = browser.get(f"{settings_path(vendor)}/settings").headers["etag"]
    body = {"parent_number": vendor.corporate_number}
    answer = browser.patch(settings_path(vendor), json=body, headers={"If-Match": tag})
    assert answer.json()["errors"][0]["code"] == "self"


def test_a_sole_proprietor_chooses_the_public_name(world: World) -> None:
    proprietor = world.organisation("sole_proprietor", "個人事業主（屋号未登録）", account_key="gbizid:s")
    browser = world.client(world.login(proprietor, "vendor_admin"))
    tag = browser.get(f"{settings_path(proprietor)}/settings").headers["etag"]
    body = {"name": "架空デザイン"}
    assert browser.patch(settings_path(proprietor), json=body, headers={"If-Match": tag}).status_code == 200
    assert world.client().get(settings_path(proprietor)).json()["name"] == "架空デザイン"


def test_who_may_change_settings(world: World) -> None:
    vendor = world.vendor()
    tagged = {"If-Match": '"x"'}
    path = settings_path(vendor)
    assert world.client().patch(path, json={}, headers=tagged).status_code == 401
    assert (
        world.client(world.login(vendor, "vendor_editor")).patch(path, json={}, headers=tagged).status_code
        == 403
    )
    other = world.client(world.login(world.vendor(), "vendor_admin"))
    assert other.patch(path, json={}, headers=tagged).status_code == 404
    assert other.get(f"{path}/settings").status_code == 404
    assert (
        world.api(world.login(vendor, "vendor_admin")).patch(path, json={}, headers=tagged).status_code == 403
    )


def test_the_agency_keeps_groups(world: World) -> None:
    parent, child = world.vendor("親会社"), world.vendor("子会社")
    browser = world.client(world.login(child, "vendor_admin"))
    tag = browser.get(f"{settings_path(child)}/settings").headers["etag"]
    named = {"parent_number": parent.corporate_number}
    assert browser.patch(settings_path(child), json=named, headers={"If-Match": tag}).status_code == 200
    assert browser.get(f"{settings_path(child)}/settings").json()["group_key"] is None
    agency = world.client(world.login(world.agency(), "agency_admin"))
    assert "子会社" in agency.get("/agency/organisations").text
    wrong = agency.put(f"{settings_path(child)}/group", json={"group_key": "123"})
    assert wrong.status_code == 422
    body = {"group_key": parent.corporate_number}
    assert agency.put(f"{settings_path(child)}/group", json=body).status_code == 200
    assert browser.put(f"{settings_path(child)}/group", json=body).status_code == 403
    town = world.local_government()
    assert agency.put(f"{settings_path(town)}/group", json=body).status_code == 422
    one, two = world.login(parent, "vendor_editor"), world.login(child, "vendor_editor")
    actors = [world.app.state.authenticator(_request(world, login)).group_key for login in (one, two)]
    assert actors[0] == actors[1] == parent.corporate_number
    assert agency.put(f"{settings_path(child)}/group", json={"group_key": ""}).json()["group_key"] is None


def _request(world: World, login: Login) -> object:
    from starlette.requests import Request

    headers = [(b"authorization", f"Bearer {login.token}".encode())]
    return Request({"type": "http", "headers": headers, "client": None, "state": {}})


def test_pages(world: World) -> None:
    vendor = world.vendor("架空ソフト株式会社")
    browser = world.client(world.login(vendor, "vendor_admin"))
    page = browser.get("/organisation")
    assert page.status_code == 200
    assert "架空ソフト株式会社" in page.text
    version = f'"{vendor.id}-1"'
    typed = {"version": version, "name_kana": "カクウソフト", "contact_email": "nobody", "parent_number": ""}
    faulty = browser.post("/organisation", data=typed)
    assert faulty.status_code == 422
    assert 'value="nobody"' in faulty.text
    assert 'value="カクウソフト"' in faulty.text
    good = typed | {"contact_email": "a@example.jp"}
    assert browser.post("/organisation", data=good).status_code == 303
    assert browser.post("/organisation", data=good).status_code == 412
    viewer = world.client(world.login(vendor, "vendor_editor"))
    assert "情報を変える" not in viewer.get("/organisation").text
    town = world.local_government()
    approver = world.client(world.login(town, "buyer_approver"))
    body = {"version": f'"{town.id}-1"', "single_person": "true", "publish_contracts": "summary"}
    assert approver.post("/organisation", data=body).status_code == 303
    assert "checked" in approver.get("/organisation").text
    agency = world.client(world.login(world.agency(), "agency_admin"))
    found = agency.get("/agency/organisations?q=架空ソフト")
    assert "架空ソフト株式会社" in found.text
    one = agency.get(f"/agency/organisations/{vendor.id}")
    assert one.status_code == 200
    grouped = agency.post(f"/agency/organisations/{vendor.id}/group", data={"group_key": "123"})
    assert grouped.status_code == 422
    assert 'value="123"' in grouped.text


def test_the_agencys_pages_are_the_agencys(world: World) -> None:
    for login in (
        world.login(world.vendor(), "vendor_admin"),
        world.login(world.local_government(), "buyer_approver"),
        world.login(world.agency(), "reviewer"),
        world.login(world.agency(), "auditor"),
    ):
        assert world.client(login).get("/agency/organisations").status_code == 403
    assert world.client().get("/agency/organisations").status_code == 303


def _space(world: World, number: str) -> Login:
    """The draft space of an エントリー who claims the number."""
    space = world.organisation(
        "vendor", "下書き用の場所", corporate_number=None, account_key=f"entry:{number}"
    )
    login = world.login(space, "vendor_editor", name="下書 太郎")

    def claim(session: Session) -> None:
        person = session.get_one(Person, login.person_id)
        person.account_kind, person.claimed_number = "entry", number
        membership = session.get_one(Membership, login.membership_id)
        membership.origin = "entry_space"
        session.add_all([person, membership])

    with world.database.write() as session:
        claim(session)
    return login


def test_a_firm_adopts_the_drafts_of_who_claims_its_number(world: World) -> None:
    firm, other = world.vendor("本物の会社"), world.vendor("別の会社")
    entry = _space(world, firm.corporate_number or "")
    drafted = world.api(entry).post("/api/v1/software", json={"answers": {"name": "下書きソフト"}})
    assert drafted.status_code == 201, drafted.text
    software = drafted.json()["id"]
    admin = world.client(world.login(firm, "vendor_admin"))
    stranger = world.client(world.login(other, "vendor_admin"))
    assert admin.get(f"/api/v1/software/{software}").status_code == 404
    assert "下書きソフト" not in stranger.get("/vendor/adoption").text
    page = admin.get("/vendor/adoption")
    assert "下書きソフト" in page.text
    assert "下書 太郎" in page.text
    seen = page.text.split('name="seen" value="')[1].split('"')[0]
    address = f"/vendor/adoption/{entry.organisation_id}"
    assert stranger.post(address, data={"seen": seen}).status_code == 404
    # The draft changes meanwhile: only what was on the screen is adopted.
    tag = world.api(entry).get(f"/api/v1/software/{software}").headers["etag"]
    changed = world.api(entry).patch(
        f"/api/v1/software/{software}", json={"answers": {"name": "変えた"}}, headers={"If-Match": tag}
    )
    assert changed.status_code == 200, changed.text
    assert admin.post(address, data={"seen": seen}).status_code == 409
    seen = admin.get("/vendor/adoption").text.split('name="seen" value="')[1].split('"')[0]
    assert admin.post(address, data={"seen": seen}).status_code == 303
    assert admin.get(f"/api/v1/software/{software}").status_code == 200
    assert world.api(entry).get(f"/api/v1/software/{software}").status_code == 404
    assert admin.post(address, data={"seen": seen}).status_code == 404


@pytest.mark.parametrize("path", ["%00", "a%00b", "%ED%A0%80", "org_%E3%81%82", "x" * 5000])
def test_addresses_that_nobody_has(world: World, path: str) -> None:
    for address in (f"/api/v1/organisations/{path}", f"/login/callback/{path}"):
        assert world.client().get(address).status_code in (400, 404, 414, 422)


@pytest.mark.parametrize("query", ["q=%00", "prefecture=%00", "q=%ED%A0%80", "kind=%00", "q=" + "x" * 101])
def test_words_that_no_name_holds(world: World, query: str) -> None:
    assert world.client().get(f"/api/v1/organisations?{query}").status_code in (200, 400, 422)
