"""The worker and the index: batches, an engine that fails, the hourly comparison, what asks for a rebuild."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.catalogue import projection
from app.indexing import runs
from app.indexing.indexer import INTERRUPTIONS
from app.indexing.keeper import IndexKeeper
from app.indexing.models import IndexRun
from app.indexing.status import details, status
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.outbox.models import OutboxRow
from app.outbox.publish import publish
from app.settings import Settings
from app.worker import BATCH, Worker
from search.embedded import open_engine
from search.engine import EngineUnavailable
from tests.catalogue.shelf import Shelf
from tests.world import World


@pytest.fixture
def worker(settings: Settings, clock: MovableClock, database: Database) -> Iterator[Worker]:
    worker = Worker(settings, clock=clock, database=database)
    worker.begin()
    worker.drain()
    yield worker
    worker.close()


@pytest.fixture
def shelf(worker: Worker, app: Any, database: Database, clock: MovableClock) -> Shelf:
    return Shelf(app, database, clock, worker.writer())


def _tell(database: Database, clock: MovableClock, ids: Iterable[str]) -> None:
    with database.write() as session:
        for id_ in ids:
            publish(session, "catalogue.sync", id_, at=clock.now())


def _rows(database: Database) -> list[OutboxRow]:
    with database.read() as session:
        rows = session.exec(select(OutboxRow).where(col(OutboxRow.topic) == "catalogue.sync"))
        return sorted(rows, key=lambda row: row.key)


def _runs(database: Database) -> list[IndexRun]:
    with database.read() as session:
        return list(session.exec(select(IndexRun).order_by(col(IndexRun.id))).all())


def test_changes_go_in_batches_and_each_id_once(
    worker: Worker,
    world: World,
    shelf: Shelf,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendor = world.vendor()
    ids = [shelf.software(vendor) for _ in range(3)]
    _tell(database, clock, [*ids, *ids, *(f"sw_gone{number}" for number in range(BATCH))])
    batches: list[set[str]] = []
    sync = IndexKeeper.sync

    def noted(keeper: IndexKeeper, ids: Iterable[str]) -> None:
        batches.append(set(ids))
        sync(keeper, batches[-1])

    monkeypatch.setattr(IndexKeeper, "sync", noted)
    worker.drain()
    assert sorted(len(batch) for batch in batches) == [3, BATCH]
    assert not set.intersection(*batches)
    assert set(worker.writer().fingerprints()) == set(ids)
    assert {row.status for row in _rows(database)} == {"done"}


def test_one_that_fails_holds_up_no_other(
    worker: Worker,
    world: World,
    shelf: Shelf,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good, bad = (shelf.software(world.vendor()) for _ in range(2))
    build = projection.build_document

    def failing(schema: Any, software: Any, *more: Any) -> Any:
        if software.entry.id == bad:
            raise ValueError("cannot be told")
        return build(schema, software, *more)

    monkeypatch.setattr(projection, "build_document", failing)
    _tell(database, clock, [good, bad])
    worker.drain()
    assert set(worker.writer().fingerprints()) == {good}
    rows = {row.key: row for row in _rows(database)}
    assert (rows[good].status, rows[bad].status, rows[bad].attempts) == ("done", "waiting", 1)
    assert "cannot be told" in rows[bad].last_error


def test_an_engine_that_fails_costs_no_attempt_and_the_lag_is_shown(
    worker: Worker,
    world: World,
    shelf: Shelf,
    settings: Settings,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    software = shelf.software(world.vendor())
    _tell(database, clock, [software])

    def down(*_: object) -> None:
        raise EngineUnavailable("nobody there")

    with monkeypatch.context() as broken:
        broken.setattr(worker.writer(), "apply", down)
        worker.drain()
    clock.move(seconds=90)
    (row,) = _rows(database)
    assert (row.status, row.attempts, "nobody there" in row.last_error) == ("waiting", 0, True)
    engine = open_engine(settings.search_directory, projection.index_settings(shelf.schema))
    behind = details(status(database, engine, clock))
    assert (behind["waiting"], behind["parked"], behind["lag_seconds"]) == (1, 0, 90.0)
    monkeypatch.setattr(worker, "_paused_until", 0.0)
    worker.drain()
    assert set(worker.writer().fingerprints()) == {software}
    assert details(status(database, engine, clock))["lag_seconds"] == 0


def test_the_hourly_comparison_mends_and_records_what_it_found(
    worker: Worker, world: World, shelf: Shelf, database: Database, clock: MovableClock
) -> None:
    vendor = world.vendor()
    gone, changed, kept = (shelf.software(vendor, f"業務{number}") for number in range(3))
    shelf.rebuild()
    missing = shelf.software(vendor)
    shelf.revise(changed, name="改めた名前")
    shelf.end(gone, tell=False)
    _tell(database, clock, ["sw_under_way"])
    with database.write() as session:
        row = session.exec(select(OutboxRow).where(col(OutboxRow.key) == "sw_under_way")).one()
        row.status = "parked"
        session.add(row)
    worker.schedule_sweep()
    clock.move(seconds=1)
    worker.drain()
    check = _runs(database)[-1]
    assert (check.kind, check.reason, check.status) == ("check", "hourly", "succeeded")
    assert (check.missing, check.outdated, check.surplus, check.repaired) == (1, 1, 1, 3)
    assert {(one["id"], one["what"]) for one in check.differences} == {
        (missing, "missing"),
        (changed, "outdated"),
        (gone, "surplus"),
    }
    assert projection.index_agrees(database, worker.writer(), shelf.schema, clock)
    assert set(worker.writer().fingerprints()) == {missing, changed, kept}
    assert [row.status for row in _rows(database)] == ["done"], (
        "everything is mended: nobody has to look at it"
    )


def test_what_is_under_way_is_no_difference(
    worker: Worker, world: World, shelf: Shelf, database: Database, clock: MovableClock
) -> None:
    vendor = world.vendor()
    shelf.rebuild()
    waiting = shelf.software(vendor)
    _tell(database, clock, [waiting])
    assert worker.keeper().differences(lambda done, total: None).agrees
    shelf.software(vendor)
    assert len(worker.keeper().differences(lambda done, total: None).missing) == 1


def test_other_declarations_and_a_lost_index_ask_for_a_rebuild(
    worker: Worker,
    world: World,
    shelf: Shelf,
    settings: Settings,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def begun_again() -> list[tuple[str, str]]:
        before = len(_runs(database))
        worker.close()
        worker.begin()
        worker.drain()
        shelf.writer = worker.writer()
        return [(run.kind, run.reason) for run in _runs(database)[before:]]

    software = shelf.software(world.vendor())
    assert [(run.kind, run.reason) for run in _runs(database)] == [("rebuild", "declarations")], (
        "the first start"
    )
    assert begun_again() == []
    worker.close()
    shutil.rmtree(settings.search_directory)
    assert begun_again() == [("rebuild", "lost")]
    assert set(worker.writer().fingerprints()) == {software}
    shutil.rmtree(settings.search_directory)
    assert worker.indexer().watch() is False
    worker.drain()
    assert worker.indexer().watch() is True
    assert set(worker.writer().fingerprints()) == {software}
    monkeypatch.setattr(projection, "_PROJECTION", 0)
    assert begun_again() == [("rebuild", "declarations")]


def test_a_rebuild_that_never_gets_further_is_given_up(
    worker: Worker, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise RuntimeError("no way")

    monkeypatch.setattr(IndexKeeper, "rebuild", failing)
    with database.write() as session:
        runs.ask(session, clock, "rebuild", "asked")
    for _ in range(INTERRUPTIONS + 2):
        worker.indexer().step()
    run = _runs(database)[-1]
    assert (run.status, run.claim) == ("failed", INTERRUPTIONS)
    assert "no way" in run.message
    monkeypatch.setattr(IndexKeeper, "stale", lambda keeper: True)
    worker.indexer().watch()
    assert _runs(database)[-1].id == run.id, "it is not asked for again at once"
    clock.move(minutes=11)
    worker.indexer().watch()
    assert (_runs(database)[-1].reason, _runs(database)[-1].status) == ("lost", "queued")


def test_the_claims_of_an_ended_worker_are_taken_back(
    worker: Worker, settings: Settings, database: Database, clock: MovableClock
) -> None:
    _tell(database, clock, ["sw_held", "sw_worn_out"])
    with database.write() as session:
        for row in session.exec(select(OutboxRow).where(col(OutboxRow.key).in_(["sw_held", "sw_worn_out"]))):
            row.status, row.lease_until = "claimed", clock.now() + timedelta(minutes=2)
            row.attempts = 8 if row.key == "sw_worn_out" else 1
            session.add(row)
    worker.close()
    worker.begin()
    assert [(row.key, row.status) for row in _rows(database)] == [
        ("sw_held", "waiting"),
        ("sw_worn_out", "parked"),
    ]
