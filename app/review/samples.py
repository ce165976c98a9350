"""Sampling: a share of what was published without a review is looked at afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound, invalid
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.listings import service as listings
from app.listings.words import Words, checked
from app.outbox.publish import publish
from app.review import reading, repository
from app.review.desk_models import Sample
from app.review.findings import FindingGiven, fault_of, written
from app.review.lifecycle import SAMPLE
from app.review.models import ReviewCase
from app.review.rules import ReviewRules
from app.review.views import CaseLine, CaseView
from catalogue_schema import Schema

VERDICTS = {"accept": "acceptance", "findings": "findings", "take_back": "taking_back"}
"""What the API and the form call the outcome, and the verb that carries it out."""


@dataclass(frozen=True)
class SampleLine:
    """One line of the list of samples."""

    id: str
    status: str
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str
    comment: str
    case: CaseLine
    labels: tuple[str, ...]
    """The fields that were changed."""


@dataclass(frozen=True)
class SampleView:
    """A sample with its case: differences, checks, content, and whether it is still what the public reads."""

    line: SampleLine
    case: CaseView
    live: bool


def draw(session: Session, clock: Clock, rules: ReviewRules, case: ReviewCase) -> None:
    """Open a sample where the rules draw this one. No audit event: the vendor's own trail must not show the draw."""
    if not rules.draws(case.revision_id, case.content_hash):
        return
    row = Sample(id=new_id("smp"), case_id=case.id, entry_id=case.entry_id, opened_at=clock.now())
    session.add(row)
    session.flush()


def distrusted(session: Session, entry_id: str) -> bool:
    """Whether the entry's newest sample was taken back and no reviewer approved anything of it since."""
    last = session.exec(
        select(Sample)
        .where(col(Sample.entry_id) == entry_id, col(Sample.decided_at).is_not(None))
        .order_by(col(Sample.decided_at).desc(), col(Sample.id).desc())
    ).first()
    if last is None or last.status != "taken_back" or last.decided_at is None:
        return False
    approved = session.exec(
        select(col(ReviewCase.id)).where(
            col(ReviewCase.entry_id) == entry_id,
            col(ReviewCase.status) == "approved",
            col(ReviewCase.self_published).is_(False),
            col(ReviewCase.decided_at) > last.decided_at,
        )
    ).first()
    return approved is None


def sample_list(
    session: Session, actor: Actor, clock: Clock, paging: Paging, *, status: str | None = None
) -> tuple[list[SampleLine], str | None]:
    """One page of samples, oldest first; without a status those that are open. Raises NotFound, Invalid."""
    _require_reader(actor)
    if status is not None and status not in SAMPLE.statuses:
        raise invalid("/status", "unknown_term", "その状態はありません。", "、".join(SAMPLE.statuses))
    statement = select(Sample).where(col(Sample.status) == (status or "open"))
    rows, following = paginate(session, statement, Sample, paging, newest_first=False)
    return _lines(session, actor, clock, rows), following


def read_sample(session: Session, actor: Actor, clock: Clock, schema: Schema, sample_id: str) -> SampleView:
    """A sample with its case. Raises NotFound."""
    _require_reader(actor)
    row = session.get(Sample, sample_id)
    case = repository.find_case(session, row.case_id) if row else None
    if row is None or case is None:
        raise NotFound()
    basis = listings.basis_of(session, row.entry_id)
    return SampleView(
        line=_lines(session, actor, clock, [row])[0],
        case=reading.case_view(session, actor, clock, schema, case),
        live=basis.live is not None and basis.live.id == case.revision_id,
    )


def decide_sample(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    sample_id: str,
    verdict: str,
    comment: str = "",
    note: str = "",
    findings: Sequence[FindingGiven] = (),
) -> SampleView:
    """Accept what was published, leave it public with findings for the vendor, or take it back with a public note.

    Taken back, the revision before it is live again, and the vendor's next change of the entry is reviewed whatever its
    class. Raises NotFound, Forbidden (four eyes), TransitionRefused for a sample that was decided on, Conflict where
    the revision is no longer the live one, Invalid with all faults.
    """
    row = session.get(Sample, sample_id)
    case = repository.find_case(session, row.case_id) if row else None
    if row is None or case is None:
        raise NotFound()
    listings.lock_revision(session, case.revision_id)
    session.refresh(row)
    if verdict not in VERDICTS:
        remedy = f"{'、'.join(VERDICTS)} のいずれかにしてください。"
        raise Invalid([FieldFault("/verdict", "unknown_verdict", "結果の種類がありません。", remedy)])
    SAMPLE.require(VERDICTS[verdict], row.status)
    conflict = reading.conflict_with(session, actor, case)
    if conflict is not None:
        raise Forbidden(conflict, rule="four-eyes")
    kind = reading.kind_of(session, case)
    faults = [
        fault
        for index, given in enumerate(findings)
        for fault in fault_of(schema, kind, given, f"/findings/{index}")
    ]
    try:
        comment, note = checked(
            Words("/comment", "事業者へのコメント", comment, required=verdict == "take_back", longest=4000),
            Words("/note", "公開するお知らせ", note, required=verdict == "take_back", longest=500),
        )
    except Invalid as refusal:
        faults += refusal.faults
    if verdict == "findings" and not findings:
        message, remedy = "指摘がありません。", "直してほしい項目に、指摘を一つ以上書いてください。"
        faults.append(FieldFault("/findings", "required", message, remedy))
    if faults:
        raise Invalid(faults)
    now = clock.now()
    for given in findings:
        session.add(written(case.id, given, actor, now))
    if verdict == "take_back":
        listings.revoke(session, actor, clock, case.entry_id, case.revision_id, comment, note)
    decided = {"decided_at": now, "decided_by": actor.person_id, "comment": comment}
    SAMPLE.move(session, row, VERDICTS[verdict], **decided)
    record(
        session,
        actor,
        "sample.decided",
        "review_case",
        case.id,
        at=now,
        revision_id=case.revision_id,
        owner=case.owner_id,
        details={"verdict": verdict, "findings": len(findings), "sample_id": row.id},
    )
    if verdict != "accept":
        publish(session, "notify.sample-decided", row.id, at=now)
    return read_sample(session, actor, clock, schema, sample_id)


def _lines(session: Session, actor: Actor, clock: Clock, rows: Sequence[Sample]) -> list[SampleLine]:
    cases = repository.cases_by_id(session, [row.case_id for row in rows])
    lines = reading.lines_by_id(session, actor, clock, list(cases.values()))
    people = repository.names_of(session, [row.decided_by for row in rows])
    return [
        SampleLine(
            id=row.id,
            status=row.status,
            opened_at=row.opened_at,
            decided_at=row.decided_at,
            decided_by=people.get(row.decided_by or "", ""),
            comment=row.comment,
            case=lines[row.case_id],
            labels=tuple(change["label"] for change in cases[row.case_id].changes),
        )
        for row in rows
    ]


def _require_reader(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
