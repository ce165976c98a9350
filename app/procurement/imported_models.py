"""Contracts that a body had before it came: imported from a file, with no selection behind them (取り込んだ契約)."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel

from app.procurement.lifecycle import IMPORTED_CONTRACT


class ImportedContract(SQLModel, table=True):
    """One such contract. A table of its own, because what a `Contract` rests on (project, selection, revisions) is not
    there; its ids are those of contracts, so that both stand in one list in the order in which they came.
    """

    __tablename__ = "imported_contract"
    __table_args__ = (
        CheckConstraint(IMPORTED_CONTRACT.check_sql(), name="imported_contract_status"),
        CheckConstraint("ends_on >= starts_on", name="imported_contract_term"),
        CheckConstraint("total >= 0 AND total <= 1000000000000", name="imported_contract_total"),
        Index(
            "uq_imported_contract_known",
            "buyer_id",
            "number",
            "party",
            unique=True,
            sqlite_where=text("status <> 'withdrawn'"),
            postgresql_where=text("status <> 'withdrawn'"),
        ),
    )

    id: str = Field(primary_key=True)
    buyer_id: str = Field(foreign_key="organisation.id", index=True)
    number: str
    """契約番号 as the body gives it."""
    party: str
    """By what the other party is recognised: its 法人番号, or its name where none is known."""
    vendor_id: str | None = Field(default=None, foreign_key="organisation.id", index=True)
    """The vendor of that 法人番号, where it is known here."""
    vendor_number: str = ""
    vendor_name: str
    software_id: str | None = Field(default=None, foreign_key="entry.id", index=True)
    software_name: str
    title: str
    business_areas: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Codes of the vocabulary `business_areas`."""
    starts_on: date
    ends_on: date = Field(index=True)
    concluded_on: date
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Yen, 税込."""
    publish_summary: bool = False
    note: str = ""
    status: str = Field(default="imported", index=True)
    job_id: str
    imported_by: str
    imported_at: datetime
    withdrawal_reason: str = ""
    withdrawn_at: datetime | None = None
