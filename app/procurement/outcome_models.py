"""選定の結果の通知: what a vendor whose listing was a candidate is told after a decision, and its one question."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.procurement.lifecycle import OUTCOME


class OutcomeNotice(SQLModel, table=True):
    """One vendor's notice about one candidate. Written when the project closes, sent when the officer says so."""

    __tablename__ = "outcome_notice"
    __table_args__ = (
        CheckConstraint(OUTCOME.check_sql(), name="outcome_notice_status"),
        CheckConstraint(
            "result IN ('selected', 'not_selected', 'none_suitable', 'cancelled')",
            name="outcome_notice_result",
        ),
        CheckConstraint(
            "status = 'prepared' OR (sent_at IS NOT NULL AND ask_until IS NOT NULL AND reason <> '')",
            name="outcome_notice_sent",
        ),
        CheckConstraint("(question = '') = (asked_at IS NULL)", name="outcome_notice_asked"),
        CheckConstraint("(answer = '') = (answered_at IS NULL)", name="outcome_notice_answered"),
        ForeignKeyConstraint(
            ["shortlist_item_id", "project_id"], ["shortlist_item.id", "shortlist_item.project_id"]
        ),
        UniqueConstraint("shortlist_item_id", "vendor_id"),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    shortlist_item_id: str
    vendor_id: str = Field(foreign_key="organisation.id", index=True)
    """The developer of the candidate, or the seller of the offer that was chosen on it."""
    result: str
    status: str = Field(default="prepared", index=True)
    reason: str = ""
    """This vendor's own reason; empty where nothing recorded could be taken over without naming others."""
    version: int = 1
    prepared_at: datetime
    reminded_at: datetime | None = None
    """When the sweep reminded the body that it was not sent."""
    sent_at: datetime | None = None
    sent_by: str | None = None
    ask_until: date | None = None
    """The last day for the vendor's question."""
    question: str = ""
    asked_at: datetime | None = None
    asked_by: str | None = None
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: str | None = None
