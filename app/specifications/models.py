"""Standard specifications (標準仕様書), their versions, and each version's requirements."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.specifications.lifecycle import VERSION


class Specification(SQLModel, table=True):
    """A specification of one business area, issued by the ministry in charge (所管府省)."""

    __tablename__ = "specification"
    __table_args__ = (CheckConstraint("id_scheme IN ('function_id', 'own')", name="specification_id_scheme"),)

    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    """A short name in Latin letters, by which files and the command line know it."""
    business_area: str = Field(index=True)
    """Code of the vocabulary `business_areas`."""
    title: str
    steward_id: str | None = Field(default=None, foreign_key="organisation.id", index=True)
    """The ministry (or the Agency) whose editors publish it; None while none was admitted."""
    ministry: str
    """What people read as the issuer; more than one where they issue it together."""
    id_scheme: str = "function_id"
    sample: bool = False
    """Written for demonstrations: no ministry published it."""
    page_url: str = ""
    """Where the ministry publishes it."""
    page_note: str = ""
    """What the Agency says about where to find it."""
    mapping: str = ""
    """Which column of the ministry's files is what (TOML), for imports."""
    created_at: datetime
    version: int = 1
    """Grows with each change: the ETag."""


class SpecificationVersion(SQLModel, table=True):
    """One version (版). What it says is fixed from the day on which it is public; errata are a new version."""

    __tablename__ = "specification_version"
    __table_args__ = (
        UniqueConstraint("specification_id", "number"),
        CheckConstraint(VERSION.check_sql(), name="specification_version_status"),
        CheckConstraint("origin IN ('editor', 'hosted')", name="specification_version_origin"),
    )

    id: str = Field(primary_key=True)
    specification_id: str = Field(foreign_key="specification.id", index=True)
    number: str
    """1.0, 2.1, 2.0案"""
    status: str = Field(default="draft", index=True)
    published_on: date | None = None
    """The day on which the ministry published it."""
    conform_by: date | None = None
    """適合基準日: the day from which systems must conform to it."""
    sources: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """`title` and `url` of what it was taken from."""
    based_on_id: str | None = Field(default=None, foreign_key="specification_version.id")
    """The version that it revises: what it is compared with, and what `renumbered` speaks of."""
    corrects_id: str | None = Field(default=None, foreign_key="specification_version.id")
    """The version whose errors (正誤) this one corrects."""
    errata: str = ""
    """What was corrected."""
    renumbered: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """New ID → the ID that it had in the version it is based on, as an editor confirmed."""
    origin: str = "editor"
    """`hosted`: taken over by the Agency as the ministry had published it."""
    source_sha256: str = ""
    """SHA-256 of the file that the requirements were imported from."""
    requirement_count: int = 0
    content_hash: str = ""
    """SHA-256 of all requirements, from publication on."""
    proposed_by: str | None = None
    proposed_at: datetime | None = None
    decided_by: str | None = None
    """Who opened or published it: never the one who proposed it."""
    decided_at: datetime | None = None
    reason: str = ""
    """Why it was returned or withdrawn."""
    created_at: datetime
    version: int = 1
    """Grows with each change of the draft: the ETag."""


class SpecificationRequirement(SQLModel, table=True):
    """One requirement of one version, at its place in the document."""

    __tablename__ = "specification_requirement"
    __table_args__ = (UniqueConstraint("version_id", "key"),)

    version_id: str = Field(primary_key=True, foreign_key="specification_version.id")
    position: int = Field(primary_key=True)
    """From 0. Statements of conformance are packed by it, which is why published versions never change."""
    key: str
    """機能ID"""
    kind: str
    category: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    text: str
    obligation: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Size class → required, optional, prohibited, not_applicable."""
    conform_by: date | None = None
    note: str = ""
