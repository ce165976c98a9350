"""Bodies and answers of the reviewers' desk: samples."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.review.findings import FindingGiven
from app.review.samples import SampleLine, SampleView
from app.review.schemas import CaseLineOut, CaseOut, case_out, line_out


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
