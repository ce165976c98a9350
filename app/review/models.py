"""Review cases, findings that the vendor reads, and notes that it does not."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKeyConstraint, Index, false, text
from sqlmodel import Field, SQLModel

from app.review.lifecycle import CASE

_OPEN = "status IN ('queued', 'claimed')"


class ReviewCase(SQLModel, table=True):
    """One submission. A decision holds for exactly this revision with this content hash."""

    __tablename__ = "review_case"
    __table_args__ = (
        CheckConstraint(CASE.check_sql(), name="review_case_status"),
        ForeignKeyConstraint(["revision_id", "entry_id"], ["revision.id", "revision.entry_id"]),
        Index(
            "uq_review_open", "entry_id", unique=True, sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)
        ),
    )

    id: str = Field(primary_key=True)
    entry_id: str = Field(index=True)
    revision_id: str = Field(index=True)
    content_hash: str
    owner_id: str = Field(index=True)
    """The vendor whose listing it is."""
    submitted_by: str
    """Person who submitted (four eyes)."""
    status: str = Field(default="queued", index=True)
    opened_at: datetime
    claimed_by: str | None = None
    """Person who has the case."""
    claimed_at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    comment: str = ""
    """What the decision says to the vendor as a whole."""
    checks: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Automated checks as they stood at the decision."""
    answers: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """What was submitted: a returned revision is edited in place, and the next reviewer must see what changed since."""
    change_class: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """first, minor or major: against what was live at the submission (empty: submitted before classes were kept)."""
    changes: list[dict[str, str]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    """The fields that differed from what was live: field, label, change_class."""
    self_published: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether it was public at once, without a reviewer (軽微 changes only)."""


class Finding(SQLModel, table=True):
    """One point for the vendor, tied to a field."""

    __tablename__ = "finding"

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="review_case.id", index=True)
    field: str
    """Field name in catalogue_schema, or empty for the whole."""
    reason_code: str
    text: str
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None = None
    late_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Why a point that could have been made at the first review is made now; the vendor reads it."""


class ReviewNote(SQLModel, table=True):
    """A note among reviewers; the vendor never reads it."""

    __tablename__ = "review_note"

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="review_case.id", index=True)
    text: str
    created_at: datetime
    created_by: str
