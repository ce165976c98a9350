"""What the reviewers' desk keeps: how long each stage took, samples, phrases, absences."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from app.review.lifecycle import PHRASE, SAMPLE

STAGES = ("queued", "claimed", "vendor")


class CaseStage(SQLModel, table=True):
    """One stretch of a case's time: in the queue, with a reviewer, or (returned or recalled) with the vendor."""

    __tablename__ = "case_stage"
    __table_args__ = (
        CheckConstraint("stage IN ('queued', 'claimed', 'vendor')", name="case_stage_name"),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="case_stage_term"),
        # A case is in one stage at a time.
        Index(
            "uq_case_stage_open",
            "case_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="review_case.id", index=True)
    stage: str
    began_at: datetime
    ended_at: datetime | None = Field(default=None, index=True)


class Sample(SQLModel, table=True):
    """A self-published revision that was drawn to be looked at afterwards."""

    __tablename__ = "review_sample"
    __table_args__ = (
        CheckConstraint(SAMPLE.check_sql(), name="review_sample_status"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="review_sample_decision"),
    )

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="review_case.id", unique=True)
    entry_id: str = Field(foreign_key="entry.id", index=True)
    status: str = Field(default="open", index=True)
    opened_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    comment: str = ""
    """What the vendor is told."""


class ReviewPhrase(SQLModel, table=True):
    """定型文: a text that reviewers of one Agency put into findings again and again."""

    __tablename__ = "review_phrase"
    __table_args__ = (CheckConstraint(PHRASE.check_sql(), name="review_phrase_status"),)

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    title: str
    reason_code: str
    text: str
    status: str = "active"
    version: int = 1
    created_at: datetime
    created_by: str
    updated_at: datetime


class ReviewerAbsence(SQLModel, table=True):
    """A reviewer is away until a day (included), or until they say that they are back."""

    __tablename__ = "reviewer_absence"
    __table_args__ = (
        Index(
            "uq_reviewer_absence_open",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    until: date
    deputy_id: str | None = Field(default=None, foreign_key="person.id")
    created_at: datetime
    ended_at: datetime | None = None
