"""How often a listing was looked at, by week."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel


class ListingCount(SQLModel, table=True):
    """One sum. Who looked is not kept: neither a person, nor an organisation, nor an address."""

    __tablename__ = "listing_count"
    __table_args__ = (
        CheckConstraint("kind IN ('seen', 'compared')", name="listing_count_kind"),
        CheckConstraint("count > 0", name="listing_count_positive"),
    )

    entry_id: str = Field(primary_key=True, foreign_key="entry.id")
    week: date = Field(primary_key=True)
    """The Monday with which it begins, in Japan."""
    kind: str = Field(primary_key=True)
    count: int
