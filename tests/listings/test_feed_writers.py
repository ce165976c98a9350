"""Writers that stay open for different times, two numberers, and a reader that polls: nothing missed or doubled."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from sqlmodel import select

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.listings.feed import Departed, changes
from app.listings.feed_numbers import Numberer
from app.listings.models import Entry
from app.outbox.models import ChangeNote
from app.outbox.publish import publish
from tests.listings.rows import published_software
from tests.world import World

ENTRIES = 40
WRITERS = 8


def _entries(world: World, clock: MovableClock) -> list[str]:
    """Published software, straight into the tables: how it is published has tests of its own."""
    vendor = world.vendor()
    with world.database.write() as session:
        return [published_software(session, clock, vendor.id) for _ in range(ENTRIES)]


class Reader:
    """Polls small pages and keeps what it read."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self._database, self._clock = database, clock
        self.cursor = ""
        self.copy: set[str] = set()
        self.came: Counter[str] = Counter()
        self.order: list[str] = []

    def read(self) -> bool:
        with self._database.read() as session:
            found = changes(session, self._clock, "software", self.cursor, 3)
        for item in found.items:
            self.came[item.id] += 1
            self.order.append(item.id)
            if isinstance(item, Departed):
                self.copy.discard(item.id)
            else:
                self.copy.add(item.id)
        self.cursor = found.next
        return found.more


def test_no_row_is_missed_and_none_doubled(world: World, database: Database, clock: MovableClock) -> None:
    ids = _entries(world, clock)
    while Numberer(database).number(clock.now()):
        pass
    reader = Reader(database, clock)
    while reader.read():
        pass
    assert reader.order == sorted(ids)
    assert reader.copy == set(ids)
    reader.came.clear()
    reader.order.clear()

    rng = random.Random(20261124)
    # SQLite lets one writer at a time in, so there the open times only add up.
    longest = 0.02 if database.is_sqlite else 0.4
    held = {entry_id: rng.uniform(0, longest) for entry_id in ids}
    made: list[str] = []

    def withdraw(entry_id: str) -> None:
        with database.write() as session:
            entry = session.get_one(Entry, entry_id)
            entry.status, entry.ended_on = "withdrawn", date(2026, 11, 24)
            session.add(entry)
            publish(session, "catalogue.sync", entry_id, at=clock.now())
            session.flush()
            made.append(entry_id)  # its note has its id, and time, from here; it commits later
            time.sleep(held[entry_id])

    over = threading.Event()

    def keep_numbering() -> None:
        numberer = Numberer(database)
        while not over.is_set():
            if not numberer.number(clock.now()):
                time.sleep(0.005)

    def keep_reading() -> None:
        while not over.is_set():
            reader.read()

    with ThreadPoolExecutor(max_workers=WRITERS + 3) as pool:
        background = [pool.submit(keep_numbering), pool.submit(keep_numbering), pool.submit(keep_reading)]
        for writing in [pool.submit(withdraw, entry_id) for entry_id in ids]:
            writing.result(timeout=60)
        deadline = time.monotonic() + 20
        while set(reader.came) != set(ids) and time.monotonic() < deadline:
            time.sleep(0.01)
        over.set()
        for each in background:
            each.result(timeout=20)

    assert set(reader.came) == set(ids)
    assert set(reader.came.values()) == {1}
    assert reader.copy == set()
    with database.read() as session:
        assert session.exec(select(ChangeNote)).all() == []
    if not database.is_sqlite:
        # Transactions did overtake one another: numbers given while they were open would have lost rows.
        assert reader.order != made


def test_a_writer_that_stays_open_holds_nobody_up(
    world: World, database: Database, clock: MovableClock
) -> None:
    """The long one comes last, with a number after those who began later; whoever has read past them finds it."""
    if database.is_sqlite:
        return  # one writer at a time: there is no overtaking
    first, second, *_ = _entries(world, clock)
    numberer, reader = Numberer(database), Reader(database, clock)
    numberer.number(clock.now())
    while reader.read():
        pass
    reader.order.clear()
    with database.write() as long:
        publish(long, "catalogue.sync", first, at=clock.now())
        long.flush()
        with database.write() as short:
            publish(short, "catalogue.sync", second, at=clock.now())
        assert numberer.number(clock.now()) == 1
        reader.read()
        assert reader.order == [second]
    assert numberer.number(clock.now()) == 1
    reader.read()
    assert reader.order == [second, first]
