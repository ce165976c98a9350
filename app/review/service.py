"""What happens to a case: submitted, recalled, taken, given back, decided; findings and notes along the way.

Every act locks the entry first, so that vendor and reviewer take turns.
"""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.listings import service as listings
from app.listings.words import Words, checked
from app.outbox.publish import publish
from app.review import reading, repository
from app.review.lifecycle import CASE
from app.review.models import Finding, ReviewCase, ReviewNote
from app.review.reasons import reason, reasons
from app.review.views import CaseView, FindingView, NoteView, SubmissionView
from catalogue_schema import Schema

VERDICTS: dict[str, listings.Verdict] = {"approve": "approval", "return": "return", "reject": "rejection"}
"""What the API and the form call a decision, and the verb that carries it out."""


def submit(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    if_match: str | None = None,
) -> SubmissionView:
    """Hand in the draft and open its case in the same transaction. Raises as `listings.service.submit` does."""
    revision = listings.submit(session, actor, clock, schema, kind, entry_id, if_match)
    now = clock.now()
    case = ReviewCase(
        id=new_id("case"),
        entry_id=entry_id,
        revision_id=revision.id,
        content_hash=revision.content_hash,
        owner_id=actor.organisation_id or "",
        submitted_by=actor.person_id or "",
        opened_at=now,
    )
    session.add(case)
    session.flush()
    publish(session, "notify.listing-submitted", case.id, at=now)
    return reading.submission_view(session, case)


def recall(session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str) -> SubmissionView:
    """Take the submission back: the case ends, the reviewer is free. Raises NotFound, Forbidden, TransitionRefused."""
    listings.recall(session, actor, clock, kind, entry_id)
    case = repository.open_case(session, entry_id)
    if case is None:
        raise Conflict("審査中の申請がありません。")
    CASE.move(session, case, "recall")
    return reading.submission_view(session, case)


def claim(session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str) -> CaseView:
    """Take a case, exclusively; also one whose reviewer reviews no more.

    Raises NotFound, Forbidden (four eyes), TransitionRefused when somebody has it.
    """
    case = _locked(session, case_id)
    _four_eyes(session, actor, case)
    if case.status == "claimed" and not repository.still_reviewing(session, [case.claimed_by]):
        _free(session, actor, clock, case)
    CASE.move(session, case, "claim", claimed_by=actor.person_id, claimed_at=clock.now())
    listings.claim_for_review(session, actor, clock, case.revision_id)
    _record(session, actor, clock, case, "review.claimed")
    return reading.case_view(session, actor, clock, schema, case)


def release(session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str) -> CaseView:
    """Give a case back to the queue. Raises NotFound, Forbidden for another's case, TransitionRefused."""
    case = _locked(session, case_id)
    CASE.require("release", case.status)
    _own(actor, case)
    _free(session, actor, clock, case)
    return reading.case_view(session, actor, clock, schema, case)


def _free(session: Session, actor: Actor, clock: Clock, case: ReviewCase) -> None:
    CASE.move(session, case, "release", claimed_by=None, claimed_at=None)
    listings.release_from_review(session, actor, clock, case.revision_id)
    _record(session, actor, clock, case, "review.released")


def decide(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    case_id: str,
    verdict: str,
    revision_id: str,
    content_hash: str,
    comment: str = "",
) -> CaseView:
    """Approve, return or reject exactly what was on the screen; approval publishes in the same transaction.

    Raises RevisionChanged when revision or content are not the current ones, TransitionRefused, Forbidden for who has
    not taken the case or may not decide on that vendor, Invalid for a return without a finding or a rejection
    without a reason.
    """
    case = _locked(session, case_id)
    (comment,) = checked(Words("/comment", "事業者へのコメント", comment, longest=4000))
    if verdict not in VERDICTS:
        remedy = f"{'、'.join(VERDICTS)} のいずれかにしてください。"
        raise Invalid([FieldFault("/verdict", "unknown_verdict", "決定の種類がありません。", remedy)])
    revision = listings.lock_revision(session, case.revision_id)
    if (revision_id, content_hash) != (revision.id, revision.content_hash):
        raise listings.revision_changed(revision)
    CASE.require(VERDICTS[verdict], case.status)
    _own(actor, case)
    _four_eyes(session, actor, case)
    if content_hash != case.content_hash:
        raise listings.revision_changed(revision)
    found = repository.findings(session, case.id)
    if verdict == "return" and not found:
        message, remedy = "差戻しには指摘が必要です。", "直してほしい項目に、指摘を一つ以上書いてください。"
        raise Invalid([FieldFault("/findings", "required", message, remedy)])
    if verdict == "reject" and not (comment or found):
        message, remedy = "不承認には理由が必要です。", "コメントか指摘に理由を書いてください。"
        raise Invalid([FieldFault("/comment", "required", message, remedy)])
    now = clock.now()
    checks = reading.checks_of(session, clock, schema, case, revision.answers)
    CASE.move(
        session,
        case,
        VERDICTS[verdict],
        decided_by=actor.person_id,
        decided_at=now,
        comment=comment,
        checks=[check.stored() for check in checks],
    )
    listings.decide(session, actor, clock, case.revision_id, content_hash, VERDICTS[verdict])
    _record(session, actor, clock, case, "review.decided", verdict=verdict, findings=len(found))
    publish(session, "notify.review-decided", case.id, at=now)
    return reading.case_view(session, actor, clock, schema, case)


