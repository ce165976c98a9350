"""`make soak-search`: kills the worker at random moments, then runs many web processes beside one, and compares.

1. kill -9 in the middle of a rebuild, again and again, then equality of index, database and an index built anew;
2. kill -9 with a batch of changes in hand, again and again, then the same, and no change left undone;
3. web processes that are asked all the time while listings are suspended, resumed and revised: no error, no suspended
   listing in any answer that was asked for after it, every change visible within two seconds.

Processes are forked, so that a kill falls on the work and not on imports. Ends with 0, or with 1 and what was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import uvicorn
from sqlmodel import col, select

from app.catalogue import projection
from app.indexing import repository, runs
from app.indexing.keeper import differences
from app.kit.clock import SystemClock
from app.kit.database import Database, create_engine
from app.listings.models import Entry, Revision
from app.main import create_app
from app.migrate import upgrade
from app.outbox.models import OutboxRow
from app.outbox.publish import publish
from app.settings import FilesSettings, FixedSettings, MailSettings, Settings
from app.worker import Worker
from benchmarks.catalogue import fill
from benchmarks.soak_web import Soak, SoakFailed, WebProcess
from catalogue_schema import load_schema
from search.embedded import building, open_engine, open_writer
from search.results import checksum

FORK = multiprocessing.get_context("fork")
PORTION = 50
"""Documents in one commit of a rebuild here, so that a small catalogue has many portions to be killed between."""


@dataclass
class Stage:
    """A catalogue in a folder. `database()` is opened for each use: connections must not survive a fork."""

    folder: Path
    listings: int
    chance: random.Random

    @property
    def settings(self) -> Settings:
        """Settings of every process."""
        return FixedSettings(
            database_url=f"sqlite:///{self.folder / 'soak.sqlite3'}",
            search_directory=self.folder / "search",
            audit_heads=self.folder / "heads.jsonl",
            files=FilesSettings(directory=self.folder / "files"),
            mail=MailSettings(folder=self.folder / "mail"),
        )

    def database(self) -> Database:
        """The database, opened."""
        return Database(create_engine(self.settings.database_url))

    def build(self) -> None:
        """Fill the catalogue and let a worker build its index."""
        schema = load_schema()
        database = self.database()
        upgrade(database.engine)
        with database.write() as session:
            fill(session, schema, self.listings)
        database.dispose()
        self.finish()

    def ids(self) -> list[str]:
        """Every software."""
        database = self.database()
        with database.read() as session:
            ids = list(session.exec(select(Entry.id).where(col(Entry.kind) == "software").order_by(Entry.id)))
        database.dispose()
        return ids

    def change(self, ids: Sequence[str]) -> None:
        """Suspend, resume or revise each, in one transaction, as the services do."""
        database = self.database()
        clock = SystemClock()
        with database.write() as session:
            for id_ in ids:
                entry = session.get_one(Entry, id_)
                if self.chance.random() < 0.5:
                    entry.status = "suspended" if entry.status == "published" else "published"
                    session.add(entry)
                else:
                    revision = session.get_one(Revision, entry.published_revision_id)
                    revision.answers = revision.answers | {"summary": f"改めた説明{self.chance.random()}"}
                    session.add(revision)
                publish(session, "catalogue.sync", id_, at=clock.now())
        database.dispose()

    def ask_rebuild(self) -> None:
        """Put a rebuild into the queue."""
        database = self.database()
        with database.write() as session:
            runs.ask(session, SystemClock(), "rebuild", "command_line")
        database.dispose()

    def look(self) -> tuple[str, int, int]:
        """Status of the newest rebuild, rows in the worker's hand, and rows that are not done."""
        database = self.database()
        with database.read() as session:
            live = repository.live(session, "rebuild")
            statuses = session.exec(
                select(OutboxRow.status).where(
                    col(OutboxRow.topic).in_(sorted(repository.TOPICS)), col(OutboxRow.status) != "done"
                )
            ).all()
        database.dispose()
        return (live[0].status if live else "", sum(one == "claimed" for one in statuses), len(statuses))

    def finish(self, seconds: float = 180) -> None:
        """Let a worker do all there is to do."""
        worker = start(_work, self.settings)
        try:
            end = time.monotonic() + seconds
            time.sleep(0.3)
            while time.monotonic() < end:
                status, _, undone = self.look()
                if not status and not undone and self._built():
                    return
                if not worker.is_alive():
                    raise SoakFailed("the worker ended by itself")
                time.sleep(0.1)
            raise SoakFailed(f"the worker never came to rest: {self.look()}")
        finally:
            end_process(worker)

    def _built(self) -> bool:
        database = self.database()
        with database.read() as session:
            last = repository.newest(session, "rebuild", "succeeded")
        database.dispose()
        return last is not None

    def compare(self) -> None:
        """Index, database and an index built anew hold the same documents. Raises SoakFailed."""
        database, schema, clock = self.database(), load_schema(), SystemClock()
        engine = open_engine(self.settings.search_directory, projection.index_settings(schema))
        held = asyncio.run(engine.fingerprints())
        found = differences(database, schema, clock, lambda: held, lambda done, total: None, stale=False)
        settings = projection.index_settings(schema)
        with tempfile.TemporaryDirectory() as folder, open_writer(Path(folder), settings) as writer:
            projection.rebuild_all(database, writer, schema, clock)
            anew = writer.fingerprints()
        database.dispose()
        asyncio.run(engine.close())
        if not found.agrees or checksum(held) != checksum(anew):
            raise SoakFailed(f"the index differs: {found}")


