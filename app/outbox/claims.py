"""Claiming, finishing and failing outbox rows. Each is one short transaction; handlers run outside of any.

At most one live claim per (topic, key), so an older state can never be written last; later rows of the same key that
are already waiting are coalesced into the claim, since the handler reads the world as it is after the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import Session, col, delete

from app.kit.database import Database, affected
from app.outbox.models import OutboxRow

LEASE = timedelta(minutes=2)
ATTEMPTS = 8
"""After this many a row is parked for a person to look at."""
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)
KEPT_DONE = timedelta(days=7)
LOST = f"the lease ran out {ATTEMPTS} times: the worker ended or hung while it had this row"


@dataclass(frozen=True)
class Claim:
    """A row that this worker holds until the lease ends."""

    row_id: str
    topic: str
    key: str
    payload: dict[str, Any]
    claim_number: int
    attempts: int


def claiming(chosen: Any, now: datetime) -> ReturningUpdate[Any]:
    """Claims the chosen rows, whose ids a query gives, and returns what a `Claim` is made of."""
    return (
        update(OutboxRow)
        .where(col(OutboxRow.id).in_(chosen))
        .values(
            status="claimed",
            lease_until=now + LEASE,
            claim_number=col(OutboxRow.claim_number) + 1,
            attempts=col(OutboxRow.attempts) + 1,
        )
        .returning(
            col(OutboxRow.id),
            col(OutboxRow.topic),
            col(OutboxRow.key),
            col(OutboxRow.payload),
            col(OutboxRow.claim_number),
            col(OutboxRow.attempts),
        )
        .execution_options(synchronize_session=False)
    )


def claim_next(database: Database, now: datetime, topics: frozenset[str] | None = None) -> Claim | None:
    """Take the oldest due row whose key nobody holds; None when there is none (or another worker was faster)."""
    try:
        with database.write() as session:
            expired = select(col(OutboxRow.id)).where(
                col(OutboxRow.status) == "claimed", col(OutboxRow.lease_until) < now
            )
            # A worker that dies of a row never fails it: its lost leases count, or it would kill workers for ever.
            worn_out = expired.where(col(OutboxRow.attempts) >= ATTEMPTS)
            _change(session, database, worn_out, status="parked", lease_until=None, last_error=LOST)
            _change(session, database, expired, status="waiting", lease_until=None)
            other = aliased(OutboxRow)
            held = exists().where(
                col(other.topic) == col(OutboxRow.topic),
                col(other.key) == col(OutboxRow.key),
                col(other.status) == "claimed",
            )
            due = select(col(OutboxRow.id)).where(
                col(OutboxRow.status) == "waiting", col(OutboxRow.available_at) <= now, ~held
            )
            if topics is not None:
                due = due.where(col(OutboxRow.topic).in_(sorted(topics)))
            chosen = due.order_by(col(OutboxRow.available_at), col(OutboxRow.id)).limit(1)
            if not database.is_sqlite:
                chosen = chosen.with_for_update(skip_locked=True)
            row = session.execute(claiming(chosen.scalar_subquery(), now)).first()
            if row is None:
                return None
            claim = Claim(*row)
            same_key = select(col(OutboxRow.id)).where(
                col(OutboxRow.topic) == claim.topic,
                col(OutboxRow.key) == claim.key,
                col(OutboxRow.status) == "waiting",
                col(OutboxRow.available_at) <= now,
            )
            _change(
                session,
                database,
                same_key,
                status="done",
                finished_at=now,
                last_error=f"coalesced into {claim.row_id}",
            )
            return claim
    except IntegrityError:
        # Another worker claimed the same key between our look and our write: the index refused the second claim.
        return None


def _change(session: Session, database: Database, chosen: Select[str], **values: object) -> None:
    # Rows that another worker has under its hand are skipped: two workers with two rows of one key would wait for
    # each other (one at the index of live claims, one here) until PostgreSQL ends one of them.
    if not database.is_sqlite:
        chosen = chosen.with_for_update(skip_locked=True)
    session.execute(
        update(OutboxRow)
        .where(col(OutboxRow.id).in_(chosen))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def note(database: Database, claim: Claim, payload: dict[str, Any]) -> bool:
    """Keep for the next attempt what this one did; False when the lease was lost meanwhile."""
    return _end(database, claim, {"payload": payload})


def finish(database: Database, claim: Claim, now: datetime) -> bool:
    """Mark the claim done; False when the lease was lost meanwhile (the row will be handled again)."""
    return _end(
        database, claim, {"status": "done", "finished_at": now, "lease_until": None, "last_error": ""}
    )


def fail(database: Database, claim: Claim, now: datetime, error: str) -> str:
    """Put the row back with a growing delay, or park it. Answers "waiting", "parked" or "lost"."""
    parked = claim.attempts >= ATTEMPTS
    delay = min(FIRST_DELAY * 2 ** (claim.attempts - 1), LONGEST_DELAY)
    values: dict[str, Any] = {
        "status": "parked" if parked else "waiting",
        "available_at": now + delay,
        "lease_until": None,
        "last_error": error[:500],
    }
    return str(values["status"]) if _end(database, claim, values) else "lost"


def renew(database: Database, claim: Claim, now: datetime, lease: timedelta = LEASE) -> bool:
    """Hold the claim until `now + lease`; False when it was lost meanwhile (somebody else may have it)."""
    return _end(database, claim, {"lease_until": now + lease})


def _end(database: Database, claim: Claim, values: dict[str, Any]) -> bool:
    with database.write() as session:
        statement = (
            update(OutboxRow)
            .where(
                col(OutboxRow.id) == claim.row_id,
                col(OutboxRow.claim_number) == claim.claim_number,
                col(OutboxRow.status) == "claimed",
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        return affected(session, statement) == 1


def sweep_done(database: Database, now: datetime) -> int:
    """Forget rows that were done a week ago; how many."""
    with database.write() as session:
        return affected(
            session,
            delete(OutboxRow).where(
                col(OutboxRow.status) == "done", col(OutboxRow.finished_at) < now - KEPT_DONE
            ),
        )


def failing(database: Database, topics: Sequence[str]) -> dict[str, datetime]:
    """Errors of rows that failed and are to be tried again, or were given up, with the time of the oldest such row.

    `topics` are the beginnings of the topics looked at.
    """
    chosen = (
        select(col(OutboxRow.last_error), func.min(col(OutboxRow.created_at)))
        .where(col(OutboxRow.status) != "done", col(OutboxRow.last_error) != "")
        .where(or_(*(col(OutboxRow.topic).startswith(topic, autoescape=True) for topic in topics)))
        .group_by(col(OutboxRow.last_error))
    )
    with database.read() as session:
        return {str(error): since for error, since in session.execute(chosen).all()}


def counts(database: Database) -> dict[str, int]:
    """How many rows are in which status, for readiness details."""
    with database.read() as session:
        rows = session.execute(
            select(col(OutboxRow.status), func.count()).group_by(col(OutboxRow.status))
        ).all()
    return {str(status): int(number) for status, number in rows}


def revive_parked(database: Database, now: datetime) -> int:
    """Give parked rows another round (after a person mended the cause); how many."""
    with database.write() as session:
        return affected(
            session,
            update(OutboxRow)
            .where(col(OutboxRow.status) == "parked")
            .values(status="waiting", attempts=0, available_at=now),
        )
