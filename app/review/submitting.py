"""The vendor's side of a case: what a submission would bring, handing in, taking back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.kit.errors import Conflict
from app.kit.ids import new_id
from app.listings import service as listings
from app.outbox.publish import publish
from app.review import reading, repository, samples, stages
from app.review.classes import Outlook, outlook
from app.review.lifecycle import CASE
from app.review.models import ReviewCase
from app.review.rules import ReviewRules
from app.review.views import SubmissionView
from catalogue_schema import Schema


@dataclass(frozen=True)
class SubmissionOutlook:
    """The check before a submission: what stands against it, which class its changes have, and what follows."""

    check: listings.SubmissionCheck
    outlook: Outlook
    standard_days: int
    waiting: int
    """How many submissions wait in the queue now."""


def look_ahead(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    rules: ReviewRules,
    kind: str,
    entry_id: str,
) -> SubmissionOutlook:
    """What handing the draft in now would bring, without doing it. Raises NotFound for whom it does not exist."""
    check = listings.check_submission(session, actor, clock, schema, kind, entry_id)
    found = outlook(session, clock, schema, listings.basis_of(session, entry_id))
    return SubmissionOutlook(check, found, rules.standard_days, repository.waiting_count(session))


def submit(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    rules: ReviewRules,
    kind: str,
    entry_id: str,
    if_match: str | None = None,
) -> SubmissionView:
    """Hand in the draft: 軽微 changes are public at once, the rest waits for a reviewer; the case is kept either way.

    Raises as `listings.service.submit` does.
    """
    basis = listings.locked_basis(session, actor, kind, entry_id)
    # Whether it may be handed in at all is said first, by `submit` itself; only a draft is published without review.
    ahead = outlook(session, clock, schema, basis)
    alone = ahead.self_publishing and basis.newest.status == "draft"
    hand_in = listings.self_publish if alone else listings.submit
    revision = hand_in(session, actor, clock, schema, kind, entry_id, if_match)
    now = clock.now()
    case = ReviewCase(
        id=new_id("case"),
        entry_id=entry_id,
        revision_id=revision.id,
        content_hash=revision.content_hash,
        owner_id=actor.organisation_id or "",
        submitted_by=actor.person_id or "",
        opened_at=now,
        answers=dict(revision.answers),
        change_class=ahead.change_class,
        changes=ahead.stored(),
    )
    session.add(case)
    session.flush()
    stages.back_from_vendor(session, revision.id, now)
    if alone:
        checks = reading.checks_of(session, clock, schema, case, revision.answers)
        CASE.move(
            session,
            case,
            "self_publication",
            self_published=True,
            decided_at=now,
            checks=[check.stored() for check in checks],
        )
        samples.draw(session, clock, rules, case)
    else:
        stages.begin(session, case, "queued", now)
        publish(session, "notify.listing-submitted", case.id, at=now)
    return reading.submission_view(session, case, rules)


def recall(
    session: Session, actor: Actor, clock: Clock, rules: ReviewRules, kind: str, entry_id: str
) -> SubmissionView:
    """Take the submission back: the case ends, the reviewer is free. Raises NotFound, Forbidden, TransitionRefused."""
    listings.recall(session, actor, clock, kind, entry_id)
    case = repository.open_case(session, entry_id)
    if case is None:
        raise Conflict("審査中の申請がありません。")
    CASE.move(session, case, "recall")
    stages.begin(session, case, "vendor", clock.now())
    return reading.submission_view(session, case, rules)
