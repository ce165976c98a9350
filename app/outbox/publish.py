"""`publish`: ask for a side effect in the transaction that causes it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from app.kit.clock import TOKYO
from app.kit.ids import new_id
from app.outbox.models import OutboxRow


def publish_after(session: Session, topic: str, key: str, last_day: date, *, at: datetime) -> None:
    """Publish for the first moment after `last_day` in Japan; nothing where that has passed (`at` is now)."""
    begins = datetime.combine(last_day + timedelta(days=1), time(), TOKYO)
    if begins > at:
        publish(session, topic, key, at=at, not_before=begins)


def publish(
    session: Session,
    topic: str,
    key: str,
    *,
    at: datetime,
    payload: dict[str, Any] | None = None,
    not_before: datetime | None = None,
) -> OutboxRow:
    """Add a row: `topic` names the handler (app/worker.py), `key` what it is about.

    Handlers make the world agree with the database and may run twice.
    """
    row = OutboxRow(
        id=new_id("ob"),
        topic=topic,
        key=key,
        payload=payload or {},
        created_at=at,
        available_at=not_before or at,
    )
    session.add(row)
    return row
