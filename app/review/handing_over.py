"""A case moves from one reviewer to another, or back into the queue, by somebody else than its holder."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.identity.models import Person
from app.kit.clock import Clock
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.listings import service as listings
from app.outbox.publish import publish
from app.review import repository, stages
from app.review.lifecycle import CASE
from app.review.models import ReviewCase, ReviewNote
from app.review.policies import conflict_of_interest


def locked(session: Session, case_id: str) -> ReviewCase:
    """The case, with its entry locked until the transaction ends. Raises NotFound."""
    case = repository.find_case(session, case_id)
    if case is None:
        raise NotFound()
    listings.lock_revision(session, case.revision_id)
    again = repository.find_case(session, case_id)
    assert again is not None  # cases are never deleted
    return again


def conflict_of(session: Session, case: ReviewCase, person_id: str) -> str | None:
    """Why that person may not decide on the case (four eyes), if anything."""
    owner = repository.organisations(session, [case.owner_id])[case.owner_id]
    groups = repository.groups_of(session, person_id)
    return conflict_of_interest(person_id, case.submitted_by, groups, repository.group_of(owner))


def may_take(session: Session, case_id: str, person_id: str) -> bool:
    """Whether four eyes let that person decide on the case."""
    case = repository.find_case(session, case_id)
    return case is not None and conflict_of(session, case, person_id) is None


def pass_on(
    session: Session, actor: Actor, clock: Clock, case_id: str, person_id: str, reason: str
) -> ReviewCase:
    """Give the case to that person, who is told; the reason is kept among the reviewers' notes.

    That the person reviews, is there and may decide on it is the caller's to know. Raises NotFound, TransitionRefused.
    """
    case = locked(session, case_id)
    now, waited = clock.now(), case.status == "queued"
    CASE.move(session, case, "reassignment", claimed_by=person_id, claimed_at=now)
    if waited:
        listings.claim_for_review(session, actor, clock, case.revision_id)
        stages.begin(session, case, "claimed", now)
    person = session.get(Person, person_id)
    note = ReviewNote(
        id=new_id("note"),
        case_id=case.id,
        text=f"担当を{person.name if person else ''}に変更。理由：{reason}",
        created_at=now,
        created_by=actor.person_id or "",
    )
    session.add(note)
    session.flush()
    _record(session, actor, clock, case, "review.reassigned", to=person.pseudonym if person else "")
    publish(session, "notify.case-reassigned", case.id, at=now)
    return case


def put_back(session: Session, actor: Actor, clock: Clock, case_id: str) -> ReviewCase:
    """Put a case that somebody has back into the queue. Raises NotFound, TransitionRefused."""
    case = locked(session, case_id)
    CASE.move(session, case, "release", claimed_by=None, claimed_at=None)
    listings.release_from_review(session, actor, clock, case.revision_id)
    stages.begin(session, case, "queued", clock.now())
    _record(session, actor, clock, case, "review.released")
    return case


def _record(
    session: Session, actor: Actor, clock: Clock, case: ReviewCase, action: str, **details: object
) -> None:
    record(
        session,
        actor,
        action,
        "review_case",
        case.id,
        at=clock.now(),
        revision_id=case.revision_id,
        owner=case.owner_id,
        details={**details, "entry_id": case.entry_id},
    )
