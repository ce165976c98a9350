"""Software and offers as the catalogue knows them. Both are *entries* with numbered revisions of their answers."""

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
    false,
    text,
)
from sqlmodel import Field, SQLModel

from app.listings.lifecycle import ENTRY, REVISION, SELLER

_OPEN = "status IN ('draft', 'submitted', 'in_review', 'returned')"


class Entry(SQLModel, table=True):
    """A software (by its developer) or an offer on one (by the developer or an authorised seller).

    Whether it is visible is never stored: `listings.repository.visible` decides by statuses, agreements,
    authorisations and dates.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("kind IN ('software', 'offer')", name="entry_kind"),
        CheckConstraint("(kind = 'offer') = (software_id IS NOT NULL)", name="entry_offer_names_software"),
        CheckConstraint(ENTRY.check_sql(), name="entry_status"),
        UniqueConstraint("id", "kind"),
        ForeignKeyConstraint(
            ["software_id", "software_kind"], ["entry.id", "entry.kind"], name="fk_entry_software"
        ),
        CheckConstraint("software_kind IS NULL OR software_kind = 'software'", name="entry_software_kind"),
        CheckConstraint("(software_id IS NULL) = (software_kind IS NULL)", name="entry_software_pair"),
        # A vendor's own number names one entry of a kind; most entries have none.
        Index("uq_entry_vendor_key", "owner_id", "kind", "vendor_key", unique=True),
    )

    id: str = Field(primary_key=True)
    kind: str
    owner_id: str = Field(foreign_key="organisation.id", index=True)
    """The developer of a software, the seller of an offer."""
    software_id: str | None = Field(default=None, index=True)
    software_kind: str | None = None
    status: str = Field(default="unpublished", index=True)
    published_revision_id: str | None = Field(default=None, index=True)
    """The live revision (no foreign key: the two tables name each other; the service keeps it)."""
    published_at: datetime | None = None
    last_day: date | None = None
    """Of a retired entry: the last day on which it is in the catalogue."""
    ended_on: date | None = None
    """The day it left the catalogue; of a retired entry set by the sweep once its last day has passed."""
    end_note: str = ""
    """Public note of the Agency, shown with 410."""
    end_reason: str = ""
    """Why it was suspended or withdrawn; for the owner and the Agency."""
    status_before: str | None = None
    """What a suspended entry was, and becomes again when the suspension ends."""
    created_at: datetime
    created_by: str
    vendor_key: str | None = None
    """What the vendor calls it in its own books (自社管理番号); names it in bulk imports. Never shown to others."""
    last_number: int = 0
    """Number of the newest revision."""


class Revision(SQLModel, table=True):
    """One numbered revision: a JSON document of answers with the schema version that it was made under."""

    __tablename__ = "revision"
    __table_args__ = (
        CheckConstraint(REVISION.check_sql(), name="revision_status"),
        UniqueConstraint("entry_id", "number"),
        UniqueConstraint("id", "entry_id"),
        # One revision at a time is in the making.
        Index(
            "uq_revision_open",
            "entry_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )

    id: str = Field(primary_key=True)
    entry_id: str = Field(foreign_key="entry.id", index=True)
    number: int
    status: str = Field(default="draft", index=True)
    answers: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    schema_version: int
    content_hash: str
    """SHA-256 of the canonical JSON of answers and schema version."""
    version: int = 1
    """Grows with every edit: the ETag."""
    created_at: datetime
    created_by: str
    updated_at: datetime
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    decided_at: datetime | None = None
    published_at: datetime | None = None
    replaced_at: datetime | None = None
    self_published: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether it went public without a review (軽微 changes only)."""
    revoked_at: datetime | None = None
    """When it was taken back as published in error."""
    revocation_note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Public note on why it was taken back."""
    revocation_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Why it was taken back, in words for the owner."""


class SellerAuthorisation(SQLModel, table=True):
    """A developer lets another firm sell its software; the seller accepts; either ends it."""

    __tablename__ = "seller_authorisation"
    __table_args__ = (
        CheckConstraint(SELLER.check_sql(), name="seller_status"),
        Index(
            "uq_seller_current",
            "software_id",
            "seller_id",
            unique=True,
            sqlite_where=text("status <> 'ended'"),
            postgresql_where=text("status <> 'ended'"),
        ),
    )

    id: str = Field(primary_key=True)
    software_id: str = Field(foreign_key="entry.id", index=True)
    seller_id: str = Field(foreign_key="organisation.id", index=True)
    status: str = "offered"
    ends_on: date | None = None
    """The last day on which the offers stay in the catalogue, when an end was announced."""
    created_at: datetime
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    left_on: date | None = None
    """The day on which the sweep recorded that the offers left the catalogue."""


class FeedPlace(SQLModel, table=True):
    """Where an entry stands in the change feed: the number of its newest change. One row for each ever published.

    Numbers only grow and are given by one hand after commit, so whoever has read up to a number has missed nothing.
    """

    __tablename__ = "feed_place"
    __table_args__ = (Index("ix_feed_place_kind", "kind", "number"),)

    entry_id: str = Field(primary_key=True)
    """No foreign key: checking it would make the one who numbers wait for every writer that holds the entry."""
    kind: str
    number: int = Field(unique=True, sa_type=BigInteger)
    numbered_at: datetime
