"""Inspections (検収) as they are read: of one contract by either side, and all of a body by their due dates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.errors import Forbidden, NotFound
from app.kit.pagination import Paging, paginate
from app.procurement import repository
from app.procurement.contract_subjects import ContractSubject, subject_of
from app.procurement.contract_views import invoices_of
from app.procurement.lifecycle import INSPECTION
from app.procurement.models import Contract, ImportedContract, Inspection
from app.procurement.practice import DueRule, practice_of


@dataclass(frozen=True)
class Round:
    """One decision on one delivery."""

    delivered_on: date
    inspection_due: date
    inspected_on: date
    inspector: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class InspectionView:
    """An inspection as a side reads it: the vendor reads all of it but who recorded it."""

    id: str
    contract_id: str
    period_from: date
    period_to: date
    usage: str
    service_level: str
    level_met: str
    delivered_on: date
    inspection_due: date
    status: str
    inspected_on: date | None
    inspector: str
    reason: str
    invoice_received_on: date | None
    payment_due: date | None
    invoice_total: int | None
    """Of the contract's invoice for just this period, in yen, 税込."""
    late: tuple[str, ...]
    rule: DueRule
    rounds: tuple[Round, ...]
    recorded_at: datetime
    verbs: tuple[str, ...]
    """What the present status allows; empty but for the buyer."""


@dataclass(frozen=True)
class Period:
    """A period that is still to be recorded: that of an invoice, with its sum in yen, 税込."""

    starts_on: date
    ends_on: date
    total: int


@dataclass(frozen=True)
class Inspections:
    """A contract's inspections, newest period first, and the invoices' periods without one (`vendor`: none)."""

    subject: ContractSubject
    rows: tuple[InspectionView, ...]
    open_periods: tuple[Period, ...]
    rule: DueRule


@dataclass(frozen=True)
class DueInspection:
    """One line of a body's list: which contract and period, and what is due when."""

    id: str
    contract_id: str
    contract_number: str
    period_from: date
    period_to: date
    status: str
    inspection_due: date
    payment_due: date | None
    late: tuple[str, ...]


def inspections_of(session: Session, actor: Actor, clock: Clock, contract_id: str) -> Inspections:
    """All of a contract. Raises NotFound."""
    subject = subject_of(session, actor, contract_id)
    rows = rows_of(session, subject)
    totals = _invoice_totals(session, subject)
    known = {(row.period_from, row.period_to) for row in rows}
    waiting = [Period(*period, total) for period, total in totals.items() if period not in known]
    return Inspections(
        subject=subject,
        rows=tuple(_view(row, subject, totals, clock.today()) for row in rows),
        open_periods=tuple(waiting) if subject.side != "vendor" else (),
        rule=practice_of(session, subject.buyer_id, clock.today()).rule,
    )


def inspection_of(session: Session, actor: Actor, clock: Clock, inspection_id: str) -> InspectionView:
    """One inspection of a contract that the actor reads. Raises NotFound."""
    row = session.get(Inspection, inspection_id)
    if row is None:
        raise NotFound("この検収の記録は見つかりません。")
    subject = subject_of(session, actor, row.contract_id or row.imported_id or "")
    return _view(row, subject, _invoice_totals(session, subject), clock.today())


def late_of(session: Session, actor: Actor, clock: Clock, contract_id: str) -> tuple[str, ...]:
    """What of a contract is past its due date: inspection, payment. Raises NotFound."""
    rows = rows_of(session, subject_of(session, actor, contract_id))
    found = {what for row in rows for what in _late(row, clock.today())}
    return tuple(what for what in ("inspection", "payment") if what in found)


def inspections_of_body(
    session: Session, actor: Actor, clock: Clock, paging: Paging
) -> tuple[list[DueInspection], str | None]:
    """One page of all inspections of the actor's body, newest first. Raises Forbidden for who has none."""
    if not actor.may(Permission.CONTRACT_WRITE) or actor.organisation_id is None:
        raise Forbidden("検収の一覧を読めるのは、団体の担当者または承認者です。")
    statement = select(Inspection).where(col(Inspection.buyer_id) == actor.organisation_id)
    rows, following = paginate(session, statement, Inspection, paging)
    numbers: dict[str, str] = {}
    for model in (Contract, ImportedContract):
        ids = {row.contract_id or row.imported_id for row in rows}
        numbers |= {
            row[0]: row[1]
            for row in session.exec(
                select(col(model.id), col(model.number)).where(col(model.id).in_(ids))
            ).all()
        }
    found = []
    for row in rows:
        contract_id = row.contract_id or row.imported_id or ""
        found.append(
            DueInspection(
                row.id,
                contract_id,
                numbers.get(contract_id, ""),
                row.period_from,
                row.period_to,
                row.status,
                row.inspection_due,
                row.payment_due,
                _late(row, clock.today()),
            )
        )
    return found, following


def rows_of(session: Session, subject: ContractSubject) -> Sequence[Inspection]:
    """A contract's inspections, newest period first."""
    return session.exec(
        select(Inspection)
        .where(or_(col(Inspection.contract_id) == subject.id, col(Inspection.imported_id) == subject.id))
        .order_by(col(Inspection.period_from).desc(), col(Inspection.id).desc())
    ).all()


def _invoice_totals(session: Session, subject: ContractSubject) -> dict[tuple[date, date], int]:
    """The invoices of the version in force by their periods; none for an imported contract."""
    if subject.contract_id is None:
        return {}
    version = repository.versions(session, subject.contract_id)[-1]
    return {
        (invoice.period.starts_on, invoice.period.ends_on): invoice.total for invoice in invoices_of(version)
    }


def _view(
    row: Inspection, subject: ContractSubject, totals: dict[tuple[date, date], int], today: date
) -> InspectionView:
    verbs: tuple[str, ...] = ()
    if subject.side == "buyer":
        verbs = INSPECTION.allowed(row.status) + (("invoice",) if row.status == "accepted" else ())
    return InspectionView(
        id=row.id,
        contract_id=subject.id,
        period_from=row.period_from,
        period_to=row.period_to,
        usage=row.usage,
        service_level=row.service_level,
        level_met=row.level_met,
        delivered_on=row.delivered_on,
        inspection_due=row.inspection_due,
        status=row.status,
        inspected_on=row.inspected_on,
        inspector=row.inspector,
        reason=row.reason,
        invoice_received_on=row.invoice_received_on,
        payment_due=row.payment_due,
        invoice_total=totals.get((row.period_from, row.period_to)),
        late=_late(row, today),
        rule=DueRule(**row.rule),
        rounds=tuple(_round(taken) for taken in row.rounds),
        recorded_at=row.recorded_at,
        verbs=verbs,
    )


def _round(taken: dict[str, Any]) -> Round:
    day: Callable[[str], date] = date.fromisoformat
    return Round(
        day(taken["delivered_on"]),
        day(taken["inspection_due"]),
        day(taken["inspected_on"]),
        taken["inspector"],
        taken["outcome"],
        taken["reason"],
    )


def _late(row: Inspection, today: date) -> tuple[str, ...]:
    late = []
    if row.status == "recorded" and today > row.inspection_due:
        late.append("inspection")
    if row.payment_due is not None and today > row.payment_due:
        late.append("payment")
    return tuple(late)
