"""Procurement projects with their evidence (選定の記録一式), and individual contracts (個別契約)."""

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

from app.procurement.lifecycle import CONTRACT, PROJECT


class Project(SQLModel, table=True):
    """案件: one body's way from a need to a decision."""

    __tablename__ = "project"
    __table_args__ = (CheckConstraint(PROJECT.check_sql(), name="project_status"),)

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
    status: str = Field(default="assessing", index=True)
    outcome_reason: str = ""
    officer_id: str
    """Person who keeps the project."""
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
    """The public search's parameters: {q, filters: {facet: [values]}, sort, rotation}."""
    sentence: str
    engine: str
    generation: str
    degraded: bool = False
    as_of: datetime
    total: int
    created_by: str
    locked_at: datetime | None = None


class SavedSearchResult(SQLModel, table=True):
    """One hit of a saved search, pinned to the revision that the database had."""

    __tablename__ = "saved_search_result"
    __table_args__ = (
        UniqueConstraint("search_id", "position"),
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


class Condition(SQLModel, table=True):
    """What the body asks for: a catalogue_schema field and the wanted value."""

    __tablename__ = "condition"

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    subject: str = "software"
    field: str
    operator: str
    """includes, equals, at_least, at_most, answered."""
    wanted: Any = Field(sa_column=Column(JSON, nullable=True))
    note: str = ""
    position: int
    created_by: str
    created_at: datetime


class ShortlistItem(SQLModel, table=True):
    """候補: one software revision, and at the latest at selection one offer revision."""

    __tablename__ = "shortlist_item"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        UniqueConstraint("project_id", "software_revision_id", "offer_revision_id", "id"),
        ForeignKeyConstraint(["software_revision_id", "software_id"], ["revision.id", "revision.entry_id"]),
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

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    condition_id: str | None = Field(default=None, foreign_key="condition.id")
    """The condition that all of the group fail; none for a single exclusion."""
    reason: str
    created_by: str
    created_at: datetime
    withdrawn_at: datetime | None = None


class ExclusionItem(SQLModel, table=True):
    """A result of the locked search that the exclusion covers."""

    __tablename__ = "exclusion_item"
    __table_args__ = (
        ForeignKeyConstraint(
            ["search_id", "entry_id"], ["saved_search_result.search_id", "saved_search_result.entry_id"]
        ),
    )

    exclusion_id: str = Field(primary_key=True, foreign_key="exclusion.id")
    entry_id: str = Field(primary_key=True)
    search_id: str


class Selection(SQLModel, table=True):
    """選定: the officer's proposal and the approver's confirmation with the body's own decision (決裁)."""

    __tablename__ = "selection"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        ForeignKeyConstraint(["shortlist_item_id", "project_id"], ["shortlist_item.id", "shortlist_item.project_id"]),
        CheckConstraint("outcome IN ('awarded', 'none_suitable')", name="selection_outcome"),
        CheckConstraint("(outcome = 'awarded') = (shortlist_item_id IS NOT NULL)", name="selection_names_item"),
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


class Contract(SQLModel, table=True):
    """個別契約 between a body and a vendor, on one offer's revision. Listing changes never alter it."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint(CONTRACT.check_sql(), name="contract_status"),
        UniqueConstraint("buyer_id", "number"),
        # The revision was in that project's shortlist, and the selection is that project's.
        ForeignKeyConstraint(["selection_id", "project_id"], ["selection.id", "selection.project_id"]),
        ForeignKeyConstraint(["shortlist_item_id", "project_id"], ["shortlist_item.id", "shortlist_item.project_id"]),
        ForeignKeyConstraint(["software_revision_id", "software_id"], ["revision.id", "revision.entry_id"]),
        ForeignKeyConstraint(["offer_revision_id", "offer_id"], ["revision.id", "revision.entry_id"]),
    )

    id: str = Field(primary_key=True)
    number: str
    """契約番号 as the body gives it."""
    project_id: str = Field(foreign_key="project.id", index=True)
    selection_id: str
    shortlist_item_id: str
    buyer_id: str = Field(foreign_key="organisation.id", index=True)
    vendor_id: str = Field(foreign_key="organisation.id", index=True)
    software_id: str
    software_revision_id: str
    offer_id: str
    offer_revision_id: str
    status: str = Field(default="recorded", index=True)
    current_version: int = 1
    recorded_by: str
    recorded_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer_due: date
    """Ten working days after recording; past it, an unanswered contract shows as 未確認 and stays valid."""
    dispute_reason: str = ""
    ended_on: date | None = None
    end_reason: str = ""
    publish_summary: bool = False


class ContractVersion(SQLModel, table=True):
    """The terms as first recorded, or as amended."""

    __tablename__ = "contract_version"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("ends_on >= starts_on", name="contract_term"),
        CheckConstraint("total >= 0", name="contract_total"),
        CheckConstraint("rounding_place IN ('line', 'total')", name="contract_rounding_place"),
        CheckConstraint("rounding_mode IN ('floor', 'round', 'ceil')", name="contract_rounding_mode"),
    )

    id: str = Field(primary_key=True)
    contract_id: str = Field(foreign_key="contract.id", index=True)
    number: int
    title: str
    starts_on: date
    ends_on: date
    concluded_on: date
    lines: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """[{name, unit, unit_price (decimal string, 税抜), quantity (decimal string), amount (integer yen, 税抜)}]."""
    rounding_place: str = "total"
    rounding_mode: str = "floor"
    subtotal: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Yen, 税抜."""
    tax: int = Field(sa_column=Column(BigInteger, nullable=False))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Yen, 税込."""
    reason: str = ""
    """Of an amendment."""
    recorded_by: str
    recorded_at: datetime
