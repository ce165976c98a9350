"""Bodies and answers of the review API."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.listings.schemas import OwnerOut, RevisionOut, owner_out, revision_out
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


class NoteIn(BaseModel):
    """A note among reviewers."""

    model_config = _body({"text": "前回の版の指摘は反映されている。"})

    text: str


class SubmissionOut(BaseModel):
    """A submission as its vendor sees it."""

    id: str
    entry_id: str
    status: str
    opened_at: datetime
    decided_at: datetime | None
    revision: RevisionOut


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


class ChangeOut(BaseModel):
    """A field that differs from the published revision."""

    field: str
    label: str
    kind: str
    before: str
    after: str


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


def submission_out(view: SubmissionView) -> SubmissionOut:
    """A submission as JSON."""
    return SubmissionOut(
        id=view.id,
        entry_id=view.entry_id,
        status=view.status,
        opened_at=view.opened_at,
        decided_at=view.decided_at,
        revision=revision_out(view.revision),
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
                field=change.field.name,
                label=change.field.label_ja,
                kind=change.kind,
                before=change.before_text,
                after=change.after_text,
            )
            for change in view.changes
        ],
        checks=[CheckOut(**check.stored()) for check in view.checks],
        findings=[finding_out(item) for item in view.findings],
        notes=[note_out(item) for item in view.notes],
        comment=view.comment,
        decided_at=view.decided_at,
        decided_by=view.decided_by,
        conflict=view.conflict,
    )
