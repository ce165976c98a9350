"""What is kept about validity that ends: reminders sent, grace, and nights on which too much would end at once."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.organisations.lifecycle import EXPIRY_HOLD


class ExpiryReminder(SQLModel, table=True):
    """A reminder of an end, sent once for each of 6, 3 and 1 months before; 0: that it has come was recorded."""

    __tablename__ = "expiry_reminder"
    __table_args__ = (
        UniqueConstraint("subject_id", "item", "ends_on", "months", name="uq_expiry_reminder"),
        CheckConstraint("months IN (6, 3, 1, 0)", name="expiry_reminder_months"),
    )

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    kind: str
    """qualification, agreement, registration."""
    subject_id: str
    """The qualification, the agreement, or the software or offer that states the registration."""
    item: str = ""
    """Of a registration: which, as field and value."""
    label: str
    """What it is called in the mail."""
    ends_on: date
    months: int
    reminded_at: datetime


class Grace(SQLModel, table=True):
    """更新手続中: what ended stays public until a day, closed to new contracts. One for each end of one thing."""

    __tablename__ = "grace"
    __table_args__ = (
        UniqueConstraint("subject_id", "ends_on", name="uq_grace"),
        CheckConstraint("until > ends_on", name="grace_term"),
    )

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    kind: str
    """qualification, agreement."""
    subject_id: str
    ends_on: date
    """The end that it follows: after a renewal it is without effect."""
    until: date
    """The last day of grace."""
    declared_at: datetime
    declared_by: str | None = None
    """The person who declared the renewal; None where a setting grants grace to everybody."""


class ExpiryHold(SQLModel, table=True):
    """A night on which too much of the catalogue would leave: held until an administrator of the Agency decides."""

    __tablename__ = "expiry_hold"
    __table_args__ = (
        CheckConstraint(EXPIRY_HOLD.check_sql(), name="expiry_hold_status"),
        CheckConstraint("(status = 'extended') = (until IS NOT NULL)", name="expiry_hold_until"),
        CheckConstraint("(status = 'asked') = (decided_at IS NULL)", name="expiry_hold_decided"),
        CheckConstraint("until IS NULL OR until > day", name="expiry_hold_term"),
    )

    id: str = Field(primary_key=True)
    day: date = Field(unique=True)
    """The last day of validity (or of grace) of what would leave."""
    status: str = Field(default="asked", index=True)
    going: int
    """How many listings would leave, when it was last counted."""
    earlier: int = 0
    """How many more had left, or were to leave, unasked in the days before."""
    total: int
    """Of how many that were public before all of them."""
    asked_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str = ""
    until: date | None = None
    carried_until: date | None = None
    """Asked again: the last day of the extension that ends."""
    final: bool = False
    """Nobody is asked again when the extension ends."""

    @property
    def night(self) -> date:
        """The last day before what is held leaves if nobody decides otherwise."""
        return self.until or self.carried_until or self.day
