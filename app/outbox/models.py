"""Side effects as rows, written in the transaction that causes them and done by the worker afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel


class OutboxRow(SQLModel, table=True):
    """Something to make true outside the transaction: a mail, the index of one listing, a sweep."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'claimed', 'done', 'parked')", name="outbox_status"),
        # At most one live claim per topic and key, so that an older state can never be written last.
        Index(
            "uq_outbox_live_claim",
            "topic",
            "key",
            unique=True,
            sqlite_where=text("status = 'claimed'"),
            postgresql_where=text("status = 'claimed'"),
        ),
        Index("ix_outbox_due", "status", "available_at"),
    )

    id: str = Field(primary_key=True)
    topic: str
    key: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    status: str = "waiting"
    created_at: datetime
    available_at: datetime
    attempts: int = 0
    claim_number: int = 0
    lease_until: datetime | None = None
    finished_at: datetime | None = None
    last_error: str = ""


class ChangeNote(SQLModel, table=True):
    """That what strangers see of a software or a firm may have changed; waits for its number in the change feed.

    Written with the change, numbered after its commit, and then removed (app/listings/feed_numbers.py).
    """

    __tablename__ = "change_note"

    id: str = Field(primary_key=True)
    topic: str
    """`catalogue.sync`: a software and its offers; `catalogue.sync-vendor`: all that a firm develops or offers."""
    key: str
    due_at: datetime = Field(index=True)
    """Before this nothing has changed yet (the midnight on which an agreement begins)."""
