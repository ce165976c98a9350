"""Procurement projects with their evidence (選定の記録一式); contracts are in contract_models.py."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from app.procurement.checklist_models import ChecklistEntry, ContractPractice
from app.procurement.contract_models import Contract, ContractAnswer, ContractVersion
from app.procurement.imported_models import ImportedContract
from app.procurement.inspection_models import Inspection
from app.procurement.lifecycle import PROJECT
from app.procurement.outcome_models import OutcomeNotice
from app.procurement.precedence_models import Deviation, GoverningText
from app.procurement.support_models import ProjectComment, Support, SupportProject

__all__ = [
    "ChecklistEntry",
    "Condition",
    "Contract",
    "ContractAnswer",
    "ContractPractice",
    "ContractVersion",
    "Deviation",
    "EstimatedPrice",
    "Evidence",
    "Exclusion",
    "ExclusionItem",
    "GoverningText",
    "ImportedContract",
    "Inspection",
    "OutcomeNotice",
    "Project",
    "ProjectComment",
    "SavedSearch",
    "SavedSearchResult",
    "Selection",
    "ShortlistItem",
    "Support",
    "SupportProject",
]


class Project(SQLModel, table=True):
    """案件: one body's way from a need to a decision."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint(PROJECT.check_sql(), name="project_status"),
        UniqueConstraint("id", "organisation_id"),
    )

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    title: str
    business_area: str
    need: str
    fiscal_year: int
    """年度 as its first calendar year: 2026 is 令和8年度."""
    desired_start: date | None = None
    population: int | None = None
    users: int | None = None
    method: str = ""
    """Code in catalogue_schema/methods.toml; empty until decided."""
    ground: str = ""
    """Code of the legal ground (条・項・号); empty where the method needs none."""
    method_reason: str = ""
    alone_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Why the body goes on alone although something of the area is there already (重複投資)."""
    status: str = Field(default="assessing", index=True)
    outcome_reason: str = ""
    """Why it was cancelled (a selection's reason is the selection's)."""
    officer_id: str
    """Person who keeps the project."""
    department_id: str | None = Field(default=None, index=True)
    """部署 of the same body, if any."""
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    version: int = 1


class EstimatedPrice(SQLModel, table=True):
    """予定価格 or the rule by which it is omitted. Its own table: nothing that lists projects can leak it."""

    __tablename__ = "estimated_price"
    __table_args__ = (
        CheckConstraint("(amount IS NULL) <> (omission_rule = '')", name="estimated_price_or_rule"),
        CheckConstraint("amount IS NULL OR amount > 0", name="estimated_price_positive"),
    )

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    amount: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """Yen, 税込."""
    omission_rule: str = ""
    basis: str = ""
    decided_on: date
    decided_by: str
    """Post and name as the body writes it."""
    recorded_at: datetime
    recorded_by: str


class SavedSearch(SQLModel, table=True):
    """A search with its whole result at one moment."""

    __tablename__ = "saved_search"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        Index(
            "uq_saved_search_locked",
            "project_id",
            unique=True,
            sqlite_where=text("locked_at IS NOT NULL"),
            postgresql_where=text("locked_at IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    query: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The public search's parameters, name to list of values, as they stand in its address."""
    sentence: str
    engine: str
    generation: str
    rotation: int = 0
    """Which of the fixed orders among ties was in force."""
    degraded: bool = False
    as_of: datetime
    total: int
    created_by: str
    locked_at: datetime | None = None
    locked_by: str | None = None
    unlocked_at: datetime | None = None
    """When another search was locked in its place, before assessing began."""


