"""What the API answers for individual contracts, by side."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, field_validator

from app.procurement.contract_money import Invoice
from app.procurement.contract_views import ContractCard, ContractView, PublishedSummary
from app.procurement.precedence_schemas import ContractTermsOut
from app.procurement.project_outputs import PinnedOut, pinned_out


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PayeeSumOut(_Out):
    """ほかに支払うもの: what one payee other than the vendor (state, network, own_staff, other) gets. Whole yen."""

    payee: str
    subtotal: int
    tax: int
    total: int


class ContractListed(_Out):
    """The registered facts of a contract. `unanswered` (未確認): no answer in ten working days, valid all the same.

    `total` is what the vendor is paid; `other_payments` come beside it. `imported`: taken in from a file,
    with no selection behind it (see `/contracts/imported/{id}`); what follows from a selection is null.
    """

    id: str
    number: str
    title: str
    status: str
    version: int
    unanswered: bool
    answer_due: date | None
    buyer_id: str
    buyer_name: str
    vendor_id: str | None
    vendor_name: str
    software_id: str | None
    software_name: str
    software_revision_number: int | None
    offer_id: str | None
    offer_name: str
    offer_revision_number: int | None
    starts_on: date
    ends_on: date
    concluded_on: date
    subtotal: int | None
    tax: int | None
    total: int
    other_payments: list[PayeeSumOut]
    recorded_at: datetime
    approved_at: datetime | None
    answered_at: datetime | None
    ended_on: date | None
    publish_summary: bool
    imported: bool
    vendor_number: str


class ContractLine(BaseModel):
    """One price line: `amount` is of the whole term, charged `times` times. `tax` is null unless rounded by line."""

    name: str
    unit: str
    unit_price: str
    quantity: str
    tax_category: str
    billing: str
    payee: str
    times: int
    amount: int
    tax: int | None


class InvoiceOut(BaseModel):
    """One invoice of the term, in whole yen."""

    starts_on: date
    ends_on: date
    subtotal: int
    tax: int
    total: int


class LimitOut(BaseModel):
    """支払限度額 of one fiscal year, in yen, 税込."""

    fiscal_year: int
    amount: int


class BudgetOut(BaseModel):
    """予算科目: 款, 項, 目, 節."""

    chapter: str
    section: str
    item: str
    detail: str


class FiscalOut(BaseModel):
    """会計年度の形式, with what it rests on."""

    form: str
    ordinance: str
    most_years: int | None
    budget_clause: str
    resolved_on: date | None
    matter: str
    from_year: int | None
    to_year: int | None
    ceiling: int | None
    limits: list[LimitOut]
    budget: BudgetOut


class YearSumOut(_Out):
    """What is invoiced in one fiscal year (that in which the invoice's period ends), and its limit. Yen, 税込."""

    fiscal_year: int
    invoiced: int
    limit: int | None


class ContractVersionOut(_Out):
    """One version's terms. The sums are those of the invoices; `tax_at_once` is for comparison: the tax had it been
    rounded once for the whole contract. `fiscal` null: the fiscal form is not stated.
    """

    number: int
    title: str
    starts_on: date
    ends_on: date
    concluded_on: date
    lines: list[ContractLine]
    billing_cycle: str
    rounding_place: str
    rounding_mode: str
    invoices: list[InvoiceOut]
    subtotal: int
    tax: int
    total: int
    other_payments: list[PayeeSumOut]
    tax_at_once: int
    fiscal: FiscalOut | None
    year_sums: list[YearSumOut]
    reason: str
    recorded_at: datetime

    @field_validator("invoices", mode="before")
    @classmethod
    def _flat(cls, found: Sequence[Invoice]) -> list[InvoiceOut]:
        return [
            InvoiceOut(
                starts_on=invoice.period.starts_on,
                ends_on=invoice.period.ends_on,
                subtotal=invoice.subtotal,
                tax=invoice.tax,
                total=invoice.total,
            )
            for invoice in found
        ]


class ContractAnswerOut(_Out):
    """One answer to one version."""

    version: int
    side: str
    answer: str
    reason: str
    answered_at: datetime


class ContractOut(ContractListed):
    """A contract as its parties and auditors read it; the Agency gets the registered facts with `versions` null."""

    project_id: str | None = None
    versions: list[ContractVersionOut] | None = None
    answers: list[ContractAnswerOut] | None = None
    dispute_reason: str | None = None
    end_reason: str | None = None
    software: PinnedOut | None = None
    offer: PinnedOut | None = None
    verbs: list[str] = []
    terms: ContractTermsOut | None = None


class SummaryOut(_Out):
    """What a buyer publishes about a contract. `total` is what the vendor is paid (税込), `other_payments` the rest."""

    buyer_id: str
    buyer_name: str
    vendor_name: str
    software_name: str
    offer_name: str
    starts_on: date
    ends_on: date
    concluded_on: date
    total: int
    other_payments: list[PayeeSumOut]
    ended_on: date | None


def contract_out(found: ContractView | ContractCard) -> ContractOut:
    """The contract for the side that reads it."""
    if isinstance(found, ContractCard):
        return ContractOut(**ContractListed.model_validate(found).model_dump())
    return ContractOut(
        **ContractListed.model_validate(found.card).model_dump(),
        project_id=found.project_id,
        versions=[ContractVersionOut.model_validate(version) for version in found.versions],
        answers=[ContractAnswerOut.model_validate(answer) for answer in found.answers],
        dispute_reason=found.dispute_reason,
        end_reason=found.end_reason,
        software=pinned_out(found.software),
        offer=pinned_out(found.offer),
        verbs=list(found.verbs),
        terms=ContractTermsOut.model_validate(found.precedence),
    )


def listed_out(card: ContractCard) -> ContractListed:
    """A contract in a list."""
    return ContractListed.model_validate(card)


def summary_out(summary: PublishedSummary) -> SummaryOut:
    """A published summary."""
    return SummaryOut.model_validate(summary)
