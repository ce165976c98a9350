"""The suspension of a listing or of a master agreement as a procedure, with what was said in it and when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from app.review.lifecycle import SUSPENSION

_OPEN = "status IN ('noticed', 'suspended', 'objected')"


class Suspension(SQLModel, table=True):
    """One procedure about one software, offer or master agreement."""

    __tablename__ = "suspension"
    __table_args__ = (
        CheckConstraint(SUSPENSION.check_sql(), name="suspension_status"),
        CheckConstraint("subject_kind IN ('software', 'offer', 'agreement')", name="suspension_subject_kind"),
        CheckConstraint("urgent = (ground <> '')", name="suspension_ground"),
        CheckConstraint(
            "status NOT IN ('suspended', 'objected') OR (decided_at IS NOT NULL AND note <> '')",
            name="suspension_decided",
        ),
        CheckConstraint("(status IN ('dropped', 'ended')) = (ended_at IS NOT NULL)", name="suspension_ended"),
        # One procedure at a time about one thing.
        Index(
            "uq_suspension_open",
            "subject_kind",
            "subject_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )

    id: str = Field(primary_key=True)
    subject_kind: str
    """software, offer, agreement."""
    subject_id: str = Field(index=True)
    subject_name: str
    """What it was called when the procedure began."""
    owner_id: str = Field(foreign_key="organisation.id", index=True)
    status: str = Field(index=True)
    urgent: bool
    """Suspended without notice; the hearing follows."""
    ground: str = ""
    """Of an urgent one: why no notice was possible (a term of `app.review.suspension_words.GROUNDS`)."""
    reason: str
    """Of the notice, or of the urgent decision; for the vendor."""
    begun_at: datetime
    begun_by: str | None = None
    planned_on: date | None = None
    """The day announced in the notice; it takes no effect before."""
    statement_due: date
    """The last day for the vendor's statement (弁明)."""
    statement: str = ""
    statement_at: datetime | None = None
    statement_by: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    decision_reason: str = ""
    note: str = ""
    """What strangers read."""
    until: date | None = Field(default=None, index=True)
    """The last day of the suspension; None: until it is ended."""
    confirmed_at: datetime | None = None
    """Of an urgent one: when it was upheld after the hearing."""
    confirmed_by: str | None = None
    confirmation_reason: str = ""
    objection_due: date | None = None
    """The last day for an objection, told with the decision; None of those decided before there was one."""
    objection: str = ""
    objected_at: datetime | None = None
    objected_by: str | None = None
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_kind: str = ""
    """dropped, upheld (the objection), lifted, until (its last day passed)."""
    end_reason: str = ""
    end_note: str = ""
    """What strangers read of the end of a suspension, on the listing's page."""
