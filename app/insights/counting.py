"""Counting what is looked at without slowing it down: sums in memory, written by a thread of its own.

A page's request adds one to a number and opens no transaction. Once a minute, and when the process ends, the sums are
added to the table. A process that is killed loses a minute of counts, which nobody misses (docs/decisions/0013).
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from sqlmodel import Session, col, select, text

from app.access.actor import Actor
from app.kit.clock import Clock
from app.kit.database import Database
from app.listings.models import Entry

log = logging.getLogger("dmp.insights")

EVERY_SECONDS = 60.0
MOST_KEPT = 10_000
"""How many different sums are kept in memory: more than the catalogue has listings, and a megabyte or two at most."""

_PROGRAMS = re.compile(
    r"bot|crawl|spider|slurp|preview|monitor|probe|curl|wget|python|httpx|java/|go-http|headless|scan",
    re.IGNORECASE,
)
Key = tuple[str, date, str]

_ADD = text(
    "INSERT INTO listing_count (entry_id, week, kind, count) VALUES (:entry_id, :week, :kind, :count) "
    "ON CONFLICT (entry_id, week, kind) DO UPDATE SET count = listing_count.count + excluded.count"
)


def week_of(day: date) -> date:
    """The Monday with which the day's week begins."""
    return day - timedelta(days=day.weekday())


def is_a_reader(actor: Actor, headers: Mapping[str, str]) -> bool:
    """Whether a request counts: no program by its own name, no preview, not the Agency's people."""
    agent = headers.get("user-agent", "")
    if not agent or _PROGRAMS.search(agent):
        return False
    purpose = f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')}".lower()
    if "prefetch" in purpose or "preview" in purpose:
        return False
    return actor.organisation_kind != "agency"


class Counters:
    """The sums of one process. `add` from any thread; `run` writes them until told to stop."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sums: Counter[Key] = Counter()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, kind: str, entry_ids: Collection[str]) -> None:
        """One more look at each. What does not fit is not counted."""
        week = week_of(self._clock.today())
        with self._lock:
            for entry_id in entry_ids:
                key = (entry_id, week, kind)
                if key in self._sums or len(self._sums) < MOST_KEPT:
                    self._sums[key] += 1

    def flush(self) -> int:
        """Add what was counted to the table, in one transaction; how many sums. On a failure they are kept."""
        with self._lock:
            sums, self._sums = self._sums, Counter()
        if not sums:
            return 0
        try:
            with self._database.write() as session:
                write_sums(session, sums)
        except Exception:
            with self._lock:
                self._sums.update(sums)
            raise
        return len(sums)

    def start(self) -> None:
        """Begin to write once a minute."""
        self._thread = threading.Thread(target=self._run, name="counters", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        self._flush()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._flush()

    def _flush(self) -> None:
        try:
            self.flush()
        except Exception:
            log.exception("the counts could not be written; they are kept")


def write_sums(session: Session, sums: Mapping[Key, int]) -> None:
    """Add the sums to the table, in the session's transaction."""
    # An address may name anything: only what exists is counted, and a foreign key refuses the rest.
    asked = sorted({entry_id for entry_id, _, _ in sums})
    known = set(session.exec(select(col(Entry.id)).where(col(Entry.id).in_(asked))).all())
    rows = [
        {"entry_id": entry_id, "week": week, "kind": kind, "count": count}
        for (entry_id, week, kind), count in sorted(sums.items())
        if entry_id in known
    ]
    if rows:
        session.connection().execute(_ADD, rows)
