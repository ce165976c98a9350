"""What other capabilities use of listings: published pages, pins for buyers, the content hash, merge patches."""

from __future__ import annotations

import pytest

from app.access.actor import ANONYMOUS
from app.kit.errors import Gone, NotFound
from app.kit.pagination import Paging
from app.listings import service
from app.listings.content import content_hash, merge_patch
from tests.listings.market import Market


def test_published_raises_what_strangers_are_told(market: Market) -> None:
    software_id = market.published()
    offer_id = market.published_offer(software_id)
    draft_id = market.draft()["id"]
    today = market.world.clock.today()
    with market.world.read() as session:
        found = service.published(session, software_id, today)
        assert (found.entry.id, found.revision.number, found.entry.working) == (software_id, 1, None)
        assert [offer.entry.id for offer in service.published_offers(session, software_id, today)] == [
            offer_id
        ]
        many = service.published_many(session, "software", [draft_id, software_id, "sw_no", offer_id], today)
        assert [one.entry.id for one in many] == [software_id]
        for missing in (draft_id, "sw_no", offer_id):
            with pytest.raises(NotFound):
                service.published(session, missing, today)
    assert market.editor.post(f"/api/v1/software/{software_id}/withdrawal").status_code == 200
    with market.world.read() as session:
        with pytest.raises(Gone) as gone:
            service.published(session, software_id, today)
        assert set(gone.value.extra) == {"id", "kind", "ended_on", "note"}
        assert service.published_offers(session, software_id, today) == []
        assert service.published_many(session, "software", [software_id], today) == []


def test_a_buyers_pin_outlives_the_listing(market: Market) -> None:
    software_id = market.published()
    today = market.world.clock.today()
    with market.world.read() as session:
        pinned = service.published(session, software_id, today).revision
    assert market.editor.post(f"/api/v1/software/{software_id}/withdrawal").status_code == 200
    draft_id = market.draft()["draft"]["id"]
    with market.world.read() as session:
        kept = service.revision_for_buyer(session, pinned.id)
        assert (kept.revision, kept.kind, kept.software_id) == (pinned, "software", software_id)
        assert kept.owner.id == market.vendor.id
        for never in (draft_id, "rev_no"):
            with pytest.raises(NotFound):
                service.revision_for_buyer(session, never)
        with pytest.raises(NotFound):
            service.all_page(session, ANONYMOUS, "software", today, Paging())


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    one = content_hash({"name": "名", "summary": "概要"}, 1)
    assert one == content_hash({"summary": "概要", "name": "名"}, 1)
    assert one != content_hash({"summary": "概要", "name": "名"}, 2)
    assert one != content_hash({"summary": "概要", "name": "名 "}, 1)
    assert len(one) == 64


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_as_in_rfc_7396(target: object, patch: object, result: object) -> None:
    assert merge_patch(target, patch) == result
