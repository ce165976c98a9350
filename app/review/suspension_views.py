"""What is shown of suspensions: to the vendor, the Agency and auditors; to buyers; to strangers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import Select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import TOKYO, Clock
from app.kit.errors import NotFound, invalid
from app.kit.pagination import Paging, paginate
from app.listings.models import Entry
from app.organisations.models import MasterAgreement
from app.review import repository
from app.review.lifecycle import SUSPENSION
from app.review.suspension_models import Suspension

IN_FORCE = ("suspended", "objected")
END_NOTE_SHOWN = timedelta(days=90)
"""How long the listing's page says that a suspension ended."""


@dataclass(frozen=True)
class SuspensionView:
    """A procedure as its vendor, the Agency and auditors read it."""

    id: str
    subject_kind: str
    subject_id: str
    subject_name: str
    owner_id: str
    owner_name: str
    status: str
    urgent: bool
    ground: str
    reason: str
    begun_at: datetime
    begun_by: str
    """Names of the Agency's people are empty for the vendor."""
    planned_on: date | None
    statement_due: date
    statement: str
    statement_at: datetime | None
    decided_at: datetime | None
    decided_by: str
    decision_reason: str
    note: str
    until: date | None
    confirmed_at: datetime | None
    confirmation_reason: str
    objection_due: date | None
    objection: str
    objected_at: datetime | None
    answer: str
    answered_at: datetime | None
    answered_by: str
    ended_at: datetime | None
    end_kind: str
    end_reason: str
    end_note: str
    possible: tuple[str, ...]
    """What the reader may do now: statement, decision, confirmation, objection, answer, lifting."""


@dataclass(frozen=True)
class BuyerNotice:
    """What a body with a contract or a project on it is told: the public note, and since when. No reasons."""

    suspension_id: str
    subject_kind: str
    name: str
    vendor: str
    since: date
    until: date | None
    note: str


@dataclass(frozen=True)
class EndedSuspension:
    """A suspension of a listing that ended lately, for its public page."""

    entry_id: str
    ended_on: date
    note: str


def find_visible(session: Session, actor: Actor, suspension_id: str) -> Suspension:
    """The row, for who may know of it. Raises NotFound."""
    row = session.get(Suspension, suspension_id)
    if row is None or not (actor.may(Permission.REVIEW_READ) or _own(actor, row)):
        raise NotFound("その停止の手続はありません。")
    return row


def _own(actor: Actor, row: Suspension) -> bool:
    return actor.may(Permission.LISTING_READ_OWN) and actor.acts_for(row.owner_id)


def read(session: Session, actor: Actor, clock: Clock, suspension_id: str) -> SuspensionView:
    """One procedure. Raises NotFound."""
    return views(session, actor, clock, [find_visible(session, actor, suspension_id)])[0]


def page(
    session: Session, actor: Actor, clock: Clock, paging: Paging, *, status: str | None = None
) -> tuple[list[SuspensionView], str | None]:
    """One page, newest first: the vendor's own, or everybody's for the Agency and auditors.

    Raises NotFound for others, Invalid for no status.
    """
    if status is not None and status not in SUSPENSION.statuses:
        raise invalid("/status", "unknown_term", "その状態はありません。", "、".join(SUSPENSION.statuses))
    statement = select(Suspension)
    if not actor.may(Permission.REVIEW_READ):
        if not actor.may(Permission.LISTING_READ_OWN) or actor.organisation_id is None:
            raise NotFound()
        statement = statement.where(col(Suspension.owner_id) == actor.organisation_id)
    if status is not None:
        statement = statement.where(col(Suspension.status) == status)
    rows, following = paginate(session, statement, Suspension, paging)
    return views(session, actor, clock, rows), following


def views(session: Session, actor: Actor, clock: Clock, rows: Collection[Suspension]) -> list[SuspensionView]:
    """The rows as this reader sees them, by a fixed number of queries."""
    owners = repository.organisations(session, [row.owner_id for row in rows])
    inside = actor.may(Permission.REVIEW_READ)
    ids = [one for row in rows for one in (row.begun_by, row.decided_by, row.answered_by)] if inside else []
    names = repository.names_of(session, ids)
    return [
        SuspensionView(
            **row.model_dump(
                exclude={
                    "begun_by", "decided_by", "answered_by", "statement_by", "confirmed_by", "objected_by", "ended_by",
                }
            ),
            owner_name=owners[row.owner_id].name,
            begun_by=names.get(row.begun_by or "", ""),
            decided_by=names.get(row.decided_by or "", ""),
            answered_by=names.get(row.answered_by or "", ""),
            possible=tuple(_possible(actor, row, clock.today())),
        )
        for row in rows
    ]  # fmt: skip


