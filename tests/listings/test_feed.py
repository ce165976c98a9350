"""The change feed by the API: a copy, tombstones, what it refuses, and that no verb forgets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from app.kit.lifecycle import Lifecycle
from app.kit.pagination import encode_cursor
from app.listings import housekeeping
from app.listings.feed_numbers import Numberer
from app.listings.lifecycle import ENTRY, SELLER
from app.organisations import bulk_renewal
from app.organisations.agreements import expire_agreements
from app.organisations.bulk_renewal import Renewal
from app.organisations.lifecycle import AGREEMENT
from app.organisations.models import MasterAgreement
from tests.listings.follower import Follower, catalogue, over_http
from tests.listings.market import Market, urgent
from tests.support.application import application
from tests.support.databases import Databases
from tests.world import World


class Walk:
    """Does one thing after another; after each the copy must be the catalogue, and the change must have come."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.follower = Follower(market.world, limit=2)
        self.follower.catch_up()

    def arrived(self, *ids: str) -> None:
        """These entries came, and the copy is what the public sees."""
        assert set(ids) <= set(self.follower.catch_up())
        assert self.follower.copy == catalogue(over_http(self.market.visitor))

    def post(self, client: Any, path: str, *ids: str, **body: Any) -> None:
        """A verb by the API, and what must arrive by it."""
        answer = client.post(f"/api/v1{path}", json=body or None)
        assert answer.status_code in (200, 201), answer.text
        self.arrived(*ids)

    def agency(self) -> Any:
        """An administrator of the Agency who has just logged in: sessions end while the clock is moved."""
        world = self.market.world
        return world.client(world.login(world.agency(), "agency_admin"))

    def renew(self, agreement_id: str, days: int, *ids: str) -> None:
        """A new last day of the vendor's agreement, by the Agency's file."""
        world = self.market.world
        until = world.clock.today() + timedelta(days=days)
        row = Renewal("agreement", self.market.vendor.id, until, renews=agreement_id)
        with world.database.write() as session:
            actor = world.actor(world.login(world.agency(), "agency_admin"))
            bulk_renewal.renew(session, actor, world.clock, [row])
        self.arrived(*ids)

    def sweep(self, *ids: str) -> None:
        """The hourly sweep."""
        world = self.market.world
        with world.database.write() as session:
            actor = world.actor(self.market.agency_login)
            expire_agreements(session, actor, world.clock)
            housekeeping.sweep(session, actor, world.clock)
        self.arrived(*ids)

    def end_of(self, entry_id: str) -> dict[str, Any]:
        """What the tombstone says, which is what 410 says too."""
        gone: dict[str, Any] = self.follower.tombstones[entry_id]["gone"]
        kind = "software" if entry_id.startswith("sw_") else "offers"
        answer = self.market.visitor.get(f"/api/v1/{kind}/{entry_id}")
        assert answer.status_code == 410
        assert gone == {name: answer.json()[name] for name in ("kind", "ended_on", "note")}
        return gone


def _agreement(world: World, vendor_id: str) -> MasterAgreement:
    """The vendor's newest agreement."""
    newest = (
        select(MasterAgreement)
        .where(col(MasterAgreement.organisation_id) == vendor_id)
        .order_by(col(MasterAgreement.id).desc())
    )
    with world.read() as session:
        found = session.exec(newest).first()
    assert found is not None
    return found