def add_finding(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    case_id: str,
    field: str,
    reason_code: str,
    text: str,
) -> FindingView:
    """Write a point for the vendor, tied to a field (empty: the whole). Read by the vendor once decided.

    Raises NotFound, Forbidden for who has not taken the case, TransitionRefused, Invalid with all faults.
    """
    case = _locked(session, case_id)
    _require_claimed(case)
    _own(actor, case)
    kind = reading.kind_of(session, case)
    faults = []
    if field and field not in {known.name for known in schema.fields(kind)}:
        remedy = "項目名を確かめるか、全体への指摘なら空にしてください。"
        faults.append(FieldFault("/field", "unknown_field", "その項目はありません。", remedy))
    if reason(reason_code) is None:
        remedy = f"次のいずれかです: {'、'.join(row.code for row in reasons())}"
        faults.append(FieldFault("/reason_code", "unknown_term", "その理由の区分はありません。", remedy))
    try:
        (text,) = checked(Words("/text", "指摘", text, required=True))
    except Invalid as refusal:
        faults.extend(refusal.faults)
    if faults:
        raise Invalid(faults)
    row = Finding(
        id=new_id("fnd"),
        case_id=case.id,
        field=field,
        reason_code=reason_code,
        text=text,
        created_at=clock.now(),
        created_by=actor.person_id or "",
    )
    session.add(row)
    session.flush()
    _record(session, actor, clock, case, "review.finding-added", field=field, reason_code=reason_code)
    return reading.finding_view(schema, kind, row)


def withdraw_finding(
    session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str, finding_id: str
) -> FindingView:
    """Take a finding back before the decision. Raises NotFound, Forbidden, TransitionRefused."""
    case = _locked(session, case_id)
    _require_claimed(case)
    _own(actor, case)
    row = next((one for one in repository.findings(session, case_id) if one.id == finding_id), None)
    if row is None:
        raise NotFound()
    row.withdrawn_at = clock.now()
    session.add(row)
    session.flush()
    _record(session, actor, clock, case, "review.finding-withdrawn", field=row.field)
    return reading.finding_view(schema, reading.kind_of(session, case), row)


def add_note(session: Session, actor: Actor, clock: Clock, case_id: str, text: str) -> NoteView:
    """Write a note among reviewers; the vendor never reads it. Raises NotFound, Invalid."""
    case = repository.find_case(session, case_id)
    if case is None:
        raise NotFound()
    (text,) = checked(Words("/text", "メモ", text, required=True, longest=4000))
    row = ReviewNote(
        id=new_id("note"),
        case_id=case.id,
        text=text,
        created_at=clock.now(),
        created_by=actor.person_id or "",
    )
    session.add(row)
    session.flush()
    _record(session, actor, clock, case, "review.noted")
    return NoteView(row.id, row.text, row.created_at, actor.name)


def _locked(session: Session, case_id: str) -> ReviewCase:
    case = repository.find_case(session, case_id)
    if case is None:
        raise NotFound()
    listings.lock_revision(session, case.revision_id)
    again = repository.find_case(session, case_id)
    assert again is not None  # cases are never deleted
    return again


def _require_claimed(case: ReviewCase) -> None:
    if case.status != "claimed":
        raise CASE.refusal("finding", case.status)


def _own(actor: Actor, case: ReviewCase) -> None:
    if case.claimed_by != actor.person_id:
        raise Forbidden("この案件は、担当している審査担当だけが扱えます。先に担当してください。")


def _four_eyes(session: Session, actor: Actor, case: ReviewCase) -> None:
    conflict = reading.conflict_with(session, actor, case)
    if conflict is not None:
        raise Forbidden(conflict, rule="four-eyes")


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
        details={**details, "entry_id": case.entry_id, "content_hash": case.content_hash},
    )
