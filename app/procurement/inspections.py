"""検収: a period's delivery recorded, accepted or rejected, mended and inspected again; due dates and their reminders.

It is no ledger: what was paid, and when, is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, or_, select

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.kit.ids import new_id
from app.outbox.publish import publish
from app.procurement.contract_subjects import ContractSubject, own_subject
from app.procurement.inputs import day_faults
from app.procurement.inspection_schemas import (
    AcceptanceIn,
    InspectionIn,
    InvoiceReceiptIn,
    ReinspectionIn,
    RejectionIn,
)
from app.procurement.inspection_views import InspectionView, inspection_of, rows_of
from app.procurement.lifecycle import INSPECTION
from app.procurement.models import Inspection
from app.procurement.practice import DueRule, practice_of

EVENTS = {"accepted": "passed", "rejected": "not-passed"}
INSPECTION_NOTICE = timedelta(days=3)
PAYMENT_NOTICE = timedelta(days=7)
"""How long before a due date people are reminded of it, once."""


def record_inspection(
    session: Session, actor: Actor, clock: Clock, contract_id: str, given: InspectionIn
) -> InspectionView:
    """Record a period's delivery; the day by which to inspect it follows. Raises NotFound, Conflict, Invalid."""
    subject = own_subject(session, actor, contract_id)
    if not subject.open:
        raise Conflict("取り消した契約の検収は記録できません。")
    faults = _faults(clock, subject, rows_of(session, subject), given)
    if faults:
        raise Invalid(faults)
    rule = practice_of(session, subject.buyer_id, given.delivered_on).rule
    now = clock.now()
    row = Inspection(
        id=new_id("ins"),
        contract_id=subject.contract_id,
        imported_id=subject.imported_id,
        buyer_id=subject.buyer_id,
        **given.model_dump(),
        inspection_due=rule.inspection_due(given.delivered_on),
        rule=asdict(rule),
        recorded_by=actor.person_id or "",
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, actor, clock, row, "recorded", {"inspection_due": row.inspection_due.isoformat()})
    return inspection_of(session, actor, clock, row.id)


def accept(
    session: Session, actor: Actor, clock: Clock, inspection_id: str, given: AcceptanceIn
) -> InspectionView:
    """合格. Raises NotFound, TransitionRefused, Invalid."""
    return _decide(session, actor, clock, inspection_id, given, "acceptance")


def reject(
    session: Session, actor: Actor, clock: Clock, inspection_id: str, given: RejectionIn
) -> InspectionView:
    """不合格, with the reason. Raises NotFound, TransitionRefused, Invalid."""
    return _decide(session, actor, clock, inspection_id, given, "rejection")


def _decide(
    session: Session,
    actor: Actor,
    clock: Clock,
    inspection_id: str,
    given: AcceptanceIn | RejectionIn,
    verb: str,
) -> InspectionView:
    row = _own(session, actor, inspection_id)
    after = INSPECTION.require(verb, row.status)
    faults = _not_ahead(clock, "inspected_on", "検査の日", given.inspected_on)
    if given.inspected_on < row.delivered_on:
        faults.append(_before("inspected_on", "検査の日", "通知を受けた日", row.delivered_on))
    if faults:
        raise Invalid(faults)
    taken = {
        "delivered_on": row.delivered_on.isoformat(),
        "inspection_due": row.inspection_due.isoformat(),
        "inspected_on": given.inspected_on.isoformat(),
        "inspector": given.inspector,
        "outcome": after,
        "reason": given.reason,
    }
    INSPECTION.move(
        session,
        row,
        verb,
        inspected_on=given.inspected_on,
        inspector=given.inspector,
        reason=given.reason,
        rounds=[*row.rounds, taken],
        version=row.version + 1,
    )
    _note(session, actor, clock, row, EVENTS[after], {"inspected_on": given.inspected_on.isoformat()})
    publish(session, "notify.inspection-decided", row.id, at=clock.now())
    return inspection_of(session, actor, clock, row.id)


def inspect_again(
    session: Session, actor: Actor, clock: Clock, inspection_id: str, given: ReinspectionIn
) -> InspectionView:
    """What was rejected was mended: it waits for inspection again, with a new due date.

    Raises NotFound, TransitionRefused, Invalid.
    """
    row = _own(session, actor, inspection_id)
    INSPECTION.require("reinspection", row.status)
    faults = _not_ahead(clock, "delivered_on", "是正の通知を受けた日", given.delivered_on)
    if row.inspected_on and given.delivered_on < row.inspected_on:
        faults.append(_before("delivered_on", "是正の通知を受けた日", "不合格とした日", row.inspected_on))
    if faults:
        raise Invalid(faults)
    rule = practice_of(session, row.buyer_id, given.delivered_on).rule
    INSPECTION.move(
        session,
        row,
        "reinspection",
        delivered_on=given.delivered_on,
        inspection_due=rule.inspection_due(given.delivered_on),
        rule=asdict(rule),
        inspected_on=None,
        inspector="",
        reason="",
        version=row.version + 1,
    )
    _note(session, actor, clock, row, "reinspected", {"inspection_due": row.inspection_due.isoformat()})
    return inspection_of(session, actor, clock, row.id)


