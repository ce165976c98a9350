"""Doing runs in the worker: rebuilds and comparisons of the whole index, beside the loop that carries single changes.

A run is claimed by compare-and-set and counts its claims, so that of two hands only the last can report or end it.
What was interrupted (a stop, kill -9, an engine that failed) waits again and goes on from what is there: the engine
keeps what was built of a rebuild, a comparison begins anew.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, update

from app.access.actor import system_actor
from app.audit.record import record
from app.catalogue import projection
from app.indexing import repository, runs
from app.indexing.keeper import IndexKeeper
from app.indexing.lifecycle import INDEX_RUN
from app.indexing.models import IndexRun
from app.indexing.runs import Kind, Reason
from app.kit.clock import Clock
from app.kit.database import Database, affected
from app.kit.errors import TransitionRefused
from app.outbox import batches
from catalogue_schema import Schema
from search.engine import EngineUnavailable, IndexCheck, IndexStale, IndexWriter, WriterBusy

log = logging.getLogger("dmp.index")

PROGRESS_EVERY = timedelta(seconds=1)
INTERRUPTIONS = 8
"""After so many ends in a row without getting further a run fails instead of being taken up again."""
REBUILD_ABOVE = 1_000
"""With more differences than this (and than a fifth of the catalogue) a repair builds everything anew."""
KEPT_DIFFERENCES = 50
AGAIN_AFTER = timedelta(minutes=10)
"""How long after a rebuild failed the service asks for the next one by itself."""
KEPT = timedelta(days=90)


class Stopped(Exception):
    """The worker is to end, or another hand has the run."""


class Indexer:
    """Takes up runs and does them. One per process; `halted` says whether the process is to end."""

    def __init__(
        self,
        database: Database,
        keeper: IndexKeeper,
        schema: Schema,
        clock: Clock,
        halted: Callable[[], bool] = lambda: False,
        told: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self._database = database
        self._keeper = keeper
        self._clock = clock
        self._halted = halted
        self._told = told
        self._source = projection.source_fingerprint(schema)
        self.engine_away = False
        """Whether the last run waits for its engine, so that there is no sense in taking it up again at once."""

    def begin(self) -> None:
        """At the start of the only process that writes: take back what an ended one left, and ask for a rebuild if the
        index is not the one that was last built, or was built under other declarations.
        """
        with self._database.write() as session:
            for row in repository.live(session):
                if row.status == "running":
                    self._put_back(session, row, "ワーカーが終わったため、続きから始めます。", counts=True)
        with self._database.read() as session:
            last = repository.newest(session, "rebuild", "succeeded")
            known = (last.source, last.generation) if last else ("", "")
        content_of = self._keeper.content().generation if not self._keeper.stale() else ""
        if known[0] != self._source:
            self.ask("rebuild", "declarations")
        elif known[1] != content_of:
            self.ask("rebuild", "lost")

    def ask(self, kind: Kind, reason: Reason, *, repair: bool = False) -> None:
        """Put a run into the queue unless one of its kind has not ended."""
        with self._database.write() as session:
            runs.ask(session, self._clock, kind, reason, repair=repair)

    def watch(self) -> bool:
        """Whether single changes are to be tried. Where the index has to be rebuilt first, that is asked for.

        While the engine is away they are: a stand-in takes them at once, and what the engine refuses waits.
        """
        try:
            if not self._keeper.stale():
                return True
        except EngineUnavailable:
            return True
        with self._database.read() as session:
            under_way = bool(repository.live(session, "rebuild"))
            failed = repository.newest(session, "rebuild", "failed")
            ended = failed.finished_at if failed else None
        if not under_way and (ended is None or self._clock.now() - ended > AGAIN_AFTER):
            self.ask("rebuild", "lost")
        return False

    def step(self) -> bool:
        """Do the oldest waiting run; False when there was none."""
        self.engine_away = False
        row = self._take_up()
        if row is None:
            return False
        work = _Work(self._database, self._clock, row, self._halted, self._told)
        try:
            if row.kind == "rebuild":
                self._rebuild(work)
            else:
                self._check(work)
        except Stopped:
            self._interrupt(work, "中断しました。続きから始めます。", counts=False)
        except (EngineUnavailable, IndexStale, WriterBusy) as failure:
            log.warning("the index cannot be worked on now: %s", failure)
            self._interrupt(work, f"検索エンジンを待っています：{failure}", counts=False)
            self.engine_away = True
            return False
        except Exception as failure:
            log.exception("a run over the index failed id=%s", row.id)
            self._interrupt(work, f"{type(failure).__name__}: {failure}"[:500], counts=True)
        return True

    def _take_up(self) -> IndexRun | None:
        with self._database.read() as session:
            waiting = [row for row in repository.live(session) if row.status == "queued"]
        if not waiting:
            return None
        with self._database.write() as session:
            row = repository.find(session, waiting[0].id)
            if row is None or row.status != "queued":
                return None
            now = self._clock.now()
            try:
                INDEX_RUN.move(
                    session,
                    row,
                    "start",
                    claim=row.claim + 1,
                    started_at=row.started_at or now,
                    told_at=now,
                    source=self._source,
                    message="",
                )
            except TransitionRefused:
                return None
            return row

    def _rebuild(self, work: _Work) -> None:
        content = self._keeper.rebuild(work.progress)
        work.end(
            message="作り直しました。",
            generation=content.generation,
            documents=content.documents,
            checksum=content.checksum,
        )
        batches.settle_parked(self._database, repository.TOPICS, work.began, self._clock.now())

    def _check(self, work: _Work) -> None:
        found = self._keeper.differences(work.progress)
        total = work.total
        ids = [*found.missing, *found.outdated, *found.surplus]
        repaired, message = 0, "索引とデータベースは一致しています。"
        if not found.agrees:
            log.warning(
                "the index differs from the database missing=%s outdated=%s surplus=%s stale=%s",
                len(found.missing),
                len(found.outdated),
                len(found.surplus),
                found.stale,
            )
            message = "索引とデータベースに違いがあります。"
            if work.may_repair():
                if found.stale or len(ids) > max(REBUILD_ABOVE, total // 5):
                    self.ask("rebuild", "disagreement")
                    message += "索引を作り直します。"
                else:
                    self._keeper.sync(ids)
                    left = self._keeper.differences(work.progress)
                    repaired = len(ids) - len({*left.missing, *left.outdated, *left.surplus} & set(ids))
                    message = "違いを直しました。" if repaired == len(ids) else "直しきれない違いがあります。"
        content = self._keeper.content()
        work.end(
            message=message,
            generation=content.generation,
            documents=content.documents,
            checksum=content.checksum,
            missing=len(found.missing),
            outdated=len(found.outdated),
            surplus=len(found.surplus),
            differences=_first(found),
            repaired=repaired,
        )
        if work.may_repair() and repaired == len(ids) and not found.stale:
            batches.settle_parked(self._database, repository.TOPICS, work.began, self._clock.now())

    def _interrupt(self, work: _Work, message: str, *, counts: bool) -> None:
        with self._database.write() as session:
            row = repository.find(session, work.run_id)
            if row is not None and row.status == "running" and row.claim == work.claim:
                self._put_back(session, row, message, counts=counts)

    def _put_back(self, session: Session, row: IndexRun, message: str, *, counts: bool) -> None:
        interruptions = row.interruptions + int(counts)
        if interruptions < INTERRUPTIONS:
            INDEX_RUN.move(session, row, "interruption", interruptions=interruptions, message=message)
            return
        reason = f"{INTERRUPTIONS}回続けて先へ進めなかったため、やめました。{message}"
        INDEX_RUN.move(session, row, "failure", finished_at=self._clock.now(), message=reason)
        _record_end(session, row, self._clock)


def sweep(database: Database, clock: Clock) -> None:
    """Hourly: ask for a comparison of index and database, and forget runs of long ago. Needs no engine."""
    with database.write() as session:
        runs.ask(session, clock, "check", "hourly", repair=True)
        repository.forget(session, clock.now() - KEPT)


def rebuild_now(database: Database, writer: IndexWriter, schema: Schema, clock: Clock) -> None:
    """Rebuild here and at once, recorded like any other: a worker that begins afterwards finds its work done."""
    indexer = Indexer(database, IndexKeeper(database, writer, schema, clock), schema, clock)
    indexer.ask("rebuild", "command_line")
    while indexer.step():
        pass


class _Work:
    """One run under this process's hand."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        row: IndexRun,
        halted: Callable[[], bool],
        told: Callable[[int, int], None],
    ) -> None:
        self.run_id = row.id
        self.claim = row.claim
        self.began: datetime = clock.now()
        self.total = row.total
        self._furthest = row.done
        self._database = database
        self._clock = clock
        self._halted = halted
        self._told = told
        self._said: datetime | None = None

    def progress(self, done: int, total: int) -> None:
        """Say how far it is, at most once a second. Raises Stopped when the process ends or another has the run."""
        if self._halted():
            raise Stopped
        self._told(done, total)
        self.total = total
        now = self._clock.now()
        if self._said is not None and now - self._said < PROGRESS_EVERY and done < total:
            return
        self._said = now
        values: dict[str, Any] = {"told_at": now, "total": total}
        if done > self._furthest:
            self._furthest = done
            values |= {"done": done, "interruptions": 0}
        with self._database.write() as session:
            if affected(session, self._mine().values(**values)) != 1:
                raise Stopped

    def may_repair(self) -> bool:
        """Whether what is found is to be mended; asked late, since that can be wished for meanwhile."""
        with self._database.read() as session:
            row = repository.find(session, self.run_id)
            return row is not None and row.repair

    def end(self, **values: Any) -> None:
        """It is done. Raises Stopped where another has the run."""
        with self._database.write() as session:
            now = self._clock.now()
            if affected(session, self._mine().values(told_at=now)) != 1:
                raise Stopped
            row = repository.find(session, self.run_id)
            assert row is not None  # it was touched above
            INDEX_RUN.move(
                session, row, "success", finished_at=now, done=row.total, interruptions=0, **values
            )
            _record_end(session, row, self._clock)

    def _mine(self) -> Any:
        return (
            update(IndexRun)
            .where(
                col(IndexRun.id) == self.run_id,
                col(IndexRun.status) == "running",
                col(IndexRun.claim) == self.claim,
            )
            .execution_options(synchronize_session=False)
        )


