"""Numbering the change feed: one at a time, after commit, as the audit trail is sealed.

A number given inside the writer's transaction (a sequence, a time) becomes visible when that transaction commits, so a
long one shows an old number after readers have passed it, and they never learn of it. Here committed notes get their
numbers from one hand, in transactions that follow one another: a reader that has seen a number has seen all before it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, delete, func, or_, select

from app.kit.database import Database
from app.listings.models import Entry, FeedPlace
from app.outbox.models import ChangeNote

BATCH = 500
CHUNK = 500
"""Ids in one statement."""
_ADVISORY_LOCK = 7_320_412


class Numberer:
    """Turns committed change notes into places in the feed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has_work(self, now: datetime) -> bool:
        """Whether a note is due."""
        with self._database.read() as session:
            due = select(ChangeNote.id).where(col(ChangeNote.due_at) <= now).limit(1)
            return session.exec(due).first() is not None

    def number(self, now: datetime) -> int:
        """Number what is committed and due (at most BATCH notes); how many. 0 too when another is at it."""
        with self._database.write() as session:
            if not self._database.is_sqlite:
                got = session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
                if not got.scalar_one():
                    return 0
            notes = session.exec(
                select(ChangeNote)
                .where(col(ChangeNote.due_at) <= now)
                .order_by(col(ChangeNote.id))
                .limit(BATCH)
            ).all()
            # Looked up after the notes were read: what their transactions changed is committed and seen here.
            self._place(session, _concerned(session, notes), now)
            for start in range(0, len(notes), CHUNK):
                ids = [note.id for note in notes[start : start + CHUNK]]
                session.exec(delete(ChangeNote).where(col(ChangeNote.id).in_(ids)))
        return len(notes)

    def _place(self, session: Session, entries: Collection[tuple[str, str]], now: datetime) -> None:
        number = session.exec(select(func.max(col(FeedPlace.number)))).one() or 0
        kinds = dict(entries)
        ids = list(kinds)
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            known = {
                place.entry_id: place
                for place in session.exec(select(FeedPlace).where(col(FeedPlace.entry_id).in_(part))).all()
            }
            for entry_id in part:
                number += 1
                place = known.get(entry_id) or FeedPlace(
                    entry_id=entry_id, kind=kinds[entry_id], number=number, numbered_at=now
                )
                place.number, place.numbered_at = number, now
                session.add(place)
            session.flush()


def _concerned(session: Session, notes: Collection[ChangeNote]) -> list[tuple[str, str]]:
    """Id and kind of every entry that the notes may concern and that was ever published, software first."""
    software = {note.key for note in notes if note.topic == "catalogue.sync"}
    firms = {note.key for note in notes if note.topic == "catalogue.sync-vendor"}
    theirs = select(col(Entry.id)).where(col(Entry.owner_id).in_(firms), col(Entry.kind) == "software")
    rows = session.exec(
        select(col(Entry.id), col(Entry.kind))
        .where(
            col(Entry.published_revision_id).is_not(None),
            or_(
                col(Entry.id).in_(software),
                col(Entry.software_id).in_(software),
                col(Entry.owner_id).in_(firms),
                col(Entry.software_id).in_(theirs),
            ),
        )
        .order_by((col(Entry.kind) == "offer").asc(), col(Entry.id))
    ).all()
    return [(entry_id, kind) for entry_id, kind in rows]
