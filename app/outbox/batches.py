"""Several rows of one topic under one hand: claimed, finished and put back together, each key claimed at most once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.kit.database import Database, affected
from app.outbox.claims import ATTEMPTS, LOST, Claim, claiming
from app.outbox.models import OutboxRow


def claim_more(database: Database, first: Claim, now: datetime, most: int) -> list[Claim]:
    """Up to `most` further keys of the topic of `first` that are due and that nobody holds, as `claims.claim_next`
    takes one; none where another worker was faster.
    """
    if most < 1:
        return []
    waiting = and_(
        col(OutboxRow.topic) == first.topic,
        col(OutboxRow.status) == "waiting",
        col(OutboxRow.available_at) <= now,
    )
    other = aliased(OutboxRow)
    held = exists().where(
        col(other.topic) == col(OutboxRow.topic),
        col(other.key) == col(OutboxRow.key),
        col(other.status) == "claimed",
    )
    one_of_each = (
        select(func.min(col(OutboxRow.id)))
        .where(waiting, ~held)
        .group_by(col(OutboxRow.key))
        .order_by(func.min(col(OutboxRow.available_at)), func.min(col(OutboxRow.id)))
        .limit(most)
    )
    chosen = select(col(OutboxRow.id)).where(col(OutboxRow.id).in_(one_of_each), waiting)
    if not database.is_sqlite:
        chosen = chosen.with_for_update(skip_locked=True)
    try:
        with database.write() as session:
            rows = session.execute(claiming(chosen, now)).all()
            claims = [Claim(*row) for row in rows]
            later = select(col(OutboxRow.id)).where(
                waiting, col(OutboxRow.key).in_([claim.key for claim in claims])
            )
            if not database.is_sqlite:
                later = later.with_for_update(skip_locked=True)
            session.execute(
                update(OutboxRow)
                .where(col(OutboxRow.id).in_(later))
                .values(status="done", finished_at=now, last_error="coalesced into a claim of the same key")
                .execution_options(synchronize_session=False)
            )
            return claims
    except IntegrityError:
        return []


def finish_all(database: Database, claims: Sequence[Claim], now: datetime) -> int:
    """Mark the claims done; how many still were ours."""
    return _end(
        database, claims, {"status": "done", "finished_at": now, "lease_until": None, "last_error": ""}
    )


def put_back(database: Database, claims: Sequence[Claim], reason: str) -> int:
    """Let the rows wait again as if nobody had tried: for what could not be done through no fault of theirs."""
    values = {
        "status": "waiting",
        "lease_until": None,
        "last_error": reason[:500],
        "attempts": col(OutboxRow.attempts) - 1,
    }
    return _end(database, claims, values)


def _end(database: Database, claims: Sequence[Claim], values: dict[str, Any]) -> int:
    ours: list[ColumnElement[bool]] = [
        and_(col(OutboxRow.id) == claim.row_id, col(OutboxRow.claim_number) == claim.claim_number)
        for claim in claims
    ]
    with database.write() as session:
        return affected(
            session,
            update(OutboxRow)
            .where(or_(*ours), col(OutboxRow.status) == "claimed")
            .values(**values)
            .execution_options(synchronize_session=False),
        )


def release(database: Database, topics: Iterable[str]) -> int:
    """Give back the claims of these topics whose worker is known to have ended, without waiting for their leases; how
    many. Their attempts count: what has been tried too often is parked.
    """
    held = and_(col(OutboxRow.topic).in_(sorted(topics)), col(OutboxRow.status) == "claimed")
    with database.write() as session:
        worn_out = update(OutboxRow).where(held, col(OutboxRow.attempts) >= ATTEMPTS)
        parked = affected(session, worn_out.values(status="parked", lease_until=None, last_error=LOST))
        back = affected(session, update(OutboxRow).where(held).values(status="waiting", lease_until=None))
    return parked + back


def settle_parked(database: Database, topics: Iterable[str], before: datetime, now: datetime) -> int:
    """Call those parked rows done that a later deed made needless (the whole index was built anew); how many."""
    with database.write() as session:
        return affected(
            session,
            update(OutboxRow)
            .where(
                col(OutboxRow.topic).in_(sorted(topics)),
                col(OutboxRow.status) == "parked",
                col(OutboxRow.created_at) <= before,
            )
            .values(status="done", finished_at=now)
            .execution_options(synchronize_session=False),
        )
