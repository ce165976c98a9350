"""The index agrees with the database: after each sync, after a rebuild, and says so when it does not."""

from __future__ import annotations

from datetime import timedelta

from fastapi import FastAPI

from app.catalogue import projection
from app.kit.clock import MovableClock
from app.kit.database import Database
from tests.catalogue.shelf import Shelf
from tests.world import World


def _agrees(shelf: Shelf, database: Database, clock: MovableClock) -> bool:
    writer_says = projection.index_agrees(database, shelf.writer, shelf.schema, clock)
    assert writer_says == projection.reader_agrees(database, shelf.app.state.search, shelf.schema, clock)
    return writer_says


def test_sync_puts_in_and_takes_out(
    world: World, shelf: Shelf, database: Database, clock: MovableClock
) -> None:
    software = shelf.software(world.vendor())
    shelf.rebuild()
    assert _agrees(shelf, database, clock)
    shelf.revise(software, name="改めた名前")
    assert not _agrees(shelf, database, clock)
    shelf.sync(software)
    assert _agrees(shelf, database, clock)
    shelf.end(software)
    assert not _agrees(shelf, database, clock)
    shelf.sync(software)
    shelf.sync(software)
    assert _agrees(shelf, database, clock)
    assert shelf.writer.fingerprints() == {}


def test_an_offer_belongs_to_its_software(
    world: World, shelf: Shelf, database: Database, clock: MovableClock
) -> None:
    vendor = world.vendor()
    software = shelf.software(vendor)
    shelf.rebuild()
    before = shelf.writer.fingerprints()
    offer = shelf.offer(vendor, software)
    assert not _agrees(shelf, database, clock)
    shelf.sync(software)
    assert _agrees(shelf, database, clock)
    assert shelf.writer.fingerprints() != before
    shelf.end(offer)
    shelf.sync(software)
    assert shelf.writer.fingerprints() == before


def test_a_vendors_agreement_moves_all_that_is_its(
    world: World, shelf: Shelf, database: Database, clock: MovableClock
) -> None:
    developer, seller = world.vendor(), world.vendor(agreement=False)
    software = shelf.software(developer)
    shelf.seller(software, seller)
    shelf.offer(seller, software)
    shelf.rebuild()
    assert _agrees(shelf, database, clock)
    world.agreement(seller.id)
    assert not _agrees(shelf, database, clock)
    projection.sync_vendor(database, shelf.writer, shelf.schema, clock, seller.id)
    assert _agrees(shelf, database, clock)


def test_the_document_ends_with_the_agreement_or_the_last_day(
    world: World, shelf: Shelf, database: Database, clock: MovableClock
) -> None:
    vendor = world.vendor(agreement=False)
    end = clock.today() + timedelta(days=3)
    world.agreement(vendor.id, ends_on=end)
    software = shelf.software(vendor)
    with database.read() as session:
        documents = list(projection.documents_of(session, shelf.schema, clock.today(), [software]))
    assert documents[0].visible_until == end
    shelf.end(software, "retired", last_day=end - timedelta(days=1))
    with database.read() as session:
        documents = list(projection.documents_of(session, shelf.schema, clock.today(), [software]))
    assert documents[0].visible_until == end - timedelta(days=1)


def test_readiness_asks_the_reader(app: FastAPI, world: World, shelf: Shelf) -> None:
    shelf.software(world.vendor())
    assert app.state.index_agrees() is False, "the index is empty"
    shelf.rebuild()
    assert app.state.index_agrees() is True
