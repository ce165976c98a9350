"""What a body looks at before it contracts (名簿登載, 指名停止, 暴排, 納税), and its own days for inspection."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, SQLModel


class ContractPractice(SQLModel, table=True):
    """How one body handles its contracts; a body without a row goes by the defaults of `contract_practice.toml`."""

    __tablename__ = "contract_practice"
    __table_args__ = (
        CheckConstraint("inspection_days BETWEEN 1 AND 10", name="contract_practice_inspection_days"),
        CheckConstraint("payment_days BETWEEN 1 AND 30", name="contract_practice_payment_days"),
    )

    organisation_id: str = Field(primary_key=True, foreign_key="organisation.id")
    items: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The template of the checklist, in order: {code, label, remedy}."""
    inspection_days: int
    payment_days: int
    counts_first_day: bool = False
    rule_source: str = ""
    """The body's own rule (財務規則 …); empty: the Act."""
    updated_by: str
    updated_at: datetime
    version: int = 1


class ChecklistEntry(SQLModel, table=True):
    """One answer to one item. Entries are only added; the newest of an item counts."""

    __tablename__ = "checklist_entry"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN project_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN contract_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN imported_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="checklist_entry_subject",
        ),
        CheckConstraint(
            "state IN ('confirmed', 'not_applicable', 'unchecked')", name="checklist_entry_state"
        ),
    )

    id: str = Field(primary_key=True)
    project_id: str | None = Field(default=None, foreign_key="project.id", index=True)
    contract_id: str | None = Field(default=None, foreign_key="contract.id", index=True)
    imported_id: str | None = Field(default=None, foreign_key="imported_contract.id", index=True)
    vendor_id: str | None = Field(default=None, foreign_key="organisation.id")
    """Whom it is about; None for the vendor of an imported contract who is not known here."""
    item: str
    label: str
    """As the item was called then."""
    state: str
    checked_on: date | None = None
    source: str = ""
    """What was looked at."""
    recorded_by: str
    recorded_at: datetime
