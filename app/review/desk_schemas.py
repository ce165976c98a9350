"""Bodies and answers of the reviewers' desk: samples, overview, many cases at once, absences, phrases."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.review.absences import AbsenceView, Reviewer
from app.review.desk import AT_ONCE, Chosen
from app.review.findings import FindingGiven
from app.review.overview import Overview
from app.review.phrases import PhraseView
from app.review.samples import SampleLine, SampleView
from app.review.schemas import CaseLineOut, CaseOut, case_out, line_out

Id = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9_]*$")]
"""An identifier in a body: what could be none never reaches the database."""


def body_example(example: dict[str, Any]) -> ConfigDict:
    """The configuration of a body: nothing unknown, and one example."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class SampleFindingIn(BaseModel):
    """A point for the vendor about what was published."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(default="", max_length=60, description="項目名。全体への指摘は空")
    reason_code: str = Field(max_length=40)
    text: str


class SampleDecisionIn(BaseModel):
    """The outcome of looking at a sample."""

    model_config = body_example(
        {
            "verdict": "findings",
            "comment": "次の版で直してください。",
            "note": "",
            "findings": [
                {"field": "website", "reason_code": "unclear", "text": "製品の頁を指してください。"}
            ],
        }
    )

    verdict: str = Field(
        max_length=20,
        description="accept（問題なし）、findings（掲載を続けて指摘）、take_back（公開を取り消す）",
    )
    comment: str = Field(default="", description="事業者へのコメント。take_back では必須")
    note: str = Field(default="", description="公開するお知らせ。take_back では必須")
    findings: list[SampleFindingIn] = Field(default_factory=list, max_length=50)

    def given(self) -> list[FindingGiven]:
        """The findings as the service takes them."""
        return [FindingGiven(one.field, one.reason_code, one.text) for one in self.findings]


class SampleLineOut(BaseModel):
    """One line of the list of samples."""

    id: str
    status: str = Field(description="open、accepted、findings、taken_back")
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str
    comment: str
    changed: list[str] = Field(description="変わった項目")
    case: CaseLineOut


class SampleOut(BaseModel):
    """A sample with its case."""

    id: str
    status: str
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str
    comment: str
    live: bool = Field(description="今も公開中の版か")
    case: CaseOut


def sample_line_out(view: SampleLine) -> SampleLineOut:
    """A line as JSON."""
    return SampleLineOut(
        id=view.id,
        status=view.status,
        opened_at=view.opened_at,
        decided_at=view.decided_at,
        decided_by=view.decided_by,
        comment=view.comment,
        changed=list(view.labels),
        case=line_out(view.case),
    )


def sample_out(view: SampleView) -> SampleOut:
    """A sample as JSON."""
    line = view.line
    return SampleOut(
        id=line.id,
        status=line.status,
        opened_at=line.opened_at,
        decided_at=line.decided_at,
        decided_by=line.decided_by,
        comment=line.comment,
        live=view.live,
        case=case_out(view.case),
    )


class StageOut(BaseModel):
    """One stage of review and how long it takes."""

    stage: str = Field(description="queued（受付待ち）、claimed（審査中）、vendor（事業者の手元）")
    now: int = Field(description="今この段階にある案件")
    ended: int = Field(description="期間中にこの段階を終えた回数")
    median_hours: float | None = Field(description="かかった時間の中央値（時間）")
    median_working_days: float | None = Field(description="かかった開庁日の中央値")


class WaitingOut(BaseModel):
    """An open case and when it should be decided on."""

    case: CaseLineOut
    due_on: date
    overdue: bool


class HolderOut(BaseModel):
    """A reviewer and how many cases they have."""

    name: str
    cases: int


class OverviewOut(BaseModel):
    """The reviewers' desk at a glance."""

    since: date = Field(description="中央値を取る期間の初日")
    standard_days: int
    stages: list[StageOut]
    open_cases: int
    overdue: int = Field(description="標準処理期間を過ぎた案件")
    samples_open: int
    oldest: list[WaitingOut]
    holders: list[HolderOut]


class NextCaseOut(BaseModel):
    """What to look at next, or null."""

    case_id: str | None


class ClaimsIn(BaseModel):
    """Several cases of one vendor to take."""

    model_config = body_example({"cases": ["case_01JD0000000000000000000000"]})

    cases: list[Id] = Field(max_length=200, description=f"一つの事業者の案件のID。{AT_ONCE}件まで")


class ChosenIn(BaseModel):
    """A case as it was on the screen."""

    model_config = ConfigDict(extra="forbid")

    case_id: Id
    revision_id: Id
    content_hash: str = Field(max_length=64)