def _first(found: IndexCheck) -> list[dict[str, str]]:
    kinds = (("missing", found.missing), ("outdated", found.outdated), ("surplus", found.surplus))
    return [{"id": id_, "what": what} for what, ids in kinds for id_ in ids][:KEPT_DIFFERENCES]


def _record_end(session: Session, row: IndexRun, clock: Clock) -> None:
    """A rebuild that ended, and a check that found something, are in the trail; an hourly check without is not."""
    if row.kind == "check" and row.status == "succeeded" and not (row.missing + row.outdated + row.surplus):
        return
    details = {name: getattr(row, name) for name in ("kind", "reason", "generation", "documents", "checksum")}
    details |= {"missing": row.missing, "outdated": row.outdated, "surplus": row.surplus}
    record(
        session,
        system_actor("indexer"),
        f"index.{row.status}",
        "index_run",
        row.id,
        at=clock.now(),
        details=details,
    )


class IndexThread:
    """Has runs done in a thread of its own until told to stop. `begin` gives the indexer; it may fail for a while."""

    EVERY_SECONDS = 0.5
    WATCH_SECONDS = 5.0

    def __init__(self, begin: Callable[[], Indexer], stop: threading.Event) -> None:
        self._begin = begin
        self._indexer: Indexer | None = None
        self._stop = stop
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self.takes_changes = threading.Event()
        """Set while single changes are to be tried."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for its end after `stop` was set."""
        self._thread.join(seconds)

    def _run(self) -> None:
        quiet = self.WATCH_SECONDS
        while not self._stop.is_set():
            try:
                if self._indexer is None:
                    self._indexer = self._begin()
                if quiet >= self.WATCH_SECONDS:
                    quiet = 0.0
                    (self.takes_changes.set if self._indexer.watch() else self.takes_changes.clear)()
                if self._indexer.step():
                    quiet = self.WATCH_SECONDS
                    continue
                if self._indexer.engine_away:
                    self._stop.wait(self.WATCH_SECONDS)
            except (EngineUnavailable, WriterBusy) as failure:
                log.warning("the index cannot be worked on now: %s", failure)
                if isinstance(failure, EngineUnavailable):
                    self.takes_changes.set()
                self._stop.wait(self.WATCH_SECONDS)
            except Exception:
                log.exception("working on the index failed; it is tried again")
            self._stop.wait(self.EVERY_SECONDS)
            quiet += self.EVERY_SECONDS
