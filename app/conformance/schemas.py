"""What the API takes and gives about conformance."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.conformance.service import ClaimView
from app.conformance.statements import CAUTION

State = Literal["conforms", "conditional", "planned", "not_met", "out_of_scope"]


class ClaimIn(BaseModel):
    """A version to claim."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"version_id": "spv_01JDF000000000000000000000", "carry_from": None}]
        },
    )

    version_id: str = Field(max_length=60, description="標準仕様書の版のID")
    carry_from: str | None = Field(
        default=None, max_length=60, description="変わらない要件の回答を引き継ぐ、同じ標準仕様書の版のID"
    )


class StatementsIn(BaseModel):
    """Statements to set; those that are not named stay. An empty `state` takes one back."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "statements": [
                        {"key": "0010001", "state": "conforms", "evidence": "https://www.example.jp/manual/"},
                        {"key": "0010002", "state": "planned", "planned_on": "2027-04-01"},
                    ]
                }
            ]
        },
    )

    statements: list[dict[str, Any]] = Field(
        max_length=3000,
        description="key、state、how（条件）、planned_on（予定日）、note（備考）、evidence（https）",
    )


class CoverageOut(BaseModel):
    """What follows from the statements for one size class."""

    model_config = ConfigDict(from_attributes=True)

    size_class: str
    level: str = Field(
        description="conforms（実装必須の全てに適合）、conditional、planned（planned_on から）、no"
    )
    planned_on: date | None
    required: dict[str, int]
    optional: dict[str, int]
    missing: list[str] = Field(description="条件なしに適合していない、実装必須の要件のID")


class VerificationOut(BaseModel):
    """What a reviewer looked at."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    level: str = Field(description="documents（書類確認）、tested（試験結果あり）")
    looked_at: str = Field(description="見たもの")
    organisation: str = Field(description="確認した者")
    recorded_at: datetime
    report_url: str
    tester: str
    tested_on: date | None
    valid_until: date | None
    revision_number: int = Field(description="見た回答の版の番号")
    status: str = Field(description="in_effect（有効）、withdrawn（取消し）、ended（終了）")
    ended_at: datetime | None
    reason: str = Field(description="取り消した理由、終わった理由")
    changed_since: int = Field(description="確認の後に変わった回答の数")
    holds: bool = Field(description="今の回答に効いているか")
    caution: str = CAUTION


class ClaimOut(BaseModel):
    """What a software says about one version, in sum: stated by the vendor, and verified up to `level`."""

    id: str
    software_id: str
    software_name: str
    specification_id: str
    specification_title: str
    sample: bool
    version_id: str
    version_number: str
    revision_number: int
    level: str = Field(description="self_declared（自己申告）、documents（書類確認）、tested（試験結果あり）")
    verifications: list[VerificationOut] = Field(
        description="確認の記録。取り消されたもの、終わったものを含む"
    )
    caution: str = CAUTION
    unanswered: int
    coverage: list[CoverageOut]
    updated_at: datetime


class StatementOut(BaseModel):
    """What is said about one requirement; `state` null: unanswered."""

    position: int
    key: str
    state: State | None
    how: str
    planned_on: date | None
    note: str
    evidence: str


class WholeClaimOut(ClaimOut):
    """The same with every statement, in the order of the requirements."""

    statements: list[StatementOut]


def _facts(view: ClaimView) -> dict[str, Any]:
    return {
        "id": view.id,
        "software_id": view.software_id,
        "software_name": view.software_name,
        "specification_id": view.specification.id,
        "specification_title": view.specification.title,
        "sample": view.specification.sample,
        "version_id": view.version.id,
        "version_number": view.version.number,
        "revision_number": view.revision_number,
        "level": view.level,
        "verifications": [VerificationOut.model_validate(each) for each in view.verifications],
        "unanswered": view.unanswered,
        "coverage": [CoverageOut.model_validate(each) for each in view.coverage],
        "updated_at": view.updated_at,
    }


def claim_out(view: ClaimView) -> ClaimOut:
    """A claim in sum."""
    return ClaimOut(**_facts(view))


def whole_claim_out(view: ClaimView) -> WholeClaimOut:
    """A claim with its statements."""
    lines = []
    for position, item in enumerate(view.requirements):
        said = view.statements.get(position)
        facts = vars(said) if said else dict.fromkeys(("how", "note", "evidence"), "")
        plain = {"state": None, "planned_on": None, **facts}
        lines.append(StatementOut.model_validate({"position": position, "key": item.key, **plain}))
    return WholeClaimOut(**_facts(view), statements=lines)