@pytest.fixture
def shop(databases: Databases, tmp_path: Path) -> Iterator[Market]:
    """A market in an application of its own."""
    with application(databases, tmp_path) as running:
        yield Market(running.world)


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Every verb that was carried out."""
    done: set[tuple[str, str]] = set()
    original = Lifecycle.move

    def noting(self: Lifecycle, session: Any, row: Any, verb: str, **changes: object) -> None:
        original(self, session, row, verb, **changes)
        done.add((self.name, verb))

    monkeypatch.setattr(Lifecycle, "move", noting)
    return done


def test_every_verb_that_changes_what_strangers_see_is_in_the_feed(
    market: Market, moves: set[tuple[str, str]]
) -> None:
    world, walk = market.world, Walk(market)
    editor, agency = market.editor, market.agency
    one = market.published()
    offer = market.published_offer(one)
    walk.arrived(one, offer)
    path = f"/software/{one}"

    # A new revision, then the entry's own ends and returns.
    etag = editor.get(f"/api/v1{path}").headers["etag"]
    body = {"answers": {"summary": "改めた概要です。"}}
    assert editor.patch(f"/api/v1{path}", json=body, headers={"If-Match": etag}).status_code == 200
    assert walk.follower.catch_up() == []  # a draft is nobody's business
    market.approve(path)
    walk.arrived(one)
    assert walk.follower.copy["software"][one]["live"]["number"] == 2
    etag = editor.get(f"/api/v1/offers/{offer}").headers["etag"]
    body = {"answers": {"summary": "改めたサービスの概要です。"}}
    assert editor.patch(f"/api/v1/offers/{offer}", json=body, headers={"If-Match": etag}).status_code == 200
    market.approve(f"/offers/{offer}")
    walk.arrived(offer)
    in_error = {"reason": "取り違え", "note": "誤って公開した版を取り消しました。"}
    live = editor.get(f"/api/v1{path}").json()["live"]["id"]
    walk.post(agency, f"{path}/revocation", one, revision_id=live, **in_error)
    assert walk.follower.copy["software"][one]["live"]["number"] == 1
    walk.post(editor, f"{path}/withdrawal", one, offer)
    assert walk.end_of(one)["kind"] == "withdrawn"
    assert walk.end_of(offer)["kind"] == "software"
    walk.post(editor, f"{path}/resumption", one, offer)
    walk.post(agency, f"{path}/suspension", one, offer, **urgent("内々の理由"))
    assert walk.end_of(one) == {
        "kind": "suspended",
        "ended_on": world.clock.today().isoformat(),
        "note": "確認のため停止しています。",
    }
    etag = editor.get(f"/api/v1{path}").headers["etag"]
    body = {"answers": {"summary": "停止中に直した概要です。"}}
    assert editor.patch(f"/api/v1{path}", json=body, headers={"If-Match": etag}).status_code == 200
    market.approve(path)  # replaces while suspended
    walk.arrived(one)
    walk.post(agency, f"{path}/resumption", one, offer)
    walk.post(editor, f"/offers/{offer}/withdrawal", offer)
    walk.post(agency, f"/offers/{offer}/suspension", offer, **urgent())
    walk.post(agency, f"/offers/{offer}/resumption", offer)
    assert walk.end_of(offer)["kind"] == "withdrawn"
    walk.post(editor, f"/offers/{offer}/resumption", offer)

    # A seller's authorisation, ended with a day that passes.
    rival = market.rival
    walk.post(editor, f"{path}/sellers", seller=rival.id)
    walk.post(market.seller, f"{path}/sellers/{rival.id}/acceptance")
    sold = market.offer_draft(one, market.seller)["id"]
    market.approve(f"/offers/{sold}", market.seller)
    walk.arrived(sold)
    today = world.clock.today()
    walk.post(editor, f"{path}/sellers/{rival.id}/ending", last_day=today.isoformat())
    world.clock.move(days=1)
    walk.sweep(sold)
    assert walk.end_of(sold) == {"kind": "seller", "ended_on": today.isoformat(), "note": ""}

    # The firm's agreement.
    with world.read() as session:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == market.vendor.id)
        ).one()
    base = f"/agreements/{agreement.id}"
    agency = walk.agency()
    walk.post(agency, f"{base}/suspension", one, offer, **urgent())
    suspended_on = world.clock.today().isoformat()
    assert walk.end_of(one) == {"kind": "agreement", "ended_on": suspended_on, "note": urgent()["note"]}
    walk.renew(agreement.id, 1200, one, offer)  # while it is suspended
    walk.post(agency, f"{base}/resumption", one, offer, reason="解決した")
    walk.post(agency, f"{base}/termination", one, offer, reason="理由")
    last = world.clock.today() + timedelta(days=40)
    with world.database.write() as session:
        signed = world.agreement(market.vendor.id, "offered", starts_on=None, ends_on=None)
    signatory = world.client(world.login(market.vendor, "vendor_admin"))
    walk.post(signatory, f"/agreements/{signed.id}/signature", signatory_title="代表取締役")
    begins = world.clock.today() + timedelta(days=3)
    walk.post(
        agency, f"/agreements/{signed.id}/acceptance", starts_on=begins.isoformat(), ends_on=last.isoformat()
    )
    assert walk.follower.copy["software"] == {}
    world.clock.move(days=3)
    agency = walk.agency()
    walk.arrived(one, offer)  # the midnight's own row: no sweep was needed
    assert one in walk.follower.copy["software"]

    # Days that pass.
    live = editor.get(f"/api/v1/offers/{offer}").json()["live"]["id"]
    walk.post(editor, f"/offers/{offer}/retirement", last_day=world.clock.today().isoformat())
    walk.post(agency, f"/offers/{offer}/revocation", offer, revision_id=live, **in_error)
    assert walk.follower.copy["offers"][offer]["live"]["number"] == 1
    walk.post(agency, f"/offers/{offer}/suspension", offer, **urgent())
    walk.post(agency, f"/offers/{offer}/resumption", offer)
    world.clock.move(days=1)
    walk.sweep(offer)
    assert walk.end_of(offer)["kind"] == "retired"
    world.clock.move(days=60)
    walk.sweep(one)
    assert walk.end_of(one) == {"kind": "agreement", "ended_on": last.isoformat(), "note": ""}

    walk.renew(_agreement(world, market.vendor.id).id, 900, one)  # late: it had expired
    assert one in walk.follower.copy["software"]

    known = {(life.name, verb) for life in (ENTRY, SELLER, AGREEMENT) for verb in life.moves}
    assert known <= moves


def test_a_new_name_of_the_firm_arrives(shop: Market) -> None:
    world = shop.world
    alone = world.organisation("sole_proprietor", "架空商店")
    world.agreement(alone.id)
    shop.editor = world.client(world.login(alone, "vendor_admin"))
    follower = Follower(world)
    one = shop.published()
    follower.catch_up()
    path = f"/api/v1/organisations/{alone.id}"
    etag = shop.editor.get(f"{path}/settings").headers["etag"]
    answer = shop.editor.patch(path, json={"name": "架空商会"}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    assert follower.catch_up() == [one]
    assert follower.copy["software"][one]["owner"]["name"] == "架空商会"


def test_a_change_during_a_full_copy_is_caught_afterwards(market: Market) -> None:
    ids = [market.published() for _ in range(5)]
    first = Follower(market.world)
    first.catch_up()
    copying = Follower(market.world, limit=2)
    assert copying.read_page("software")
    taken = copying.seen[:]
    assert taken == ids[:2]
    # One that was read already, one that was not, one that is new.
    for gone in (ids[0], ids[4]):
        assert market.editor.post(f"/api/v1/software/{gone}/withdrawal").status_code == 200
    new = market.published()
    copying.catch_up()
    assert copying.copy == catalogue(over_http(market.visitor))
    assert set(copying.copy["software"]) == {ids[1], ids[2], ids[3], new}
    assert sorted(copying.seen) == sorted(
        [*ids, new, ids[0]]
    )  # none twice but what changed after it was read
    # Who begins now gets no tombstones: there is nothing to take away.
    late = Follower(market.world)
    late.catch_up()
    assert (late.copy, late.tombstones) == (copying.copy, {})


def test_changes_of_one_entry_coalesce_to_its_latest_state(market: Market) -> None:
    one = market.published()
    follower = Follower(market.world)
    follower.catch_up()
    for verb in ("withdrawal", "resumption", "withdrawal", "resumption"):
        assert market.editor.post(f"/api/v1/software/{one}/{verb}").status_code == 200
    assert follower.catch_up() == [one]
    assert follower.catch_up() == []


def test_polling_costs_nothing_while_nothing_changes(shop: Market) -> None:
    shop.published()
    follower = Follower(shop.world)
    follower.catch_up()
    path = f"/api/v1/software?changed_since={follower.cursors['software']}"
    quiet = shop.visitor.get(path)
    assert quiet.json() == {"items": [], "next": follower.cursors["software"], "more": False}
    again = shop.visitor.get(path, headers={"If-None-Match": f'"x", {quiet.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    shop.published()
    follower.catch_up()
    assert shop.visitor.get(path, headers={"If-None-Match": quiet.headers["etag"]}).status_code == 200


def test_the_owner_reads_what_strangers_read(shop: Market) -> None:
    one = shop.published()
    etag = shop.editor.get(f"/api/v1/software/{one}").headers["etag"]
    body = {"answers": {"summary": "下書きです。"}}
    shop.editor.patch(f"/api/v1/software/{one}", json=body, headers={"If-Match": etag})
    Follower(shop.world).catch_up()
    path = "/api/v1/software?changed_since="
    assert shop.editor.get(path).json() == shop.visitor.get(path).json()
    assert shop.visitor.get(path).json()["items"][0]["draft"] is None


def test_a_cursor_that_is_none_is_refused_with_what_would_be_right(shop: Market) -> None:
    for cursor in (
        "2026-11-24T00:00:00Z",
        "0",
        "なし",
        encode_cursor("sw_01JD0000000000000000000000"),
        encode_cursor("offer 0 0"),
        encode_cursor("software -1 0"),
        encode_cursor("software 1_0 0"),
        encode_cursor("software 0"),
    ):
        answer = shop.visitor.get("/api/v1/software", params={"changed_since": cursor})
        assert answer.status_code == 400, cursor
        assert "next" in answer.json()["detail"]


def test_a_cursor_from_a_future_that_was_undone_asks_for_a_new_copy(shop: Market) -> None:
    ahead = encode_cursor("software 900000000000000000000000 0")
    answer = shop.visitor.get("/api/v1/software", params={"changed_since": ahead})
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/feed-restarted")
    assert "changed_since" in answer.json()["detail"]


def test_what_does_not_go_with_the_feed_is_named_all_at_once(shop: Market) -> None:
    answer = shop.visitor.get("/api/v1/offers?changed_since=&mine=true&owner=x&cursor=y")
    assert answer.status_code == 422
    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert pointers == ["/query/mine", "/query/owner", "/query/cursor"]


def test_a_page_takes_as_many_queries_however_many_ended(
    market: Market, query_counter: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    software = market.published()
    ids = [market.published_offer(software) for _ in range(4)]
    follower = Follower(market.world)
    follower.catch_up()
    counts = []
    for some in (ids[:1], ids[1:]):
        for offer in some:
            assert market.editor.post(f"/api/v1/offers/{offer}/withdrawal").status_code == 200
        while Numberer(market.world.database).number(market.world.clock.now()):
            pass
        with query_counter() as statements:
            assert not follower.read_page("offers")
        counts.append(len(statements))
    assert set(follower.tombstones) == set(ids)
    assert counts[0] == counts[1] <= 17
