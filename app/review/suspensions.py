"""The Agency's side of a suspension: notice, decision, urgent suspension, the answer to an objection, the end."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid
from app.kit.ids import new_id
from app.listings import service as listings
from app.listings.words import Words, checked
from app.organisations import agreements
from app.organisations.inputs import date_or_faults, term_fault
from app.review.lifecycle import SUSPENSION
from app.review.suspension_acts import (
    begin,
    end,
    faults_of,
    iso,
    last_day,
    locked,
    noted,
    require_agency,
    require_other_eyes,
    subject,
    take_out,
    tell,
)
from app.review.suspension_models import Suspension
from app.review.suspension_views import IN_FORCE, SuspensionView, views
from app.review.suspension_words import GROUNDS

NOTICE_DAYS = 7
"""How long the vendor has at least for its statement after a notice, in days."""
HEARING_DAYS = 14
"""How long it has after an urgent suspension, where nothing else is said, in days."""
OBJECTION_DAYS = 90
"""How long it may object to a suspension after the decision, and to an urgent one anew after its confirmation, in days:
about the three months of 行政不服審査法."""


def announce(
    session: Session,
    actor: Actor,
    clock: Clock,
    kind: str,
    subject_id: str,
    *,
    reason: str,
    planned_on: str,
    statement_due: str,
) -> SuspensionView:
    """Tell the vendor (予告) that a suspension is planned, from when, and by when it may state its case.

    Dates in either calendar. Raises NotFound, Forbidden, Conflict where a procedure is open, TransitionRefused where
    the thing cannot be suspended, Invalid with every fault.
    """
    require_agency(actor)
    name, owner_id = subject(session, actor, kind, subject_id, clock)
    today = clock.today()
    faults = faults_of(Words("/reason", "停止を予定する理由", reason, required=True))
    due, found = date_or_faults("/statement_due", statement_due, today)
    faults += found
    planned, found = date_or_faults("/planned_on", planned_on, today)
    faults += found
    earliest = today + timedelta(days=NOTICE_DAYS)
    if due is not None and due < earliest:
        faults.append(
            FieldFault(
                "/statement_due",
                "too-early",
                f"弁明の期限まで{NOTICE_DAYS}日以上あけます。",
                f"{earliest.isoformat()} 以後の日にしてください。急ぐときは、理由を示して緊急に停止します。",
            )
        )
    if due is not None and planned is not None and planned <= due:
        faults.append(
            FieldFault(
                "/planned_on",
                "before-hearing",
                "停止の予定日が、弁明の期限より後ではありません。",
                f"{(due + timedelta(days=1)).isoformat()} 以後の日にしてください。",
            )
        )
    if faults or due is None or planned is None:
        raise Invalid(faults)
    row = begin(
        session,
        actor,
        clock,
        Suspension(
            id=new_id("sus"),
            subject_kind=kind,
            subject_id=subject_id,
            subject_name=name,
            owner_id=owner_id,
            status="noticed",
            urgent=False,
            reason=reason.strip(),
            begun_at=clock.now(),
            begun_by=actor.person_id,
            planned_on=planned,
            statement_due=due,
        ),
    )
    noted(session, actor, clock, row, "announced", planned_on=planned.isoformat(), due=due.isoformat())
    tell(session, clock, row, "vendor")
    return views(session, actor, clock, [row])[0]


def suspend_urgently(
    session: Session,
    actor: Actor,
    clock: Clock,
    kind: str,
    subject_id: str,
    *,
    ground: str,
    reason: str,
    note: str,
    until: str = "",
    statement_due: str = "",
) -> SuspensionView:
    """Suspend at once, without notice, on a stated ground; the hearing follows (14 days where no day is named).

    Raises as `announce` does.
    """
    require_agency(actor)
    name, owner_id = subject(session, actor, kind, subject_id, clock)
    today = clock.today()
    faults = faults_of(
        Words("/reason", "停止の理由", reason, required=True),
        Words("/note", "公開するお知らせ", note, required=True, longest=500),
    )
    if ground not in GROUNDS:
        faults.append(term_fault("/ground", ground, sorted(GROUNDS)))
    due: date | None = today + timedelta(days=HEARING_DAYS)
    if statement_due:
        due, found = date_or_faults("/statement_due", statement_due, today)
        faults += found
        if due is not None and due <= today:
            message = "弁明の期限は、明日以後の日にします。"
            faults.append(FieldFault("/statement_due", "past", message, "あとの日にしてください。"))
    last, found = last_day(until, today)
    faults += found
    if faults or due is None:
        raise Invalid(faults)
    row = begin(
        session,
        actor,
        clock,
        Suspension(
            id=new_id("sus"),
            subject_kind=kind,
            subject_id=subject_id,
            subject_name=name,
            owner_id=owner_id,
            status="suspended",
            urgent=True,
            ground=ground,
            reason=reason.strip(),
            begun_at=clock.now(),
            begun_by=actor.person_id,
            statement_due=due,
            decided_at=clock.now(),
            decided_by=actor.person_id,
            decision_reason=reason.strip(),
            note=note.strip(),
            until=last,
            objection_due=_objection_due(today),
        ),
    )
    take_out(session, actor, clock, row)
    noted(session, actor, clock, row, "suspended", urgent=True, ground=ground, until=iso(last))
    tell(session, clock, row, "vendor", "buyers")
    return views(session, actor, clock, [row])[0]


def decide(
    session: Session,
    actor: Actor,
    clock: Clock,
    suspension_id: str,
    verdict: str,
    *,
    reason: str,
    note: str = "",
    until: str = "",
) -> SuspensionView:
    """After notice and hearing: suspend from now on, or drop it.

    Raises NotFound, Forbidden for who announced it (four eyes), Conflict before the hearing is over or the announced
    day has come, TransitionRefused, Invalid.
    """
    row = locked(session, actor, suspension_id)
    require_agency(actor)
    today = clock.today()
    suspends = verdict == "suspend"
    faults = faults_of(
        Words("/reason", "決定の理由", reason, required=True),
        Words("/note", "公開するお知らせ", note, required=suspends, longest=500),
    )
    if verdict not in ("suspend", "drop"):
        faults.append(term_fault("/verdict", verdict, ("suspend", "drop")))
    last, found = last_day(until, today)
    faults += found
    if faults:
        raise Invalid(faults)
    SUSPENSION.require("suspension" if suspends else "dropping", row.status)
    require_other_eyes(session, actor, row, row.begun_by, "予告した人")
    now = clock.now()
    if not suspends:
        SUSPENSION.move(
            session, row, "dropping",
            decided_at=now, decided_by=actor.person_id, decision_reason=reason.strip(),
            ended_at=now, ended_by=actor.person_id, end_kind="dropped", end_reason=reason.strip(),
        )  # fmt: skip
        noted(session, actor, clock, row, "dropped")
        tell(session, clock, row, "vendor")
        return views(session, actor, clock, [row])[0]
    if row.statement_at is None and today <= row.statement_due:
        raise Conflict(
            f"弁明の期限（{row.statement_due.isoformat()}）まで、または弁明が出されるまで、停止を決められません。",
            statement_due=row.statement_due.isoformat(),
        )
    if row.planned_on is not None and today < row.planned_on:
        raise Conflict(
            f"予告した日（{row.planned_on.isoformat()}）より前には停止できません。",
            planned_on=row.planned_on.isoformat(),
        )
    SUSPENSION.move(
        session, row, "suspension",
        decided_at=now, decided_by=actor.person_id, decision_reason=reason.strip(), note=note.strip(), until=last,
        objection_due=_objection_due(today),
    )  # fmt: skip
    take_out(session, actor, clock, row)
    noted(session, actor, clock, row, "suspended", urgent=False, until=iso(last))
    tell(session, clock, row, "vendor", "buyers")
    return views(session, actor, clock, [row])[0]


def confirm(
    session: Session, actor: Actor, clock: Clock, suspension_id: str, *, reason: str
) -> SuspensionView:
    """Uphold an urgent suspension after the hearing. (To give it up, lift it.)

    Raises NotFound, Forbidden for who ordered it (four eyes), Conflict before the hearing is over, TransitionRefused.
    """
    row = locked(session, actor, suspension_id)
    require_agency(actor)
    (reason,) = checked(Words("/reason", "弁明を踏まえた理由", reason, required=True))
    SUSPENSION.require("confirmation", row.status)
    if not row.urgent or row.confirmed_at is not None:
        raise Conflict("弁明後の決定が要るのは、緊急の停止で、まだ決定していないものだけです。")
    if row.statement_at is None and clock.today() <= row.statement_due:
        raise Conflict(
            f"弁明の期限（{row.statement_due.isoformat()}）まで、または弁明が出されるまで待ってください。"
        )
    require_other_eyes(session, actor, row, row.decided_by, "緊急に停止した人")
    SUSPENSION.move(
        session, row, "confirmation",
        confirmed_at=clock.now(), confirmed_by=actor.person_id, confirmation_reason=reason,
        objection_due=_objection_due(clock.today()),
    )  # fmt: skip
    noted(session, actor, clock, row, "confirmed")
    tell(session, clock, row, "vendor")
    return views(session, actor, clock, [row])[0]


def answer(
    session: Session,
    actor: Actor,
    clock: Clock,
    suspension_id: str,
    verdict: str,
    *,
    reason: str,
    note: str = "",
) -> SuspensionView:
    """Answer the vendor's objection: uphold it (the thing is public again, with a public note), or dismiss it.

    Raises NotFound, Forbidden for who decided on the suspension (four eyes), TransitionRefused, Invalid.
    """
    row = locked(session, actor, suspension_id)
    require_agency(actor)
    upholds = verdict == "uphold"
    faults = faults_of(
        Words("/reason", "回答の理由", reason, required=True),
        Words("/note", "公開するお知らせ", note, required=upholds, longest=500),
    )
    if verdict not in ("uphold", "dismiss"):
        faults.append(term_fault("/verdict", verdict, ("uphold", "dismiss")))
    if faults:
        raise Invalid(faults)
    SUSPENSION.require("upholding" if upholds else "dismissal", row.status)
    require_other_eyes(session, actor, row, row.decided_by, "停止を決めた人")
    said = {"answer": reason.strip(), "answered_at": clock.now(), "answered_by": actor.person_id}
    if upholds:
        end(session, actor, clock, row, "upholding", "upheld", reason.strip(), note.strip(), said)
        return views(session, actor, clock, [row])[0]
    SUSPENSION.move(session, row, "dismissal", **said)
    noted(session, actor, clock, row, "dismissed")
    tell(session, clock, row, "vendor")
    return views(session, actor, clock, [row])[0]


def lift(
    session: Session, actor: Actor, clock: Clock, suspension_id: str, *, reason: str = "", note: str = ""
) -> SuspensionView:
    """End a suspension before its last day. Raises NotFound, Forbidden, TransitionRefused, Invalid."""
    row = locked(session, actor, suspension_id)
    require_agency(actor)
    reason, note = checked(
        Words("/reason", "停止を解く理由", reason), Words("/note", "公開するお知らせ", note, longest=500)
    )
    end(session, actor, clock, row, "lifting", "lifted", reason, note)
    return views(session, actor, clock, [row])[0]


def resume_entry(
    session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str
) -> listings.EntryView:
    """Back into the catalogue: the Agency lifts the suspension, the vendor ends its own withdrawal.

    Raises as `listings.resume` does.
    """
    row = _in_force(session, kind, entry_id) if actor.may(Permission.LISTING_SUSPEND) else None
    if row is None:
        return listings.resume(session, actor, clock, kind, entry_id)
    lift(session, actor, clock, row.id)
    return listings.read_entry(session, actor, kind, entry_id, clock.today())


def resume_agreement(
    session: Session, actor: Actor, clock: Clock, agreement_id: str, *, reason: str = ""
) -> agreements.AgreementView:
    """The Agency lets an agreement take effect again. Raises as `agreements.resume_agreement` does."""
    row = _in_force(session, "agreement", agreement_id) if actor.may(Permission.LISTING_SUSPEND) else None
    if row is None:
        return agreements.resume_agreement(session, actor, clock, agreement_id, reason=reason)
    lift(session, actor, clock, row.id, reason=reason)
    return agreements.get_agreement(session, actor, clock, agreement_id)


def sweep(session: Session, actor: Actor, clock: Clock) -> int:
    """End the suspensions whose last day has passed; how many (the hourly sweep)."""
    rows = session.exec(
        select(Suspension)
        .where(col(Suspension.status).in_(IN_FORCE), col(Suspension.until) < clock.today())
        .order_by(col(Suspension.id))
    ).all()
    for row in rows:
        end(session, actor, clock, row, "expiry", "until", "", "")
    return len(rows)


def _objection_due(today: date) -> date:
    return today + timedelta(days=OBJECTION_DAYS)


def _in_force(session: Session, kind: str, subject_id: str) -> Suspension | None:
    return session.exec(
        select(Suspension).where(
            col(Suspension.subject_kind) == kind,
            col(Suspension.subject_id) == subject_id,
            col(Suspension.status).in_(IN_FORCE),
        )
    ).first()
