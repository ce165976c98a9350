"""検収: what was delivered in a period, whether it was accepted, and by when it has to be inspected and paid."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from app.procurement.lifecycle import INSPECTION


class Inspection(SQLModel, table=True):
    """The record of one period of a contract (recorded here or imported). No ledger: what was paid is not kept."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint(INSPECTION.check_sql(), name="inspection_status"),
        CheckConstraint("(contract_id IS NULL) <> (imported_id IS NULL)", name="inspection_contract"),
        CheckConstraint("period_to >= period_from", name="inspection_period"),
    )

    id: str = Field(primary_key=True)
    contract_id: str | None = Field(default=None, foreign_key="contract.id", index=True)
    imported_id: str | None = Field(default=None, foreign_key="imported_contract.id", index=True)
    buyer_id: str = Field(foreign_key="organisation.id", index=True)
    period_from: date
    period_to: date
    usage: str = ""
    """利用の実績, in the body's words."""
    service_level: str = ""
    """The level that was reached, in the body's words."""
    level_met: str = "not_agreed"
    """met, missed, not_agreed."""
    delivered_on: date
    """The day on which the body was told that the delivery is complete (給付の終了の通知を受けた日)."""
    inspection_due: date = Field(index=True)
    status: str = Field(default="recorded", index=True)
    inspected_on: date | None = None
    inspector: str = ""
    """職・氏名 of who inspected, as the 検査調書 says."""
    reason: str = ""
    """Of the latest decision; a rejection always has one."""
    invoice_received_on: date | None = None
    payment_due: date | None = Field(default=None, index=True)
    rule: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The rule by which the days were counted: as `payment_rules.DueRule`."""
    rounds: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Every decision so far: {delivered_on, inspection_due, inspected_on, inspector, outcome, reason, at, by}."""
    inspection_reminded: date | None = None
    """The due date that people were reminded of: each only once."""
    payment_reminded: date | None = None
    recorded_by: str
    recorded_at: datetime
    version: int = 1
