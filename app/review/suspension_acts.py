"""What the steps of a suspension have in common: its subject, carrying it out, ending it, four eyes."""

from __future__ import annotations

from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.listings import service as listings
from app.listings.lifecycle import ENTRY
from app.listings.words import Words, checked
from app.organisations import agreements
from app.organisations.inputs import date_or_faults
from app.organisations.lifecycle import AGREEMENT
from app.organisations.models import Organisation
from app.outbox.publish import publish
from app.review import repository
from app.review.lifecycle import SUSPENSION
from app.review.suspension_models import Suspension
from app.review.suspension_views import find_visible


def subject(session: Session, actor: Actor, kind: str, subject_id: str, clock: Clock) -> tuple[str, str]:
    """Name and owner of what is to be suspended. Raises NotFound, TransitionRefused where it cannot be."""
    if kind == "agreement":
        agreement = agreements.get_agreement(session, actor, clock, subject_id)
        AGREEMENT.require("suspension", agreement.status)
        return f"{agreement.organisation_name}の基本契約", agreement.organisation_id
    entry = listings.read_entry(session, actor, kind, subject_id, clock.today())
    ENTRY.require("suspension", entry.status)
    return entry.name, entry.owner.id


def begin(session: Session, actor: Actor, clock: Clock, row: Suspension) -> Suspension:
    """Keep a new procedure. Raises Conflict while another about the same thing is open."""
    require_no_interest(session, actor, row)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Conflict("停止の手続がすでに進んでいます。その手続の中で決めてください。") from None
    return row


def take_out(session: Session, actor: Actor, clock: Clock, row: Suspension) -> None:
    """Carry the suspension out where it belongs: the entry or the agreement."""
    if row.subject_kind == "agreement":
        agreements.suspend_agreement(
            session, actor, clock, row.subject_id, reason=row.decision_reason, note=row.note
        )
    else:
        listings.suspend(
            session, actor, clock, row.subject_kind, row.subject_id, row.decision_reason, row.note
        )


def end(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Suspension,
    verb: str,
    kind: str,
    reason: str,
    note: str,
    said: dict[str, object] | None = None,
) -> None:
    """End the procedure by the verb; the thing is again what it was."""
    SUSPENSION.move(
        session,
        row,
        verb,
        ended_at=clock.now(),
        ended_by=actor.person_id,
        end_kind=kind,
        end_reason=reason,
        end_note=note,
        **(said or {}),
    )
    if row.subject_kind == "agreement":
        agreements.end_agreement_suspension(session, actor, clock, row.subject_id)
    else:
        listings.end_suspension(session, actor, clock, row.subject_kind, row.subject_id)
    noted(session, actor, clock, row, {"upheld": "upheld", "lifted": "lifted", "until": "over"}[kind])
    tell(session, clock, row, "vendor", "buyers")


def locked(session: Session, actor: Actor, suspension_id: str) -> Suspension:
    """The row, held until the transaction ends. Raises NotFound."""
    find_visible(session, actor, suspension_id)
    return session.exec(
        select(Suspension)
        .where(col(Suspension.id) == suspension_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def last_day(given: str, today: date) -> tuple[date | None, list[FieldFault]]:
    """The last day of a suspension; none where nothing is given."""
    if not given:
        return None, []
    last, faults = date_or_faults("/until", given, today)
    if last is not None and last < today:
        message = "停止の最後の日が過ぎています。"
        faults.append(FieldFault("/until", "past", message, f"{today.isoformat()} 以後の日にしてください。"))
    return last, faults


def faults_of(*words: Words) -> list[FieldFault]:
    """What is wrong with these texts."""
    try:
        checked(*words)
    except Invalid as refusal:
        return list(refusal.faults)
    return []


def require_agency(actor: Actor) -> None:
    """Raise Forbidden for who is no administrator of the Agency."""
    if not actor.may(Permission.SUSPENSION_DECIDE):
        raise Forbidden("停止の手続を進められるのは、デジタル庁の管理者だけです。")


def require_no_interest(session: Session, actor: Actor, row: Suspension) -> None:
    """Raise Forbidden for who belongs to the firm or its group."""
    owner = session.get(Organisation, row.owner_id)
    if owner is None:
        raise NotFound()
    if repository.group_of(owner) in repository.groups_of(session, actor.person_id or ""):
        raise Forbidden("この事業者か同じ企業グループに所属しているため、停止の手続を進められません。")


def require_other_eyes(session: Session, actor: Actor, row: Suspension, first: str | None, who: str) -> None:
    """Raise Forbidden for who took the first step (four eyes), and as `require_no_interest`."""
    require_no_interest(session, actor, row)
    if actor.person_id is None or actor.person_id == first:
        raise Forbidden(f"{who}は、決められません。ほかの管理者に依頼してください。")


def iso(day: date | None) -> str | None:
    """A day as text."""
    return day.isoformat() if day else None


def noted(
    session: Session, actor: Actor, clock: Clock, row: Suspension, past: str, **details: object
) -> None:
    """The audit event."""
    record(
        session,
        actor,
        f"suspension.{past}",
        "suspension",
        row.id,
        at=clock.now(),
        owner=row.owner_id,
        details={"kind": row.subject_kind, "subject_id": row.subject_id, **details},
    )


def tell(session: Session, clock: Clock, row: Suspension, *whom: str) -> None:
    """Ask for the mails."""
    for side in whom:
        publish(session, f"notify.suspension-{side}", row.id, at=clock.now())