def start(target: Any, *arguments: Any) -> ForkProcess:
    """A forked process."""
    process = FORK.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def kill(process: ForkProcess) -> None:
    """kill -9."""
    process.kill()
    process.join(20)


def end_process(process: ForkProcess) -> None:
    """Ask it to end; kill it if it does not."""
    process.terminate()
    process.join(30)
    if process.is_alive():
        kill(process)


def _quiet() -> None:
    logging.getLogger("dmp").setLevel(logging.ERROR)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(settings: Settings) -> None:
    _quiet()
    building.PORTION = PORTION
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Worker(settings).run(stop)


def serve(settings: Settings, port: int) -> None:
    """A web process."""
    _quiet()
    uvicorn.run(
        create_app(settings),
        host="127.0.0.1",
        port=port,
        log_level="error",
        access_log=False,
        # A busy machine lets a client of ours be silent for longer than the usual five seconds.
        timeout_keep_alive=600,
    )


def kill_rebuilds(stage: Stage, wanted: int) -> None:
    """Kill the worker in the middle of `wanted` rebuilds."""
    hit = tried = 0
    longest = 1.0
    while hit < wanted:
        tried += 1
        if tried > wanted * 20:
            raise SoakFailed(f"only {hit} of {tried} kills fell into a rebuild")
        stage.ask_rebuild()
        stage.change(stage.chance.sample(stage.ids(), 3))
        worker = start(_work, stage.settings)
        began = time.monotonic()
        while stage.look()[0] != "running" and time.monotonic() - began < 20:
            time.sleep(0.01)
        time.sleep(stage.chance.random() * longest)
        kill(worker)
        if stage.look()[0] == "running":
            hit += 1
        else:
            longest = max(0.2, longest * 0.8)
    stage.finish()
    stage.compare()
    print(f"rebuilds: killed {hit} times in the middle ({tried} tries), then equal", flush=True)


def kill_batches(stage: Stage, wanted: int) -> None:
    """Kill the worker `wanted` times while it has changes in its hand."""
    hit = tried = 0
    while hit < wanted:
        tried += 1
        if tried > wanted * 40:
            raise SoakFailed(f"only {hit} of {tried} kills fell into a batch")
        stage.change(stage.chance.sample(stage.ids(), min(150, stage.listings)))
        worker = start(_work, stage.settings)
        began = time.monotonic()
        while stage.look()[1] == 0 and time.monotonic() - began < 20:
            time.sleep(0.002)
        time.sleep(stage.chance.random() * 0.15)
        kill(worker)
        hit += stage.look()[1] > 0
    stage.finish()
    stage.compare()
    print(
        f"batches: killed {hit} times with changes in hand ({tried} tries), then equal, nothing undone",
        flush=True,
    )


def soak(stage: Stage, webs: int, seconds: float, lag_seconds: float) -> None:
    """Many web processes beside one worker, with writes."""
    processes = [WebProcess.start(stage.settings, serve, start) for _ in range(webs)]
    worker = start(_work, stage.settings)
    try:
        for process in processes:
            process.wait()
        watched = Soak(stage.database(), processes, stage.ids(), stage.chance, lag_seconds)
        summary = watched.run(seconds)
    finally:
        for each in (*(process.process for process in processes), worker):
            end_process(each)
    stage.finish()
    stage.compare()
    print(f"soak: {summary}, then equal", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all three. Answers an exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak_search", description=__doc__)
    parser.add_argument("--listings", type=int, default=600, help="software in the catalogue (default 600)")
    parser.add_argument("--kills", type=int, default=50, help="kills of each kind (default 50)")
    parser.add_argument("--webs", type=int, default=8, help="web processes (default 8)")
    parser.add_argument("--seconds", type=float, default=300, help="length of the last part (default 300)")
    parser.add_argument(
        "--lag", type=float, default=2, help="seconds until a change must be seen (default 2)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the random moments (default: another each time)"
    )
    given = parser.parse_args(arguments)
    seed = given.seed or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        stage = Stage(Path(name), given.listings, random.Random(seed))
        try:
            stage.build()
            kill_rebuilds(stage, given.kills)
            kill_batches(stage, given.kills)
            soak(stage, given.webs, given.seconds, given.lag)
        except SoakFailed as failure:
            print(f"FAILED: {failure}", flush=True)
            return 1
    print(f"done in {time.monotonic() - began:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
