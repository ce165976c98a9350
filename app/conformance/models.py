"""What a software says about each requirement of a specification's version."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel


class ConformanceClaim(SQLModel, table=True):
    """All statements of one listing revision about one version, in one row (docs/decisions, conformance storage).

    A revision without a row says what the newest earlier revision with one said, so that only changes take room.
    """

    __tablename__ = "conformance_claim"
    __table_args__ = (UniqueConstraint("entry_id", "version_id", "revision_number"),)

    id: str = Field(primary_key=True)
    entry_id: str = Field(foreign_key="entry.id", index=True)
    version_id: str = Field(foreign_key="specification_version.id", index=True)
    revision_number: int
    """The revision from which on this is said."""
    states: str = ""
    """One letter for each requirement of the version, at its position (`statements.LETTERS`)."""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Position → `how`, `planned_on`, `note`, `evidence` of the statements that have any."""
    dropped: bool = False
    """From this revision on the version is no longer claimed."""
    updated_at: datetime
    updated_by: str
    version: int = 1
    """Grows with every edit: the ETag."""