class ApprovalsIn(BaseModel):
    """Several cases of one vendor to approve, each as it was on the screen."""

    model_config = body_example(
        {
            "cases": [
                {
                    "case_id": "case_01JD0000000000000000000000",
                    "revision_id": "rev_01JD0000000000000000000000",
                    "content_hash": "0" * 64,
                }
            ],
            "comment": "掲載を承認します。",
        }
    )

    cases: list[ChosenIn] = Field(max_length=200)
    comment: str = ""

    def chosen(self) -> list[Chosen]:
        """The cases as the service takes them."""
        return [Chosen(one.case_id, one.revision_id, one.content_hash) for one in self.cases]


class CaseLinesOut(BaseModel):
    """The cases after the act."""

    items: list[CaseLineOut]
    next: None = None


class ReassignmentIn(BaseModel):
    """Another reviewer for a case, and why."""

    model_config = body_example({"reviewer": "per_01JD0000000000000000000000", "reason": "担当の変更のため"})

    reviewer: Id = Field(description="審査担当のID（/api/v1/reviewers）")
    reason: str


class ReviewerOut(BaseModel):
    """Somebody who reviews."""

    id: str
    name: str
    away_until: date | None


class ReviewerListOut(BaseModel):
    """Everybody who reviews, by name."""

    items: list[ReviewerOut]
    next: None = None


class AbsenceIn(BaseModel):
    """A reviewer is away."""

    model_config = body_example({"until": "2026-12-04", "deputy": "", "reviewer": ""})

    until: date = Field(description="不在の最終日")
    deputy: Id = Field(default="", description="代わりの審査担当のID。空なら受付待ちに戻る")
    reviewer: Id = Field(default="", description="不在になる審査担当のID。空なら自分")


class AbsenceOut(BaseModel):
    """An absence."""

    id: str
    reviewer: str
    name: str
    until: date
    deputy: str
    current: bool


class AbsenceBegunOut(AbsenceOut):
    """An absence, and where the cases went."""

    passed: int = Field(description="代わりの人に渡した案件")
    queued: int = Field(description="受付待ちに戻した案件")


class AbsenceListOut(BaseModel):
    """Absences that are on."""

    items: list[AbsenceOut]
    next: None = None


class PhraseIn(BaseModel):
    """A phrase."""

    model_config = body_example(
        {
            "title": "概要に対象の業務がない",
            "reason_code": "unclear",
            "text": "誰のどの業務が変わるのかを書いてください。",
        }
    )

    title: str
    reason_code: str = Field(max_length=40, description="/api/v1/reviews/reasons にある区分")
    text: str


class PhraseOut(BaseModel):
    """A phrase."""

    id: str
    title: str
    reason_code: str
    text: str
    status: str = Field(description="active（使用中）、retired（廃止）")
    etag: str
    updated_at: datetime


class PhraseListOut(BaseModel):
    """The Agency's phrases, by title."""

    items: list[PhraseOut]
    next: None = None


class RevocationIn(BaseModel):
    """Published in error: which revision, why, and what everybody is told."""

    model_config = body_example(
        {
            "revision_id": "rev_01JD0000000000000000000000",
            "reason": "別の事業者の内容が混ざっていたため",
            "note": "誤って公開された版を取り消しました。",
        }
    )

    revision_id: Id = Field(description="公開中の版のID。違えば409")
    reason: str
    note: str


def overview_out(view: Overview) -> OverviewOut:
    """The overview as JSON."""
    return OverviewOut(
        since=view.since,
        standard_days=view.standard_days,
        stages=[StageOut(**asdict(one)) for one in view.stages],
        open_cases=view.open_cases,
        overdue=view.overdue,
        samples_open=view.samples_open,
        oldest=[
            WaitingOut(case=line_out(one.line), due_on=one.due_on, overdue=one.overdue) for one in view.oldest
        ],
        holders=[HolderOut(name=name, cases=count) for name, count in view.holders],
    )


def reviewer_out(view: Reviewer) -> ReviewerOut:
    """A reviewer as JSON."""
    return ReviewerOut(id=view.person_id, name=view.name, away_until=view.away_until)


def _absence(view: AbsenceView) -> dict[str, Any]:
    return {
        "id": view.id,
        "reviewer": view.person_id,
        "name": view.name,
        "until": view.until,
        "deputy": view.deputy,
        "current": view.current,
    }


def absence_out(view: AbsenceView) -> AbsenceOut:
    """An absence as JSON."""
    return AbsenceOut(**_absence(view))


def absence_begun_out(view: AbsenceView, passed: int, queued: int) -> AbsenceBegunOut:
    """An absence that has just begun as JSON."""
    return AbsenceBegunOut(**_absence(view), passed=passed, queued=queued)


def phrase_out(view: PhraseView) -> PhraseOut:
    """A phrase as JSON."""
    return PhraseOut(
        id=view.id,
        title=view.title,
        reason_code=view.reason_code,
        text=view.text,
        status=view.status,
        etag=view.etag,
        updated_at=view.updated_at,
    )
