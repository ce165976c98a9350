"""A catalogue to which anything may happen in any order, with a worker that may end at any moment.

Every change goes as the services make it: the rows and the outbox row in the database, nothing in the index. A worker
that is killed is left where it stands: what it claimed stays claimed, what it committed stays committed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import col, select

from app.catalogue import projection
from app.indexing import repository, runs
from app.kit.database import Database
from app.listings.models import Entry
from app.organisations.models import MasterAgreement, Organisation
from app.outbox import batches, claims
from app.outbox.models import OutboxRow
from app.outbox.publish import publish
from app.worker import Worker
from search.embedded import open_engine, open_writer
from search.engine import IndexStale, Query, Results
from search.results import checksum
from tests.catalogue.shelf import Shelf
from tests.support.application import Running


class Killed(BaseException):
    """The process ends here: nobody catches it, nothing is put in order."""


@dataclass
class Scene:
    """`do(action, number)` for each name in ACTIONS; `number` chooses what it happens to. `settle` at the end."""

    running: Running
    folder: Path
    listings: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    vendors: list[Organisation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.schema = self.running.app.state.schema
        settings = self.running.settings
        shutil.rmtree(settings.search_directory, ignore_errors=True)
        self.worker = self._new_worker()
        self.shelf = Shelf(self.running.app, self.database, self.running.clock, self.worker.writer())
        self.vendors = [self.running.world.vendor() for _ in range(2)]

    @property
    def database(self) -> Database:
        """The database."""
        return self.running.database

    def do(self, action: str, number: int) -> None:
        """One thing happens; a moment passes."""
        self.running.clock.move(seconds=1)
        getattr(self, action)(number)

    def publish(self, number: int) -> None:
        """A new listing."""
        vendor = self.vendors[number % len(self.vendors)]
        self.listings.append(self.shelf.software(vendor, f"業務{len(self.listings)}"))
        self._tell(self.listings[-1])

    def offer(self, number: int) -> None:
        """A new offer of a listing."""
        if self.listings:
            software = self._listing(number)
            with self.database.read() as session:
                owner = session.get_one(Organisation, session.get_one(Entry, software).owner_id)
            self.offers.append(self.shelf.offer(owner, software, f"価格{len(self.offers)}"))
            self._tell(software)

    def revise(self, number: int) -> None:
        """A further revision."""
        if self.listings:
            software = self._listing(number)
            self.shelf.revise(software, summary=f"改めた説明{number}")
            self._tell(software)

    def suspend(self, number: int) -> None:
        """A listing is suspended."""
        self._end(self.listings, number, "suspended")

    def withdraw(self, number: int) -> None:
        """A listing is withdrawn."""
        self._end(self.listings, number, "withdrawn")

    def resume(self, number: int) -> None:
        """A listing is there again."""
        self._end(self.listings, number, "published")

    def end_offer(self, number: int) -> None:
        """An offer leaves."""
        self._end(self.offers, number, "withdrawn")

    def suspend_firm(self, number: int) -> None:
        """A firm's agreement is suspended, and all that is its."""
        self._agreement(number, "suspended")

    def resume_firm(self, number: int) -> None:
        """It is in force again."""
        self._agreement(number, "active")

    def work(self, number: int) -> None:
        """The worker does something."""
        for _ in range(number % 3 + 1):
            self.worker.step()

    def duplicate(self, number: int) -> None:
        """A change is delivered again, late."""
        if self.listings:
            self._tell(self._listing(number))
            with suppress(
                IndexStale
            ):  # the index was lost: the worker would put the change back until it is rebuilt
                self.worker.keeper().sync([self._listing(number)])

    def crash_before_writing(self, number: int) -> None:
        """The worker is killed with a batch in its hand."""
        self._claim()
        self._restart()

    def crash_after_writing(self, number: int) -> None:
        """The worker is killed when the index has the batch and the outbox does not know."""
        held = self._claim()
        if held and not self.worker.keeper().stale():
            self.worker.keeper().sync(claim.key for claim in held)
        self._restart()

    def rebuild(self, number: int) -> None:
        """A rebuild, during which things change and are carried to the index."""
        self._rebuild(number, killed=False)

    def killed_rebuild(self, number: int) -> None:
        """A rebuild, during which things change, and the worker is killed in the middle of it."""
        self._rebuild(number, killed=True)

    def check(self, number: int) -> None:
        """The hourly comparison, which mends what it finds."""
        self._ask("check")
        while self.worker.indexer().step():
            pass

    def lose(self, number: int) -> None:
        """The folder of the index is gone; the worker runs on, or is restarted."""
        shutil.rmtree(self.running.settings.search_directory, ignore_errors=True)
        if number % 2:
            self._restart()
        else:
            self.worker.indexer().watch()

    def _listing(self, number: int) -> str:
        return self.listings[number % len(self.listings)]

    def _tell(self, software_id: str) -> None:
        with self.database.write() as session:
            publish(session, "catalogue.sync", software_id, at=self.running.clock.now())

    def _end(self, entries: list[str], number: int, status: str) -> None:
        if entries:
            self.shelf.end(entries[number % len(entries)], status)

    def _agreement(self, number: int, status: str) -> None:
        vendor = self.vendors[number % len(self.vendors)]
        with self.database.write() as session:
            row = session.exec(
                select(MasterAgreement).where(col(MasterAgreement.organisation_id) == vendor.id)
            ).one()
            row.status = status
            session.add(row)
            publish(session, "catalogue.sync-vendor", vendor.id, at=self.running.clock.now())

    def _claim(self) -> list[claims.Claim]:
        now = self.running.clock.now()
        first = claims.claim_next(self.database, now, frozenset({"catalogue.sync"}))
        return [first, *batches.claim_more(self.database, first, now, 2)] if first else []

    def _ask(self, kind: runs.Kind) -> None:
        with self.database.write() as session:
            runs.ask(session, self.running.clock, kind, "asked", repair=True)

    def _rebuild(self, number: int, *, killed: bool) -> None:
        happen: list[Callable[[int], None]] = [
            self.revise,
            self.suspend,
            self.resume,
            self.publish,
            self.end_offer,
        ]
        heard = 0

        def told(done: int, total: int) -> None:
            nonlocal heard
            heard += 1
            happen[(number + heard) % len(happen)](number + heard)
            if not self.worker.keeper().stale():
                self.worker.step()
            if killed and heard > number % 4:
                raise Killed

        self._restart(told)
        self._ask("rebuild")
        with suppress(Killed):
            self.worker.indexer().step()
        self._restart()

    def _new_worker(self, told: Callable[[int, int], None] = lambda done, total: None) -> Worker:
        worker = Worker(self.running.settings, clock=self.running.clock, database=self.database)
        worker.indexer(told)
        return worker

    def _restart(self, told: Callable[[int, int], None] = lambda done, total: None) -> None:
        self.worker.close()
        self.worker = self._new_worker(told)
        self.shelf.writer = self.worker.writer()
        self.worker.begin()

    def settle(self) -> None:
        """A worker begins and does all there is to do."""
        self._restart()
        for _ in range(50):
            self.running.clock.move(seconds=5)
            self.worker.drain()
            with self.database.read() as session:
                if not repository.live(session) and not self.undone():
                    return
        raise AssertionError("the worker never came to rest")

    def undone(self) -> list[str]:
        """Outbox rows about the index that are not done."""
        with self.database.read() as session:
            rows = session.exec(
                select(OutboxRow).where(
                    col(OutboxRow.topic).in_(sorted(repository.TOPICS)), col(OutboxRow.status) != "done"
                )
            ).all()
        return [f"{row.topic} {row.key} {row.status} {row.last_error}" for row in rows]

    def indexed(self) -> tuple[str, object]:
        """Checksum of the index, and its answer to a search for everything with every facet."""
        return _read(self.running.settings.search_directory, self)

    def built_anew(self) -> tuple[str, object]:
        """The same of an index that was built from the database in another folder just now."""
        folder = self.folder / "anew"
        shutil.rmtree(folder, ignore_errors=True)
        with open_writer(folder, projection.index_settings(self.schema)) as writer:
            projection.rebuild_all(self.database, writer, self.schema, self.running.clock)
        return _read(folder, self)

    def close(self) -> None:
        """Give the writer back."""
        self.worker.close()


def _read(folder: Path, scene: Scene) -> tuple[str, object]:
    settings = projection.index_settings(scene.schema)
    engine = open_engine(folder, settings)
    query = Query(scene.running.clock.today(), facets=settings.all_facets, limit=10_000, strict=True)
    with asyncio.Runner() as runner:
        held = runner.run(engine.fingerprints())
        results: Results = runner.run(engine.search(query))
        runner.run(engine.close())
    hits = sorted((hit.id, hit.revision_id, hit.part_revision_ids) for hit in results.hits)
    return checksum(held), (results.total, hits, results.facets)


ACTIONS = (
    "publish",
    "offer",
    "revise",
    "suspend",
    "withdraw",
    "resume",
    "end_offer",
    "suspend_firm",
    "resume_firm",
    "work",
    "duplicate",
    "crash_before_writing",
    "crash_after_writing",
    "rebuild",
    "killed_rebuild",
    "check",
    "lose",
)
