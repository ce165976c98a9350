"""Individual contracts (個別契約), their versions and the answers to them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.procurement.lifecycle import CONTRACT


class Contract(SQLModel, table=True):
    """個別契約 between a body and a vendor, on one offer's revision. Listing changes never alter it."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint(CONTRACT.check_sql(), name="contract_status"),
        UniqueConstraint("buyer_id", "number"),
        # The project is the buyer's, the item is what that project selected, and the revisions are the item's.
        ForeignKeyConstraint(["project_id", "buyer_id"], ["project.id", "project.organisation_id"]),
        ForeignKeyConstraint(
            ["selection_id", "project_id", "shortlist_item_id"],
            ["selection.id", "selection.project_id", "selection.shortlist_item_id"],
        ),
        ForeignKeyConstraint(
            ["shortlist_item_id", "project_id", "software_revision_id", "offer_revision_id"],
            [
                "shortlist_item.id",
                "shortlist_item.project_id",
                "shortlist_item.software_revision_id",
                "shortlist_item.offer_revision_id",
            ],
        ),
        ForeignKeyConstraint(["software_revision_id", "software_id"], ["revision.id", "revision.entry_id"]),
        ForeignKeyConstraint(["offer_revision_id", "offer_id"], ["revision.id", "revision.entry_id"]),
    )

    id: str = Field(primary_key=True)
    number: str
    """契約番号 as the body gives it."""
    project_id: str = Field(index=True)
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
    approved_by: str | None = None
    """The buyer's approver who confirmed the current version; the vendor's answer does not wait for it."""
    approved_at: datetime | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer_due: date
    """Ten working days after recording; past it, an unanswered contract shows as 未確認 and stays valid."""
    dispute_reason: str = ""
    """Of the vendor's standing dispute."""
    ended_on: date | None = None
    end_reason: str = ""
    publish_summary: bool = False


class ContractVersion(SQLModel, table=True):
    """The terms as first recorded, or as amended."""

    __tablename__ = "contract_version"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("ends_on >= starts_on", name="contract_term"),
        CheckConstraint("total >= 0 AND total <= 1000000000000", name="contract_total"),
        CheckConstraint("subtotal + tax = total", name="contract_sum"),
        CheckConstraint(
            "rounding_place IN ('line', 'month', 'invoice', 'contract')", name="contract_rounding_place"
        ),
        CheckConstraint(
            "billing_cycle IN ('once', 'monthly', 'quarterly', 'half_yearly', 'yearly')",
            name="contract_billing_cycle",
        ),
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
    """[{name, unit, unit_price, quantity (both decimal strings), tax_category, billing, payee, times, amount, tax}].

    `amount` (税抜) and `tax` are integer yen over the whole term; `tax` is null unless it is rounded by line. Lines
    recorded before there was `billing` are charged once, their quantity being the whole term's; without
    `payee`, the vendor's.
    """
    billing_cycle: str = "once"
    rounding_place: str = "contract"
    rounding_mode: str = "floor"
    subtotal: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Yen, 税抜. This, the tax and the total are the sums of the vendor's invoices."""
    tax: int = Field(sa_column=Column(BigInteger, nullable=False))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Yen, 税込."""
    other_payments: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, server_default="[]", nullable=False)
    )
    """ほかに支払うもの: [{payee, subtotal, tax, total}] in yen, beside the contract's total."""
    fiscal: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    """The fiscal form, its limits by fiscal year and the budget's items, as `fiscal.FiscalIn`; None: not stated."""
    reason: str = ""
    """Of an amendment."""
    recorded_by: str
    recorded_at: datetime


class ContractAnswer(SQLModel, table=True):
    """One answer to one version: the vendor's confirmation or dispute, or the buyer's approver's confirmation."""

    __tablename__ = "contract_answer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "version_number"], ["contract_version.contract_id", "contract_version.number"]
        ),
        CheckConstraint("side IN ('buyer', 'vendor')", name="contract_answer_side"),
        CheckConstraint("answer IN ('confirmed', 'disputed')", name="contract_answer_kind"),
        CheckConstraint("side = 'vendor' OR answer = 'confirmed'", name="contract_answer_buyer_confirms"),
    )

    id: str = Field(primary_key=True)
    contract_id: str = Field(index=True)
    version_number: int
    side: str
    answer: str
    reason: str = ""
    same_person: bool = False
    """The buyer's approver had recorded this version (allowed by the body's setting)."""
    answered_by: str
    answered_at: datetime
