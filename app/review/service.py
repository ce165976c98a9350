"""What happens to a case: submitted, recalled, taken, given back, decided; findings and notes along the way.

Every act locks the entry first, so that vendor and reviewer take turns.
"""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.listings import service as listings
from app.listings.words import Words, checked
from app.outbox.publish import publish
from app.review import absences, findings, reading, repository, stages
from app.review.findings import FindingGiven
from app.review.handing_over import locked
from app.review.lifecycle import CASE
from app.review.models import ReviewCase, ReviewNote
from app.review.submitting import look_ahead, recall, submit
from app.review.views import CaseView, FindingView, NoteView
from catalogue_schema import Schema

__all__ = [
    "VERDICTS",
    "add_finding",
    "add_note",
    "claim",
    "decide",
    "look_ahead",
    "recall",
    "release",
    "submit",
    "withdraw_finding",
]

VERDICTS: dict[str, listings.Verdict] = {"approve": "approval", "return": "return", "reject": "rejection"}
"""What the API and the form call a decision, and the verb that carries it out."""


def claim(session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str) -> CaseView:
    """Take a case, exclusively; also one whose reviewer reviews no more.

    Raises NotFound, Forbidden (four eyes), TransitionRefused when somebody has it.
    """
    absences.refuse_absent(session, actor, clock)
    case = locked(session, case_id)
    _four_eyes(session, actor, case)
    if case.status == "claimed" and not repository.still_reviewing(session, [case.claimed_by]):
        _free(session, actor, clock, case)
    CASE.move(session, case, "claim", claimed_by=actor.person_id, claimed_at=clock.now())
    stages.begin(session, case, "claimed", clock.now())
    listings.claim_for_review(session, actor, clock, case.revision_id)
    _record(session, actor, clock, case, "review.claimed")
    return reading.case_view(session, actor, clock, schema, case)


def release(session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str) -> CaseView:
    """Give a case back to the queue. Raises NotFound, Forbidden for another's case, TransitionRefused."""
    case = locked(session, case_id)
    CASE.require("release", case.status)
    _own(actor, case)
    _free(session, actor, clock, case)
    return reading.case_view(session, actor, clock, schema, case)


def _free(session: Session, actor: Actor, clock: Clock, case: ReviewCase) -> None:
    CASE.move(session, case, "release", claimed_by=None, claimed_at=None)
    stages.begin(session, case, "queued", clock.now())
    listings.release_from_review(session, actor, clock, case.revision_id)
    _record(session, actor, clock, case, "review.released")


def decision_faults(verdict: str, comment: str, findings: int) -> list[FieldFault]:
    """What a decision lacks: its kind, a return's findings, a rejection's reason."""
    if verdict not in VERDICTS:
        remedy = f"{'、'.join(VERDICTS)} のいずれかにしてください。"
        return [FieldFault("/verdict", "unknown_verdict", "決定の種類がありません。", remedy)]
    if verdict == "return" and not findings:
        message, remedy = "差戻しには指摘が必要です。", "直してほしい項目に、指摘を一つ以上書いてください。"
        return [FieldFault("/findings", "required", message, remedy)]
    if verdict == "reject" and not (comment or findings):
        message, remedy = "不承認には理由が必要です。", "コメントか指摘に理由を書いてください。"
        return [FieldFault("/comment", "required", message, remedy)]
    return []


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
    case = locked(session, case_id)
    (comment,) = checked(Words("/comment", "事業者へのコメント", comment, longest=4000))
    if verdict not in VERDICTS:
        raise Invalid(decision_faults(verdict, comment, 0))
    revision = listings.lock_revision(session, case.revision_id)
    if (revision_id, content_hash) != (revision.id, revision.content_hash):
        raise listings.revision_changed(revision)
    CASE.require(VERDICTS[verdict], case.status)
    _own(actor, case)
    _four_eyes(session, actor, case)
    if content_hash != case.content_hash:
        raise listings.revision_changed(revision)
    found = repository.findings(session, case.id)
    if faults := decision_faults(verdict, comment, len(found)):
        raise Invalid(faults)
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
    if verdict == "return":
        stages.begin(session, case, "vendor", now)
    else:
        stages.end(session, case.id, now)
    _record(session, actor, clock, case, "review.decided", verdict=verdict, findings=len(found))
    publish(session, "notify.review-decided", case.id, at=now)
    if verdict == "approve" and case.change_class == "major":
        publish(session, "notify.listing-changed", case.id, at=now)
    return reading.case_view(session, actor, clock, schema, case)


def add_finding(
    session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str, given: FindingGiven
) -> FindingView:
    """Write a point for the vendor, tied to a field (empty: the whole). Read by the vendor once decided.

    Raises NotFound, Forbidden for who has not taken the case, TransitionRefused, Invalid with all faults: among them
    `late_finding` at /late_reason for what the first reviewer of this revision could have said and did not.
    """
    case = locked(session, case_id)
    _require_claimed(case)
    _own(actor, case)
    kind = reading.kind_of(session, case)
    cycle = findings.cycle_of(session, schema, kind, case)
    faults = findings.fault_of(schema, kind, given)
    if not any(fault.pointer == "/field" for fault in faults):
        faults += findings.late_fault(schema, kind, cycle, given)
    if faults:
        raise Invalid(faults)
    late = cycle is not None and cycle.is_late(given.field)
    row = findings.written(case.id, given, actor, clock.now(), late=late)
    session.add(row)
    session.flush()
    _record(
        session,
        actor,
        clock,
        case,
        "review.finding-added",
        field=given.field,
        reason_code=given.reason_code,
        late=late,
    )
    return reading.finding_view(schema, kind, row)


def withdraw_finding(
    session: Session, actor: Actor, clock: Clock, schema: Schema, case_id: str, finding_id: str
) -> FindingView:
    """Take a finding back before the decision. Raises NotFound, Forbidden, TransitionRefused."""
    case = locked(session, case_id)
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