def _possible(actor: Actor, row: Suspension, today: date) -> list[str]:
    found = []
    if actor.may(Permission.SUSPENSION_ANSWER) and actor.acts_for(row.owner_id):
        if statement_refusal(row, today) is None:
            found.append("statement")
        if row.status == "suspended" and objection_refusal(row, today) is None:
            found.append("objection")
    if actor.may(Permission.SUSPENSION_DECIDE):
        # Four eyes: who took a step is not offered the one that judges it.
        if row.status == "noticed" and actor.person_id != row.begun_by:
            found.append("decision")
        judges = actor.person_id != row.decided_by
        if row.status == "suspended" and row.urgent and row.confirmed_at is None and judges:
            found.append("confirmation")
        if row.status == "objected" and judges:
            found.append("answer")
        if row.status in IN_FORCE:
            found.append("lifting")
    return found


def statement_refusal(row: Suspension, today: date) -> str | None:
    """Why the vendor can make no statement (now); None where it can."""
    if row.status != "noticed" and not (
        row.status == "suspended" and row.urgent and row.confirmed_at is None
    ):
        return (
            "弁明は、決定の前（緊急の停止では、弁明後の決定の前）にできます。"
            "決定への不服は、不服の申出で受け付けます。"
        )
    if row.statement_at is not None:
        return "弁明はすでに出されています。"
    if today > row.statement_due:
        return f"弁明の期限（{row.statement_due.isoformat()}）が過ぎています。"
    return None


def objection_refusal(row: Suspension, today: date) -> str | None:
    """Why the vendor can object no more to a suspension in force; None where it can."""
    if row.objected_at is not None:
        return "不服の申出はすでに出され、回答されています。"
    if row.objection_due is not None and today > row.objection_due:
        return (
            f"不服の申出の期限（{row.objection_due.isoformat()}）が過ぎています。"
            "事情が変わったときは、停止を解くことをデジタル庁に相談してください。"
        )
    return None


def buyer_notices(session: Session, entry_ids: Collection[str]) -> list[BuyerNotice]:
    """The suspensions in force that concern these entries, or the agreements of their firms, oldest first."""
    if not entry_ids:
        return []
    entries = session.exec(select(Entry).where(col(Entry.id).in_(set(entry_ids)))).all()
    firms = {entry.owner_id for entry in entries}
    agreements = select(col(MasterAgreement.id)).where(col(MasterAgreement.organisation_id).in_(firms))
    rows = session.exec(
        select(Suspension)
        .where(
            col(Suspension.status).in_(IN_FORCE),
            or_(
                col(Suspension.subject_id).in_({entry.id for entry in entries}),
                col(Suspension.subject_id).in_(agreements),
            ),
        )
        .order_by(col(Suspension.id))
    ).all()
    owners = repository.organisations(session, [row.owner_id for row in rows])
    return [
        BuyerNotice(
            row.id,
            row.subject_kind,
            row.subject_name,
            owners[row.owner_id].name,
            row.decided_at.astimezone(TOKYO).date(),
            row.until,
            row.note,
        )
        for row in rows
        if row.decided_at is not None
    ]


def ended_lately(session: Session, entry_ids: Collection[str], clock: Clock) -> list[EndedSuspension]:
    """Suspensions of these entries, or of their firms' agreements, that ended in the last 90 days with a note."""
    asked = {"ids": list(set(entry_ids)), "since": clock.now() - END_NOTE_SHOWN}
    return [
        EndedSuspension(entry_id, row.ended_at.astimezone(TOKYO).date(), row.end_note)
        for row, entry_id in session.exec(_ended_since(), params=asked)
        if row.ended_at is not None
    ]


@cache
def _ended_since() -> Select[Suspension, str]:
    return (
        select(Suspension, col(Entry.id))
        .join(Entry, col(Entry.owner_id) == col(Suspension.owner_id))
        .where(
            col(Entry.id).in_(bindparam("ids", expanding=True)),
            or_(col(Suspension.subject_kind) == "agreement", col(Suspension.subject_id) == col(Entry.id)),
            col(Suspension.end_note) != "",
            col(Suspension.ended_at) >= bindparam("since"),
        )
        .order_by(col(Suspension.id).desc(), col(Entry.id))
    )
