"""Contracts as each side reads them: frozen views, so that nothing of a deliberation slips to the other side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlmodel import Session

from app.listings import service as listings
from app.procurement import repository
from app.procurement.contract_money import (
    BillingCycle,
    Invoice,
    PayeeSum,
    PriceLine,
    RoundingPlace,
    Totals,
    compute,
)
from app.procurement.fiscal import YearSum, year_sums
from app.procurement.lifecycle import CONTRACT
from app.procurement.models import Contract, ContractVersion
from app.procurement.policies import Side
from app.procurement.precedence_views import PrecedenceView, precedence
from catalogue_schema.money import Rounding


@dataclass(frozen=True)
class ContractCard:
    """The registered facts: parties, listing, term, sums, state."""

    id: str
    number: str
    title: str
    status: str
    version: int
    unanswered: bool
    """No answer within ten working days (未確認), also of a contract that has ended since; it is valid all the same."""
    answer_due: date | None
    """None, as everything else that follows from a selection, for an imported contract."""
    buyer_id: str
    buyer_name: str
    vendor_id: str | None
    """None: a vendor who is not known here."""
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
    """What the vendor is paid, 税込; `other_payments` come beside it."""
    other_payments: tuple[PayeeSum, ...]
    recorded_at: datetime
    approved_at: datetime | None
    answered_at: datetime | None
    ended_on: date | None
    publish_summary: bool
    imported: bool = False
    """取り込んだ契約: from before, by a file, with no selection behind it."""
    vendor_number: str = ""
    """法人番号 as an imported contract gives it."""


@dataclass(frozen=True)
class VersionView:
    """One version's terms."""

    number: int
    title: str
    starts_on: date
    ends_on: date
    concluded_on: date
    lines: Sequence[dict[str, Any]]
    billing_cycle: str
    rounding_place: str
    rounding_mode: str
    subtotal: int
    tax: int
    total: int
    other_payments: tuple[PayeeSum, ...]
    invoices: tuple[Invoice, ...]
    tax_at_once: int
    """The tax had it been rounded once for the whole contract."""
    fiscal: Mapping[str, Any] | None
    """As `fiscal.FiscalIn`; None: not stated."""
    year_sums: tuple[YearSum, ...]
    reason: str
    recorded_at: datetime


@dataclass(frozen=True)
class AnswerView:
    """One answer to one version."""

    version: int
    side: str
    answer: str
    reason: str
    same_person: bool
    answered_at: datetime


@dataclass(frozen=True)
class ContractView:
    """A contract as one side reads it. `project_id` and the buyer's marks only for the buyer and auditors."""

    card: ContractCard
    side: Side
    project_id: str | None
    versions: tuple[VersionView, ...]
    answers: tuple[AnswerView, ...]
    dispute_reason: str
    end_reason: str
    software: listings.PinnedRevision
    offer: listings.PinnedRevision
    verbs: tuple[str, ...]
    """What the present status allows."""
    precedence: PrecedenceView

    @property
    def current(self) -> VersionView:
        """The version in force."""
        return next(version for version in self.versions if version.number == self.card.version)


@dataclass(frozen=True)
class PublishedSummary:
    """What the public reads of a contract whose buyer publishes it."""

    buyer_id: str
    buyer_name: str
    vendor_name: str
    software_name: str
    offer_name: str
    starts_on: date
    ends_on: date
    concluded_on: date
    total: int
    """What the vendor is paid, 税込."""
    other_payments: tuple[PayeeSum, ...]
    ended_on: date | None


