"""Reading cases: the queue, a case with its differences and checks, and what the vendor is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.conformance.changes import changes_between
from app.kit.clock import TOKYO, Clock
from app.kit.errors import NotFound, invalid
from app.kit.pagination import Paging, paginate
from app.listings import service as listings
from app.listings.views import owner_card, revision_view
from app.review import repository
from app.review.checks import Check, Circumstances, Neighbour, run_checks
from app.review.lifecycle import CASE
from app.review.models import Finding, ReviewCase, ReviewNote
from app.review.official_matching import checks_against_lists
from app.review.policies import conflict_of_interest
from app.review.rules import ReviewRules
from app.review.views import CaseLine, CaseView, DecisionView, FindingView, NoteView, SubmissionView
from catalogue_schema import Change, FieldUnknown, Schema


def queue(
    session: Session,
    actor: Actor,
    clock: Clock,
    paging: Paging,
    *,
    status: str | None = None,
    kind: str | None = None,
    vendor: str | None = None,
    mine: bool = False,
) -> tuple[list[CaseLine], str | None]:
    """One page of cases, oldest first, and the next cursor. Without a status: those that wait or are in review.

    Raises NotFound for who may not read reviews, Invalid for an unknown status or kind.
    """
    _require_reader(actor)
    if status is not None and status not in CASE.statuses:
        raise invalid("/status", "unknown_term", "その状態はありません。", "、".join(CASE.statuses))
    if kind not in (None, "software", "offer"):
        raise invalid("/kind", "unknown_term", "その種類はありません。", "software、offer")
    statement = repository.cases(
        statuses=(status,) if status else repository.WAITING,
        kind=kind,
        vendor=vendor,
        claimed_by=(actor.person_id or "") if mine else None,
    )
    rows, following = paginate(session, statement, ReviewCase, paging, newest_first=False)
    return _lines(session, actor, clock, rows), following


def _lines(session: Session, actor: Actor, clock: Clock, rows: Sequence[ReviewCase]) -> list[CaseLine]:
    entries = repository.entries_of(session, rows)
    revisions = repository.revisions_of(session, rows)
    firms = repository.organisations(session, [row.owner_id for row in rows])
    people = repository.names_of(session, [row.claimed_by for row in rows])
    reviewing = repository.still_reviewing(session, [row.claimed_by for row in rows])
    today = clock.today()
    lines = []
    for row in rows:
        entry, revision = entries[row.entry_id], revisions[row.revision_id]
        until = row.decided_at.astimezone(TOKYO).date() if row.decided_at else today
        lines.append(
            CaseLine(
                id=row.id,
                entry_id=row.entry_id,
                kind=entry.kind,
                name=revision_view(revision).name,
                owner=owner_card(firms[row.owner_id]),
                revision_number=revision.number,
                first=entry.published_revision_id in (None, revision.id),
                status=row.status,
                opened_at=row.opened_at,
                age_days=(until - row.opened_at.astimezone(TOKYO).date()).days,
                claimed_by=people.get(row.claimed_by or "", ""),
                mine=row.claimed_by is not None and row.claimed_by == actor.person_id,
                left_behind=row.status == "claimed" and row.claimed_by not in reviewing,
                change_class=row.change_class,
                self_published=row.self_published,
            )
        )
    return lines


def lines_by_id(
    session: Session, actor: Actor, clock: Clock, rows: Sequence[ReviewCase]
) -> dict[str, CaseLine]:
    """Lines of these cases by id, by a fixed number of queries."""
    return {line.id: line for line in _lines(session, actor, clock, rows)}


def read_case(session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str) -> CaseView:
    """A case for reviewers, the Agency and auditors. Raises NotFound."""
    _require_reader(actor)
    case = repository.find_case(session, case_id)
    if case is None:
        raise NotFound()
    return case_view(session, actor, clock, schema, case)


def case_view(session: Session, actor: Actor, clock: Clock, schema: Schema, case: ReviewCase) -> CaseView:
    """The whole case as this actor sees it."""
    line = _lines(session, actor, clock, [case])[0]
    revision = revision_view(repository.revisions_of(session, [case])[case.revision_id])
    live = listings.live_before(session, case.entry_id, case.revision_id)
    if case.decided_at is not None:
        checks = tuple(Check(**stored) for stored in case.checks)
    else:
        checks = checks_of(session, clock, schema, case, revision.answers)
    notes = repository.notes(session, case.id)
    people = repository.names_of(session, [case.decided_by, *(note.created_by for note in notes)])
    return CaseView(
        line=line,
        revision=revision,
        content_hash=case.content_hash,
        live=live,
        changes=schema.classed_changes(line.kind, live.answers if live else {}, revision.answers),
        checks=checks,
        findings=tuple(finding_view(schema, line.kind, row) for row in repository.findings(session, case.id)),
        notes=tuple(
            NoteView(row.id, row.text, row.created_at, people.get(row.created_by, "")) for row in notes
        ),
        comment=case.comment,
        decided_at=case.decided_at,
        decided_by=people.get(case.decided_by or "", ""),
        conflict=conflict_with(session, actor, case),
        since_review=_since_review(session, schema, line.kind, case),
        conformance=changes_between(session, case.entry_id, live.number if live else 0, revision.number),
    )


def _since_review(session: Session, schema: Schema, kind: str, case: ReviewCase) -> tuple[Change, ...] | None:
    earlier = [one for one in repository.earlier_reviews(session, case) if one.answers]
    return schema.changes(kind, earlier[0].answers, case.answers) if earlier and case.answers else None


def checks_of(
    session: Session, clock: Clock, schema: Schema, case: ReviewCase, answers: Mapping[str, Any]
) -> tuple[Check, ...]:
    """The automated checks as they stand now."""
    return checks_for(session, clock, schema, case.entry_id, answers)


def checks_for(
    session: Session, clock: Clock, schema: Schema, entry_id: str, answers: Mapping[str, Any]
) -> tuple[Check, ...]:
    """The automated checks of these answers for an entry, submitted or not. Raises NotFound."""
    entry = repository.find_entry(session, entry_id)
    if entry is None:
        raise NotFound()
    today = clock.today()
    valid = repository.valid_qualifications(session, entry.owner_id, today)
    around = Circumstances(
        today=today,
        refusals=listings.submission_refusals(session, clock, entry_id),
        qualification_kinds=sorted({kind for row in valid for kind in row.kinds}),
        qualified_until=max((row.valid_until for row in valid), default=None),
        others=[Neighbour(row.entry_id, row.answers) for row in repository.neighbours(session, entry)],
    )
    firm = repository.organisations(session, [entry.owner_id])[entry.owner_id]
    lists = checks_against_lists(session, firm, answers, today)
    return (*run_checks(schema, entry.kind, answers, around), *lists)


def conflict_with(session: Session, actor: Actor, case: ReviewCase) -> str | None:
    """Why this actor may not decide on the case (four eyes), if anything."""
    owner = repository.organisations(session, [case.owner_id])[case.owner_id]
    groups = repository.groups_of(session, actor.person_id) if actor.person_id else set()
    return conflict_of_interest(actor.person_id, case.submitted_by, groups, repository.group_of(owner))


def kind_of(session: Session, case: ReviewCase) -> str:
    """software or offer."""
    return repository.entries_of(session, [case])[case.entry_id].kind


def finding_view(schema: Schema, kind: str, row: Finding) -> FindingView:
    """The view of a finding, with its field's label."""
    try:
        label = schema.field(kind, row.field).label_ja if row.field else "全体"
    except FieldUnknown:
        label = row.field
    return FindingView(row.id, row.field, label, row.reason_code, row.text, row.created_at, row.late_reason)


