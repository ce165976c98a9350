"""What bodies are made of and what becomes of them: constituents (構成団体), departments (部署), successors."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

KEEPS_RECORDS = 0
"""The position of the successor that keeps projects and contracts."""


class Constituent(SQLModel, table=True):
    """A body's place in a union: for which business areas the union buys for it, from when until when."""

    __tablename__ = "constituent"
    __table_args__ = (
        UniqueConstraint("body_id", "member_id", "starts_on"),
        CheckConstraint("body_id <> member_id", name="constituent_other"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="constituent_term"),
    )

    id: str = Field(primary_key=True)
    body_id: str = Field(foreign_key="organisation.id", index=True)
    """The union."""
    member_id: str = Field(foreign_key="organisation.id", index=True)
    business_areas: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Codes of the vocabulary `business_areas`."""
    starts_on: date
    ends_on: date | None = None
    """The last day; None: until further notice."""
    created_at: datetime


class Department(SQLModel, table=True):
    """部署: puts a body's people and projects in order, and has a mailbox of its own. It gives no right."""

    __tablename__ = "department"
    __table_args__ = (
        Index(
            "uq_department_name",
            "organisation_id",
            "name",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    name: str
    email: str = ""
    """The shared mailbox: receives the notices of the department's projects."""
    created_at: datetime
    closed_at: datetime | None = None
    version: int = 1


class BodySuccessor(SQLModel, table=True):
    """A body that took over another one on `organisation.ended_on` of the latter."""

    __tablename__ = "body_successor"
    __table_args__ = (
        UniqueConstraint("body_id", "position"),
        CheckConstraint("body_id <> successor_id", name="body_successor_other"),
    )

    body_id: str = Field(primary_key=True, foreign_key="organisation.id")
    """The one that ended."""
    successor_id: str = Field(primary_key=True, foreign_key="organisation.id", index=True)
    position: int = KEEPS_RECORDS
    """As the Agency named them, from 0; the first keeps the records."""
