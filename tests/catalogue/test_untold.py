"""A suspended listing is gone at once, while the worker is down: from hits, total and facets alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import col, select

from app.catalogue import projection
from app.kit.database import Database
from app.organisations.models import MasterAgreement, Organisation
from app.outbox.publish import publish
from tests.catalogue.shelf import Shelf
from tests.support.client import TestClient
from tests.world import World


def _answer(client: TestClient, words: str = "") -> tuple[set[str], int, dict[str, int]]:
    """Ids, total, and the counts by vendor."""
    body = client.get("/api/v1/search", params={"q": words, "limit": "100"}).json()
    counts = {value["value"]: value["count"] for value in body["facets"]["vendor"]["values"]}
    return {item["id"] for item in body["items"]}, body["total"], counts


def _suspend(shelf: Shelf, firm: Organisation) -> None:
    with shelf.database.write() as session:
        row = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == firm.id)
        ).one()
        row.status = "suspended"
        session.add(row)
        publish(session, "catalogue.sync-vendor", firm.id, at=shelf.clock.now())


def test_listings_and_firms_that_were_suspended_are_in_no_figure(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    one, other = world.vendor(), world.vendor()
    mine = [shelf.software(one, f"窓口の業務{number}") for number in range(3)]
    others = [shelf.software(other, f"窓口の支援{number}") for number in range(2)]
    shelf.rebuild()
    assert _answer(client) == ({*mine, *others}, 5, {one.id: 3, other.id: 2})
    shelf.end(mine[0], "suspended")
    assert _answer(client, "窓口") == ({*mine[1:], *others}, 4, {one.id: 2, other.id: 2})
    _suspend(shelf, other)
    assert _answer(client) == (set(mine[1:]), 2, {one.id: 2})
    shelf.end(mine[1], "published")
    shelf.end(mine[1], "suspended")
    assert _answer(client) == ({mine[2]}, 1, {one.id: 1})


def test_what_follows_from_the_same_changes_is_worked_out_once_a_second(
    client: TestClient, world: World, shelf: Shelf, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = world.vendor()
    software = [shelf.software(vendor, f"業務{number}") for number in range(3)]
    offers = [shelf.offer(vendor, each) for each in software]
    shelf.rebuild()
    built: list[str] = []
    documents_of = projection.documents_of

    def counted(*arguments: Any) -> Iterator[Any]:
        for document in documents_of(*arguments):
            built.append(document.id)
            yield document

    monkeypatch.setattr(projection, "documents_of", counted)
    shelf.end(offers[0], "suspended")
    for _ in range(5):
        assert _answer(client)[1] == 3
    assert 1 <= len(built) <= 2, "five searches in a moment, or one of them a second later"
    built.clear()
    shelf.end(offers[1], "suspended")
    shelf.end(software[2], "suspended")
    assert _answer(client)[1] == 2, "further changes are seen at once"
    assert set(built) == {software[0], software[1]}