def submission_view(session: Session, case: ReviewCase, rules: ReviewRules) -> SubmissionView:
    """A case as its vendor sees it."""
    revision = revision_view(repository.revisions_of(session, [case])[case.revision_id])
    waiting = case.status in repository.WAITING
    return SubmissionView(
        id=case.id,
        entry_id=case.entry_id,
        status=case.status,
        opened_at=case.opened_at,
        decided_at=case.decided_at,
        revision=revision,
        change_class=case.change_class,
        changes=tuple(case.changes),
        self_published=case.self_published,
        place=repository.place_in_queue(session, case) if case.status == "queued" else None,
        due_on=rules.due_on(case.opened_at) if waiting else None,
        standard_days=rules.standard_days,
    )


def open_submission(
    session: Session, actor: Actor, clock: Clock, rules: ReviewRules, kind: str, entry_id: str
) -> SubmissionView | None:
    """The vendor's submission that waits or is being reviewed, if there is one. Raises NotFound."""
    listings.read_own(session, actor, kind, entry_id, clock.today())
    case = repository.open_case(session, entry_id)
    return submission_view(session, case, rules) if case else None


def read_submission(session: Session, actor: Actor, case_id: str, rules: ReviewRules) -> SubmissionView:
    """The vendor's own case (a repeated submission answers with it). Raises NotFound."""
    case = repository.find_case(session, case_id)
    if case is None or not actor.acts_for(case.owner_id):
        raise NotFound()
    return submission_view(session, case, rules)


def read_finding(
    session: Session, actor: Actor, schema: Schema, case_id: str, finding_id: str
) -> FindingView:
    """One finding of a case. Raises NotFound."""
    _require_reader(actor)
    case = repository.find_case(session, case_id)
    row = session.get(Finding, finding_id)
    if case is None or row is None or row.case_id != case_id:
        raise NotFound()
    return finding_view(schema, kind_of(session, case), row)


def read_note(session: Session, actor: Actor, case_id: str, note_id: str) -> NoteView:
    """One note on a case. Raises NotFound."""
    _require_reader(actor)
    row = session.get(ReviewNote, note_id)
    if row is None or row.case_id != case_id:
        raise NotFound()
    author = repository.names_of(session, [row.created_by]).get(row.created_by, "")
    return NoteView(row.id, row.text, row.created_at, author)


def last_decision(
    session: Session, actor: Actor, clock: Clock, schema: Schema, kind: str, entry_id: str
) -> DecisionView | None:
    """The last decision on an entry with its findings, for its vendor and reviewers; None before the first.

    Raises NotFound for strangers (Gone for what left the catalogue).
    """
    view = listings.read_entry(session, actor, kind, entry_id, clock.today())
    if view.working is None:
        raise NotFound()
    case = repository.last_decided(session, entry_id)
    if case is None:
        return None
    found = [finding_view(schema, kind, row) for row in repository.findings(session, case.id)]
    number = repository.revisions_of(session, [case])[case.revision_id].number
    sample = repository.sample_of(session, case.id) if case.self_published else None
    comment = sample.comment if sample else case.comment
    return DecisionView(
        case.id, number, case.status, comment, case.decided_at, tuple(found), case.self_published
    )


def _require_reader(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