class SavedSearchResult(SQLModel, table=True):
    """One hit of a saved search, pinned to the revision that the database had."""

    __tablename__ = "saved_search_result"
    __table_args__ = (
        UniqueConstraint("search_id", "position"),
        UniqueConstraint("search_id", "entry_id", "revision_id"),
        ForeignKeyConstraint(["revision_id", "entry_id"], ["revision.id", "revision.entry_id"]),
    )

    search_id: str = Field(primary_key=True, foreign_key="saved_search.id")
    entry_id: str = Field(primary_key=True)
    """The software."""
    revision_id: str
    revision_number: int
    position: int
    index_differed: bool = False
    """The index still had another revision: the database's was pinned."""
    offers: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The visible offers at that moment: [{offer_id, revision_id, revision_number}]."""


class Condition(SQLModel, table=True):
    """What the body asks for: a catalogue_schema field and the wanted value."""

    __tablename__ = "condition"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        CheckConstraint("subject IN ('software', 'offer')", name="condition_subject"),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    subject: str = "software"
    field: str
    operator: str
    """equals, includes (one of), all_of, at_least, at_most, answered."""
    wanted: Any = Field(sa_column=Column(JSON, nullable=True))
    note: str = ""
    position: int
    created_by: str
    created_at: datetime
    removed_at: datetime | None = None


class ShortlistItem(SQLModel, table=True):
    """候補: one software revision, and at the latest at selection one offer revision."""

    __tablename__ = "shortlist_item"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        UniqueConstraint("id", "project_id", "software_revision_id", "offer_revision_id"),
        # A candidate comes from a search of this project, at the revision that the search pinned.
        ForeignKeyConstraint(["search_id", "project_id"], ["saved_search.id", "saved_search.project_id"]),
        ForeignKeyConstraint(
            ["search_id", "software_id", "software_revision_id"],
            [
                "saved_search_result.search_id",
                "saved_search_result.entry_id",
                "saved_search_result.revision_id",
            ],
        ),
        ForeignKeyConstraint(["offer_revision_id", "offer_id"], ["revision.id", "revision.entry_id"]),
        CheckConstraint("(offer_id IS NULL) = (offer_revision_id IS NULL)", name="shortlist_offer_pair"),
        Index(
            "uq_shortlist_software",
            "project_id",
            "software_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    search_id: str
    software_id: str
    software_revision_id: str
    offer_id: str | None = None
    offer_revision_id: str | None = None
    note: str = ""
    added_by: str
    added_at: datetime
    removed_at: datetime | None = None
    removal_reason: str = ""


class Exclusion(SQLModel, table=True):
    """One reason that leaves out one or many results of the locked search."""

    __tablename__ = "exclusion"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        ForeignKeyConstraint(["condition_id", "project_id"], ["condition.id", "condition.project_id"]),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    condition_id: str | None = None
    """The condition that all of the group fail; none for a single exclusion."""
    reason: str
    created_by: str
    created_at: datetime
    withdrawn_at: datetime | None = None


class ExclusionItem(SQLModel, table=True):
    """A result of the locked search that the exclusion covers."""

    __tablename__ = "exclusion_item"
    __table_args__ = (
        ForeignKeyConstraint(["exclusion_id", "project_id"], ["exclusion.id", "exclusion.project_id"]),
        ForeignKeyConstraint(["search_id", "project_id"], ["saved_search.id", "saved_search.project_id"]),
        ForeignKeyConstraint(
            ["search_id", "entry_id"], ["saved_search_result.search_id", "saved_search_result.entry_id"]
        ),
        CheckConstraint("assessment IN ('meets', 'fails', 'unanswered')", name="exclusion_item_assessment"),
        Index(
            "uq_exclusion_item_current",
            "search_id",
            "entry_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    exclusion_id: str = Field(primary_key=True)
    entry_id: str = Field(primary_key=True)
    project_id: str
    search_id: str
    assessment: str
    """What the result was by the group's condition; `meets` for a single exclusion."""
    withdrawn_at: datetime | None = None
    """As of its exclusion."""


class Selection(SQLModel, table=True):
    """選定: the officer's proposal and the approver's confirmation with the body's own decision (決裁)."""

    __tablename__ = "selection"
    __table_args__ = (
        UniqueConstraint("id", "project_id", "shortlist_item_id"),
        ForeignKeyConstraint(
            ["shortlist_item_id", "project_id"], ["shortlist_item.id", "shortlist_item.project_id"]
        ),
        CheckConstraint("outcome IN ('awarded', 'none_suitable')", name="selection_outcome"),
        CheckConstraint(
            "(outcome = 'awarded') = (shortlist_item_id IS NOT NULL)", name="selection_names_item"
        ),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="selection_confirmed_pair"),
        Index(
            "uq_selection_current",
            "project_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    outcome: str
    shortlist_item_id: str | None = None
    reason: str
    proposed_by: str
    proposed_at: datetime
    decision_date: date | None = None
    """決裁日."""
    decision_post: str = ""
    """職 of the decider."""
    decision_document: str = ""
    """文書番号."""
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    same_person: bool = False
    """Officer and approver were one person (allowed by the body's setting, and said in the record)."""
    withdrawn_at: datetime | None = None
    withdrawal_reason: str = ""
    """Why the project was reopened."""


class Evidence(SQLModel, table=True):
    """選定の記録一式 as it stood when the project closed: never changed afterwards."""

    __tablename__ = "evidence"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    document: str
    """Canonical JSON (sorted keys, no spaces, UTF-8)."""
    digest: str
    """SHA-256 of the document's bytes, hexadecimal."""
    frozen_at: datetime
