"""Queries over runs, and over what the index has not been told yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from app.catalogue.repository import software_of_vendor
from app.indexing.lifecycle import LIVE
from app.indexing.models import IndexRun
from app.kit.database import affected
from app.outbox.models import OutboxRow

SYNC, SYNC_VENDOR = "catalogue.sync", "catalogue.sync-vendor"
TOPICS = frozenset({SYNC, SYNC_VENDOR})
"""The outbox topics by which the index hears of changes."""
_UNDONE = ("waiting", "claimed", "parked")


def find(session: Session, run_id: str) -> IndexRun | None:
    """A run by id; read afresh."""
    return session.exec(
        select(IndexRun).where(col(IndexRun.id) == run_id).execution_options(populate_existing=True)
    ).first()


def every() -> SelectOfScalar[IndexRun]:
    """Select of all runs."""
    return select(IndexRun)


def live(session: Session, kind: str | None = None) -> list[IndexRun]:
    """Runs that have not ended, oldest first."""
    statement = select(IndexRun).where(col(IndexRun.status).in_(LIVE)).order_by(col(IndexRun.id))
    if kind is not None:
        statement = statement.where(col(IndexRun.kind) == kind)
    return list(session.exec(statement).all())


def newest(session: Session, kind: str, status: str) -> IndexRun | None:
    """The last run of the kind that ended so."""
    statement = select(IndexRun).where(col(IndexRun.kind) == kind, col(IndexRun.status) == status)
    return session.exec(statement.order_by(col(IndexRun.id).desc()).limit(1)).first()


def forget(session: Session, before: datetime) -> int:
    """Delete runs that ended before the moment; how many."""
    old = delete(IndexRun).where(col(IndexRun.finished_at) < before)
    return affected(session, old)


@dataclass(frozen=True)
class Untold:
    """Changes that the index has not confirmed."""

    waiting: int
    """Due, claimed or failed before: the worker is at it."""
    parked: int
    """Given up after many attempts; a person has to look."""
    since: datetime | None
    """When the oldest of the waiting became due."""


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(col(OutboxRow.available_at) <= now, col(OutboxRow.attempts) > 0)


def untold(session: Session, now: datetime) -> Untold:
    """What the outbox says of the index's lag."""
    parked = col(OutboxRow.status) == "parked"
    # A row that failed becomes available again in the future; it has been due since it was written.
    since = case(
        (col(OutboxRow.available_at) <= now, col(OutboxRow.available_at)), else_=col(OutboxRow.created_at)
    )
    waiting, given_up, oldest = session.exec(
        select(
            func.sum(case((parked, 0), else_=1)),
            func.sum(case((parked, 1), else_=0)),
            func.min(case((parked, None), else_=since)),
        ).where(col(OutboxRow.topic).in_(sorted(TOPICS)), col(OutboxRow.status).in_(_UNDONE), _due(now))
    ).one()
    return Untold(waiting or 0, given_up or 0, oldest)


def pending_ids(session: Session, now: datetime) -> set[str]:
    """Software of which a change is under way to the index: a difference there is only its lag."""
    rows = session.exec(
        select(OutboxRow.topic, OutboxRow.key).where(
            and_(
                col(OutboxRow.topic).in_(sorted(TOPICS)),
                col(OutboxRow.status).in_(("waiting", "claimed")),
                _due(now),
            )
        )
    ).all()
    ids = {key for topic, key in rows if topic == SYNC}
    for vendor_id in {key for topic, key in rows if topic == SYNC_VENDOR}:
        ids |= set(software_of_vendor(session, vendor_id))
    return ids
