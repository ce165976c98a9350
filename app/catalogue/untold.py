"""What the index has not been told yet, as every search has to know it.

Read for each search is only which changes are under way: one indexed query, mostly without a row. What follows from
them (who must not be found, what counts instead) is kept for a second per process, and only while those are the very
same changes. So a suspension hides at once in every process: it is a further row, written in its own transaction.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import date
from weakref import WeakKeyDictionary

from app.catalogue import projection, repository
from app.kit.clock import Clock
from app.kit.database import Database, Reading
from catalogue_schema import Schema
from search.engine import Document

KEPT_SECONDS = 1.0


@dataclass(frozen=True)
class Untold:
    """What goes into a query because the index is behind: see `search.engine.Query`."""

    hidden_ids: frozenset[str] = frozenset()
    instead: tuple[Document, ...] = ()


@dataclass(frozen=True)
class _Kept:
    key: tuple[object, ...]
    at: float
    untold: Untold


_NOTHING = Untold()
_LOCK = threading.Lock()
_KEPT: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


def untold(
    database: Database, schema: Schema, clock: Clock, today: date, reading: Reading | None = None
) -> Untold:
    """As of now, for what strangers see on `today`; `reading` is a transaction that began just now, if there is one."""
    now = clock.now()
    if reading is not None and not repository.changes_under_way(reading, now):
        return _NOTHING
    with database.read() as session:
        changes = repository.changes_under_way(session, now)
        if not changes:
            return _NOTHING
        key = (today, id(schema), changes)
        with _LOCK:
            kept = _KEPT.get(database)
        if kept is not None and kept.key == key and time.monotonic() - kept.at < KEPT_SECONDS:
            return kept.untold
        at = time.monotonic()
        behind = repository.behind(session, now, today)
        instead = tuple(projection.documents_of(session, schema, today, behind.changed))
    found = Untold(frozenset(behind.left), instead)
    with _LOCK:
        _KEPT[database] = _Kept(key, at, found)
    return found
