"""Bodies and answers of the review API."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.conformance.change_schemas import ClaimChangeOut, claim_change_out
from app.listings.schemas import OwnerOut, RevisionOut, owner_out, revision_out
from app.review.submitting import SubmissionOutlook
from app.review.views import CaseLine, CaseView, DecisionView, FindingView, NoteView, SubmissionView


def _body(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class DecisionIn(BaseModel):
    """A decision on exactly the revision and content that were on the screen."""

    model_config = _body(
        {
            "verdict": "approve",
            "revision_id": "rev_01JD0000000000000000000000",
            "content_hash": "0" * 64,
            "comment": "掲載を承認します。",
        }
    )

    verdict: str = Field(max_length=20, description="approve（承認）、return（差戻し）、reject（不承認）")
    revision_id: str = Field(max_length=60)
    content_hash: str = Field(max_length=64)
    comment: str = ""


class FindingIn(BaseModel):
    """A point for the vendor."""

    model_config = _body(
        {"field": "summary", "reason_code": "unclear", "text": "誰の業務が変わるのか書いてください。"}
    )

    field: str = Field(default="", max_length=60, description="項目名。全体への指摘は空")
    reason_code: str = Field(max_length=40, description="/api/v1/reviews/reasons にある区分")
    text: str
    late_reason: str = Field(
        default="",
        max_length=4000,
        description="最初の審査で指摘できた項目を後から指摘する理由。必要なときは errors に late_finding が返ります",
    )


class NoteIn(BaseModel):
    """A note among reviewers."""

    model_config = _body({"text": "前回の版の指摘は反映されている。"})

    text: str


class ChangedFieldOut(BaseModel):
    """A field that differs from the published revision, with the class of its change."""

    field: str
    label: str
    change_class: str = Field(description="minor（軽微）または major（重要）")


class FaultOut(BaseModel):
    """A fault of the answers."""

    pointer: str
    code: str
    message: str
    remedy: str


class SubmissionOut(BaseModel):
    """A submission as its vendor sees it."""

    id: str
    entry_id: str
    status: str
    opened_at: datetime
    decided_at: datetime | None
    revision: RevisionOut
    change_class: str = Field(
        description="公開中の版との違いの区分: first（初めて）、same（違いなし）、minor（軽微）、major（重要）"
    )
    changes: list[ChangedFieldOut]
    self_published: bool = Field(description="軽微な変更だけなので、審査を待たずに公開された")
    place: int | None = Field(description="受付待ちの順番（1から）。審査中や決定の後は null")
    due_on: date | None = Field(description="標準処理期間による決定の目安の日")
    standard_days: int = Field(description="標準処理期間（開庁日の日数）")


class ClassedChangeOut(ChangedFieldOut):
    """A difference from the published revision, with why it has its class."""

    because: str


class SubmissionCheckOut(BaseModel):
    """What handing the draft in now would bring."""

    ready: bool
    refusals: list[str] = Field(description="今は申請できない理由")
    faults: list[FaultOut]
    change_class: str = Field(description="first、same、minor（軽微）、major（重要）")
    changes: list[ClassedChangeOut]
    self_publishing: bool = Field(description="申請するとすぐ公開される")
    hindrances: list[str] = Field(description="軽微でも審査を受ける理由")
    consequence: str
    standard_days: int = Field(description="標準処理期間（開庁日の日数）")
    waiting: int = Field(description="受付待ちの件数")


class OpenSubmissionOut(BaseModel):
    """The submission that waits or is being reviewed, or null; and what the next one would bring."""

    open: SubmissionOut | None
    check: SubmissionCheckOut


class FindingOut(BaseModel):
    """A point for the vendor."""

    id: str
    field: str
    field_label: str
    reason_code: str
    reason: str
    hint: str
    text: str
    created_at: datetime
    late_reason: str = Field(description="最初の審査で指摘できた項目を、後から指摘した理由")


class FindingListOut(BaseModel):
    """The findings of a case, oldest first."""

    items: list[FindingOut]
    next: None = None


class NoteOut(BaseModel):
    """A note among reviewers."""

    id: str
    text: str
    author: str
    created_at: datetime


class NoteListOut(BaseModel):
    """The notes of a case, oldest first."""

    items: list[NoteOut]
    next: None = None


class ReasonOut(BaseModel):
    """A reason code."""

    code: str
    ja: str
    hint: str


class ReasonListOut(BaseModel):
    """All reason codes."""

    items: list[ReasonOut]
    next: None = None


class DecisionOut(BaseModel):
    """The last decision on an entry, for its vendor."""

    case_id: str
    revision_number: int
    status: str
    comment: str
    decided_at: datetime | None
    findings: list[FindingOut]
    self_published: bool = Field(description="軽微な変更として審査なしに公開された")


class LastDecisionOut(BaseModel):
    """The last decision, or null before the first."""

    decision: DecisionOut | None


class CaseLineOut(BaseModel):
    """One line of the queue."""

    id: str
    entry_id: str
    kind: str
    name: str
    owner: OwnerOut
    revision_number: int
    first: bool
    status: str
    opened_at: datetime
    age_days: int
    claimed_by: str
    mine: bool
    left_behind: bool
    """Whether who has it reviews no more, so that another reviewer may claim it."""
    change_class: str = Field(description="first、same、minor（軽微）、major（重要）。古い案件では空")
    self_published: bool


class ChangeOut(BaseModel):
    """A field that differs from the published revision."""

    field: str
    label: str
    kind: str
    before: str
    after: str
    change_class: str = Field(description="minor（軽微）または major（重要）")


class CheckOut(BaseModel):
    """An automated check."""

    code: str
    label: str
    outcome: str
    message: str
    field: str


class CaseOut(CaseLineOut):
    """A case with everything that reviewers look at."""

    revision: RevisionOut
    content_hash: str
    live: RevisionOut | None
    changes: list[ChangeOut]
    checks: list[CheckOut]
    findings: list[FindingOut]
    notes: list[NoteOut]
    comment: str
    decided_at: datetime | None
    decided_by: str
    conflict: str | None = Field(description="この人が決定できない理由（四つの目の規則）")
    conformance: list[ClaimChangeOut] = Field(
        description="標準仕様書の要件への回答のうち、公開中の版と違うもの（ソフトウェアだけ）"
    )


def submission_out(view: SubmissionView) -> SubmissionOut:
    """A submission as JSON."""
    return SubmissionOut(
        id=view.id,
        entry_id=view.entry_id,
        status=view.status,
        opened_at=view.opened_at,
        decided_at=view.decided_at,
        revision=revision_out(view.revision),
        change_class=view.change_class,
        changes=[ChangedFieldOut(**change) for change in view.changes],
        self_published=view.self_published,
        place=view.place,
        due_on=view.due_on,
        standard_days=view.standard_days,
    )


def check_out(view: SubmissionOutlook) -> SubmissionCheckOut:
    """The check before a submission as JSON."""
    return SubmissionCheckOut(
        ready=view.check.ready,
        refusals=list(view.check.refusals),
        faults=[FaultOut(**asdict(fault)) for fault in view.check.faults],
        change_class=view.outlook.change_class,
        changes=[
            ClassedChangeOut(
                field=one.change.field.name,
                label=one.change.field.label_ja,
                change_class=one.change_class,
                because=one.because,
            )
            for one in view.outlook.changes
        ],
        self_publishing=view.outlook.self_publishing,
        hindrances=list(view.outlook.hindrances),
        consequence=view.outlook.consequence,
        standard_days=view.standard_days,
        waiting=view.waiting,
    )


def finding_out(view: FindingView) -> FindingOut:
    """A finding as JSON."""
    return FindingOut(
        id=view.id,
        field=view.field,
        field_label=view.field_label,
        reason_code=view.reason_code,
        reason=view.reason_label,
        hint=view.hint,
        text=view.text,
        created_at=view.created_at,
        late_reason=view.late_reason,
    )


def note_out(view: NoteView) -> NoteOut:
    """A note as JSON."""
    return NoteOut(id=view.id, text=view.text, author=view.author, created_at=view.created_at)


def decision_out(view: DecisionView | None) -> LastDecisionOut:
    """The last decision as JSON."""
    if view is None:
        return LastDecisionOut(decision=None)
    return LastDecisionOut(
        decision=DecisionOut(
            case_id=view.case_id,
            revision_number=view.revision_number,
            status=view.status,
            comment=view.comment,
            decided_at=view.decided_at,
            findings=[finding_out(item) for item in view.findings],
            self_published=view.self_published,
        )
    )


def line_out(view: CaseLine) -> CaseLineOut:
    """A line of the queue as JSON."""
    return CaseLineOut(**_line(view))


def _line(view: CaseLine) -> dict[str, Any]:
    return {
        "id": view.id,
        "entry_id": view.entry_id,
        "kind": view.kind,
        "name": view.name,
        "owner": owner_out(view.owner),
        "revision_number": view.revision_number,
        "first": view.first,
        "status": view.status,
        "opened_at": view.opened_at,
        "age_days": view.age_days,
        "claimed_by": view.claimed_by,
        "mine": view.mine,
        "left_behind": view.left_behind,
        "change_class": view.change_class,
        "self_published": view.self_published,
    }


def case_out(view: CaseView) -> CaseOut:
    """A case as JSON."""
    return CaseOut(
        **_line(view.line),
        revision=revision_out(view.revision),
        content_hash=view.content_hash,
        live=revision_out(view.live) if view.live else None,
        changes=[
            ChangeOut(
                field=one.change.field.name,
                label=one.change.field.label_ja,
                kind=one.change.kind,
                before=one.change.before_text,
                after=one.change.after_text,
                change_class=one.change_class,
            )
            for one in view.changes
        ],
        checks=[CheckOut(**check.stored()) for check in view.checks],
        findings=[finding_out(item) for item in view.findings],
        notes=[note_out(item) for item in view.notes],
        comment=view.comment,
        decided_at=view.decided_at,
        decided_by=view.decided_by,
        conflict=view.conflict,
        conformance=[claim_change_out(change) for change in view.conformance],
    )
