"""Reviewers who are away: until when, and who takes their cases meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission, Role
from app.audit.record import record
from app.identity.models import Person
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.kit.ids import new_id
from app.organisations.models import Membership, Organisation
from app.review import handing_over, repository
from app.review.desk_models import ReviewerAbsence
from app.review.models import ReviewCase


@dataclass(frozen=True)
class Reviewer:
    """Somebody who reviews."""

    person_id: str
    name: str
    away_until: date | None


@dataclass(frozen=True)
class AbsenceView:
    """An absence, and where the cases went when it began."""

    id: str
    person_id: str
    name: str
    until: date
    deputy: str
    current: bool
    mine: bool


def reviewers(session: Session, clock: Clock) -> list[Reviewer]:
    """Everybody who reviews for the Agency, by name."""
    rows = session.exec(
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.status) == "active", col(Organisation.kind) == "agency")
        .order_by(col(Person.name), col(Person.id))
    ).all()
    away = {row.person_id: row.until for row in _current(session, clock)}
    return [
        Reviewer(person.id, person.name, away.get(person.id))
        for person, membership in rows
        if Role.REVIEWER in membership.roles
    ]


def available(session: Session, clock: Clock, person_id: str) -> Reviewer | None:
    """The reviewer of that id, if there is one who is not away."""
    found = next((one for one in reviewers(session, clock) if one.person_id == person_id), None)
    return found if found is not None and found.away_until is None else None


def refuse_absent(session: Session, actor: Actor, clock: Clock) -> None:
    """Raise Conflict for a reviewer who is away: nothing new is offered to them."""
    for row in _current(session, clock):
        if row.person_id == actor.person_id:
            raise Conflict(
                f"{row.until.isoformat()} まで不在と登録されています。新しい案件を担当するには、不在を終えてください。"
            )


def list_absences(session: Session, actor: Actor, clock: Clock) -> list[AbsenceView]:
    """Absences that are on, those that end first above. Raises NotFound for who may not read reviews."""
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
    return _views(session, actor, clock, _current(session, clock))


def begin(
    session: Session,
    actor: Actor,
    clock: Clock,
    until: date | None,
    *,
    reviewer_id: str = "",
    deputy_id: str = "",
) -> tuple[AbsenceView, int, int]:
    """A reviewer (left out: oneself) is away until that day (included); the cases go to the deputy or to the queue.

    A case that the deputy may not decide on (four eyes) goes back to the queue. Answers the absence, how many cases
    went to the deputy, and how many to the queue.
    Raises Invalid with all faults, Conflict where an absence is on already.
    """
    person_id = reviewer_id or actor.person_id or ""
    known = {one.person_id: one for one in reviewers(session, clock)}
    faults = []
    if person_id not in known:
        faults.append(
            FieldFault(
                "/reviewer", "unknown", "その審査担当はいません。", "審査担当の一覧から選んでください。"
            )
        )
    if until is None or until < clock.today():
        remedy = f"{clock.today().isoformat()} 以後の日にしてください。"
        faults.append(
            FieldFault("/until", "in_past", "不在の最終日がないか、読み取れないか、過去です。", remedy)
        )
    if deputy_id and (
        deputy_id == person_id or deputy_id not in known or known[deputy_id].away_until is not None
    ):
        message = "代わりの人は、不在でないほかの審査担当です。"
        faults.append(FieldFault("/deputy", "unavailable", message, "ほかの人を選ぶか、空にしてください。"))
    if faults or until is None:
        raise Invalid(faults)
    _close_past(session, clock, person_id)
    if known[person_id].away_until is not None:
        raise Conflict("すでに不在と登録されています。先にそれを終えてください。")
    row = ReviewerAbsence(
        id=new_id("abs"),
        person_id=person_id,
        until=until,
        deputy_id=deputy_id or None,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    passed, queued = 0, 0
    for case_id in _held_by(session, person_id):
        if deputy_id and handing_over.may_take(session, case_id, deputy_id):
            handing_over.pass_on(session, actor, clock, case_id, deputy_id, "前の担当が不在のため")
            passed += 1
        else:
            handing_over.put_back(session, actor, clock, case_id)
            queued += 1
    _record(session, actor, clock, row, "absence.began", passed=passed, queued=queued)
    return _views(session, actor, clock, [row])[0], passed, queued


def end(session: Session, actor: Actor, clock: Clock, absence_id: str) -> AbsenceView:
    """The reviewer is back. Raises NotFound, Conflict where it is over."""
    row = session.get(ReviewerAbsence, absence_id)
    if row is None or not actor.may(Permission.REVIEW_READ):
        raise NotFound()
    if row.ended_at is not None or row.until < clock.today():
        raise Conflict("その不在は、もう終わっています。")
    row.ended_at = clock.now()
    session.add(row)
    session.flush()
    _record(session, actor, clock, row, "absence.ended")
    return _views(session, actor, clock, [row])[0]


def read(session: Session, actor: Actor, clock: Clock, absence_id: str) -> AbsenceView:
    """One absence. Raises NotFound."""
    row = session.get(ReviewerAbsence, absence_id)
    if row is None or not actor.may(Permission.REVIEW_READ):
        raise NotFound()
    return _views(session, actor, clock, [row])[0]


def _held_by(session: Session, person_id: str) -> Sequence[str]:
    return session.exec(
        select(col(ReviewCase.id))
        .where(col(ReviewCase.claimed_by) == person_id, col(ReviewCase.status) == "claimed")
        .order_by(col(ReviewCase.id))
    ).all()


def _current(session: Session, clock: Clock) -> Sequence[ReviewerAbsence]:
    return session.exec(
        select(ReviewerAbsence)
        .where(col(ReviewerAbsence.ended_at).is_(None), col(ReviewerAbsence.until) >= clock.today())
        .order_by(col(ReviewerAbsence.until), col(ReviewerAbsence.id))
    ).all()


def _close_past(session: Session, clock: Clock, person_id: str) -> None:
    """An absence whose day has passed is over, but its row still holds the place of the one that is open."""
    for row in session.exec(
        select(ReviewerAbsence).where(
            col(ReviewerAbsence.person_id) == person_id,
            col(ReviewerAbsence.ended_at).is_(None),
            col(ReviewerAbsence.until) < clock.today(),
        )
    ).all():
        row.ended_at = clock.now()
        session.add(row)
    session.flush()


def _views(
    session: Session, actor: Actor, clock: Clock, rows: Sequence[ReviewerAbsence]
) -> list[AbsenceView]:
    names = repository.names_of(session, [one for row in rows for one in (row.person_id, row.deputy_id)])
    return [
        AbsenceView(
            row.id,
            row.person_id,
            names.get(row.person_id, ""),
            row.until,
            names.get(row.deputy_id or "", ""),
            row.ended_at is None and row.until >= clock.today(),
            row.person_id == actor.person_id,
        )
        for row in rows
    ]


def _record(
    session: Session, actor: Actor, clock: Clock, row: ReviewerAbsence, action: str, **details: object
) -> None:
    found = {"until": row.until.isoformat(), **details}
    record(session, actor, action, "reviewer_absence", row.id, at=clock.now(), details=found)
