"""適合確認の記録: what a body itself found out about a candidate's conformance to a standard specification."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel


class ConformanceConfirmation(SQLModel, table=True):
    """One confirmation in one project. They are only added; the newest of a software and a version counts."""

    __tablename__ = "conformance_confirmation"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('confirmed', 'partly', 'not_confirmed')", name="conformance_confirmation_outcome"
        ),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    entry_id: str = Field(foreign_key="entry.id")
    version_id: str = Field(foreign_key="specification_version.id")
    revision_number: int
    """The published revision of the software whose statements were there then."""
    level: str
    """The level of verification (自己申告, 書類確認, 試験結果あり) that held then."""
    outcome: str
    looked_at: str
    """How it was found out."""
    remaining: str = ""
    """What does not conform, or was not looked at; always with `partly` and `not_confirmed`."""
    confirmed_on: date
    recorded_by: str
    recorded_at: datetime