def cards(session: Session, rows: Sequence[Contract], today: date) -> list[ContractCard]:
    """Cards in the order of the rows, by three queries however many there are."""
    if not rows:
        return []
    versions = repository.current_versions(session, rows)
    ids = [id_ for row in rows for id_ in (row.software_revision_id, row.offer_revision_id)]
    pinned = repository.revisions(session, ids)
    names = repository.organisation_names(
        session, [id_ for row in rows for id_ in (row.buyer_id, row.vendor_id)]
    )
    found = []
    for row in rows:
        version = versions[row.id]
        software, offer = pinned[row.software_revision_id][1], pinned[row.offer_revision_id][1]
        found.append(
            ContractCard(
                id=row.id,
                number=row.number,
                title=version.title,
                status=row.status,
                version=row.current_version,
                unanswered=row.answered_at is None and today > row.answer_due,
                answer_due=row.answer_due,
                buyer_id=row.buyer_id,
                buyer_name=names.get(row.buyer_id, ""),
                vendor_id=row.vendor_id,
                vendor_name=names.get(row.vendor_id, ""),
                software_id=row.software_id,
                software_name=str(software.answers.get("name", "")),
                software_revision_number=software.number,
                offer_id=row.offer_id,
                offer_name=str(offer.answers.get("name", "")),
                offer_revision_number=offer.number,
                starts_on=version.starts_on,
                ends_on=version.ends_on,
                concluded_on=version.concluded_on,
                subtotal=version.subtotal,
                tax=version.tax,
                total=version.total,
                other_payments=_others(version),
                recorded_at=row.recorded_at,
                approved_at=row.approved_at,
                answered_at=row.answered_at,
                ended_on=row.ended_on,
                publish_summary=row.publish_summary,
            )
        )
    return found


def view(session: Session, row: Contract, side: Side, today: date) -> ContractView:
    """The contract for one side (not `facts`: the Agency reads cards)."""
    inside = side in ("buyer", "auditor")
    return ContractView(
        card=cards(session, [row], today)[0],
        side=side,
        project_id=row.project_id if inside else None,
        versions=tuple(_version(version) for version in repository.versions(session, row.id)),
        answers=tuple(
            AnswerView(a.version_number, a.side, a.answer, a.reason, a.same_person and inside, a.answered_at)
            for a in repository.contract_answers(session, row.id)
        ),
        dispute_reason=row.dispute_reason,
        end_reason=row.end_reason,
        software=listings.revision_for_buyer(session, row.software_revision_id),
        offer=listings.revision_for_buyer(session, row.offer_revision_id),
        verbs=CONTRACT.allowed(row.status),
        precedence=precedence(session, row),
    )


def summary(card: ContractCard) -> PublishedSummary:
    """What of a card the public may read."""
    return PublishedSummary(
        buyer_id=card.buyer_id,
        buyer_name=card.buyer_name,
        vendor_name=card.vendor_name,
        software_name=card.software_name,
        offer_name=card.offer_name,
        starts_on=card.starts_on,
        ends_on=card.ends_on,
        concluded_on=card.concluded_on,
        total=card.total,
        other_payments=card.other_payments,
        ended_on=card.ended_on,
    )


def _others(row: ContractVersion) -> tuple[PayeeSum, ...]:
    return tuple(PayeeSum(**other) for other in row.other_payments)


def invoices_of(row: ContractVersion) -> tuple[Invoice, ...]:
    """The invoices of a version."""
    return _totals(row, _lines(row)).invoices


def _lines(row: ContractVersion) -> list[dict[str, Any]]:
    return [{"billing": "once", "times": 1, "payee": "vendor", **line} for line in row.lines]


def _totals(row: ContractVersion, lines: Sequence[Mapping[str, Any]]) -> Totals:
    return compute(
        [
            PriceLine(
                line["name"],
                line["unit"],
                Decimal(line["unit_price"]),
                Decimal(line["quantity"]),
                line["tax_category"],
                line["billing"],
                line["payee"],
            )
            for line in lines
        ],
        row.starts_on,
        row.ends_on,
        cast(BillingCycle, row.billing_cycle),
        cast(RoundingPlace, row.rounding_place),
        cast(Rounding, row.rounding_mode),
    )


def _version(row: ContractVersion) -> VersionView:
    lines = _lines(row)
    totals = _totals(row, lines)
    return VersionView(
        number=row.number,
        title=row.title,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        concluded_on=row.concluded_on,
        lines=lines,
        billing_cycle=row.billing_cycle,
        rounding_place=row.rounding_place,
        rounding_mode=row.rounding_mode,
        subtotal=row.subtotal,
        tax=row.tax,
        total=row.total,
        other_payments=_others(row),
        invoices=totals.invoices,
        tax_at_once=totals.tax_at_once,
        fiscal=row.fiscal,
        year_sums=year_sums(
            totals.invoices,
            row.starts_on,
            row.ends_on,
            {limit["fiscal_year"]: limit["amount"] for limit in (row.fiscal or {}).get("limits", ())},
        ),
        reason=row.reason,
        recorded_at=row.recorded_at,
    )