def receive_invoice(
    session: Session, actor: Actor, clock: Clock, inspection_id: str, given: InvoiceReceiptIn
) -> InspectionView:
    """A proper invoice came: the day by which to pay follows. It may be recorded anew, where another one came.

    Raises NotFound, Conflict before it was accepted, Invalid.
    """
    row = _own(session, actor, inspection_id)
    if row.status != "accepted" or row.inspected_on is None:
        raise Conflict(
            "請求書を受け取った日は、検査に合格した後に記録します。支払の期日は、検査の終了後の請求から数えます。",
            status=row.status,
        )
    faults = _not_ahead(clock, "received_on", "請求書を受け取った日", given.received_on)
    if given.received_on < row.period_from:
        faults.append(_before("received_on", "請求書を受け取った日", "期間の開始", row.period_from))
    if faults:
        raise Invalid(faults)
    row.invoice_received_on = given.received_on
    row.payment_due = DueRule(**row.rule).payment_due(given.received_on, row.inspected_on)
    row.version += 1
    session.add(row)
    session.flush()
    _note(session, actor, clock, row, "invoiced", {"payment_due": row.payment_due.isoformat()})
    return inspection_of(session, actor, clock, row.id)


def remind(session: Session, actor: Actor, clock: Clock) -> int:
    """Remind of what is due soon, once for each due date; how many (called by the hourly sweep)."""
    today = clock.today()
    waiting = session.exec(
        select(Inspection)
        .where(
            col(Inspection.status) == "recorded", col(Inspection.inspection_due) <= today + INSPECTION_NOTICE
        )
        .where(_not_reminded("inspection"))
        .order_by(col(Inspection.id))
    ).all()
    for row in waiting:
        row.inspection_reminded = row.inspection_due
        session.add(row)
        publish(session, "notify.inspection-due", row.id, at=clock.now())
    # A due date long past, recorded late, is no reminder any more; whether it was paid is not known here.
    payable = session.exec(
        select(Inspection)
        .where(
            col(Inspection.payment_due) <= today + PAYMENT_NOTICE,
            col(Inspection.payment_due) >= today - PAYMENT_NOTICE,
        )
        .where(_not_reminded("payment"))
        .order_by(col(Inspection.id))
    ).all()
    for row in payable:
        row.payment_reminded = row.payment_due
        session.add(row)
        publish(session, "notify.payment-due", row.id, at=clock.now())
    session.flush()
    return len(waiting) + len(payable)


def _not_reminded(what: str) -> Any:
    reminded, due = getattr(Inspection, f"{what}_reminded"), getattr(Inspection, f"{what}_due")
    return or_(col(reminded).is_(None), col(reminded) != col(due))


def _own(session: Session, actor: Actor, inspection_id: str) -> Inspection:
    row = session.get(Inspection, inspection_id, with_for_update=True, populate_existing=True)
    if row is None or not actor.acts_for(row.buyer_id):
        raise NotFound("この検収の記録は見つかりません。")
    return row


def _faults(
    clock: Clock, subject: ContractSubject, rows: Sequence[Inspection], given: InspectionIn
) -> list[FieldFault]:
    faults = _not_ahead(clock, "delivered_on", "給付の終了の通知を受けた日", given.delivered_on)
    term = f"契約の期間は {subject.starts_on} から {subject.ends_on} までです。"
    if given.period_to < given.period_from:
        faults.append(_before("period_to", "期間（終了）", "開始の日", given.period_from))
    elif given.period_from < subject.starts_on or given.period_to > subject.ends_on:
        name = "period_from" if given.period_from < subject.starts_on else "period_to"
        faults.append(FieldFault(f"/{name}", "outside_term", "「期間」：契約の期間の外です。", term))
    if given.delivered_on < given.period_from:
        faults.append(_before("delivered_on", "給付の終了の通知を受けた日", "期間の開始", given.period_from))
    overlapping = [
        row for row in rows if row.period_from <= given.period_to and given.period_from <= row.period_to
    ]
    if overlapping:
        row = overlapping[-1]
        said = f"「期間」：記録済みの期間（{row.period_from} から {row.period_to} まで）と重なります。"
        remedy = "重ならない期間にしてください。不合格のものは、その記録から再検査に進めます。"
        faults.append(FieldFault("/period_from", "overlapping", said, remedy))
    return faults


def _not_ahead(clock: Clock, name: str, title: str, day: date) -> list[FieldFault]:
    faults = day_faults(f"/{name}", title, day, clock.today())
    if not faults and day > clock.today():
        faults.append(
            FieldFault(
                f"/{name}", "future", f"「{title}」：まだ来ていない日です。", "今日までの日にしてください。"
            )
        )
    return faults


def _before(name: str, title: str, than: str, day: date) -> FieldFault:
    return FieldFault(
        f"/{name}", "too_early", f"「{title}」：{than}より前です。", f"{day} 以後の日にしてください。"
    )


def _note(
    session: Session, actor: Actor, clock: Clock, row: Inspection, what: str, details: dict[str, Any]
) -> None:
    record(
        session, actor, f"inspection.{what}", "contract", row.contract_id or row.imported_id or "",
        at=clock.now(), owner=row.buyer_id, details={"inspection_id": row.id, **details},
    )  # fmt: skip
