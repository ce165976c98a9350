"""Bodies and answers of the suspensions' API."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.review.suspension_views import SuspensionView
from app.review.suspension_words import GROUNDS

_DAY = "日付（2027-03-31、令和9年3月31日、R9.3.31）"


def _body(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class AnnouncementIn(BaseModel):
    """The notice (予告) of a planned suspension."""

    model_config = _body(
        {
            "reason": "登録された認証の証書を確認できないため",
            "planned_on": "2027-04-20",
            "statement_due": "2027-04-12",
        }
    )

    reason: str
    planned_on: str = Field(max_length=40, description=f"停止の予定日（弁明の期限より後）。{_DAY}")
    statement_due: str = Field(max_length=40, description="弁明の期限（7日以上先）")


class UrgentSuspensionIn(BaseModel):
    """A suspension at once, without notice, on a stated ground. The hearing follows."""

    model_config = _body(
        {
            "ground": "security",
            "reason": "利用者の情報が外部から読める状態にあると確認したため",
            "note": "安全に利用できることを確認するため、公開を停止しています。",
        }
    )

    ground: str = Field(
        max_length=40,
        description="予告しない理由: " + "、".join(f"{code}（{words}）" for code, words in GROUNDS.items()),
    )
    reason: str = Field(description="停止の理由（事業者に伝わる）")
    note: str = Field(description="410 の応答で誰にでも見せるお知らせ（500字まで）")
    until: str = Field(default="", max_length=40, description="停止の最後の日。省くと、解くまで")
    statement_due: str = Field(default="", max_length=40, description="弁明の期限。省くと14日後")


class SuspensionDecisionIn(BaseModel):
    """The decision after notice and hearing."""

    model_config = _body(
        {
            "verdict": "suspend",
            "reason": "弁明を踏まえても、証書を確認できないため",
            "note": "登録または資格を確認するため、公開を停止しています。",
            "until": "2027-06-30",
        }
    )

    verdict: str = Field(max_length=20, description="suspend（停止する）、drop（停止しない）")
    reason: str
    note: str = Field(default="", description="公開するお知らせ。停止するときは必須（500字まで）")
    until: str = Field(default="", max_length=40, description="停止の最後の日。省くと、解くまで")


class SuspensionTextIn(BaseModel):
    """A statement or an objection of the vendor."""

    model_config = _body({"text": "証書は更新の手続中で、4月末に発行される予定です。"})

    text: str


class SuspensionReasonIn(BaseModel):
    """The Agency's reason."""

    model_config = _body({"reason": "弁明でも危険が除かれたことを確認できないため"})

    reason: str


class ObjectionAnswerIn(BaseModel):
    """The answer to an objection."""

    model_config = _body(
        {
            "verdict": "uphold",
            "reason": "新しい証書を確認したため",
            "note": "申出を受けて確認し、公開を再開しました。",
        }
    )

    verdict: str = Field(max_length=20, description="uphold（認めて再開する）、dismiss（認めない）")
    reason: str
    note: str = Field(default="", description="公開するお知らせ。認めるときは必須（500字まで）")


class LiftingIn(BaseModel):
    """Why the suspension ends early, and what strangers read of it."""

    model_config = _body({"reason": "是正を確認したため", "note": "確認が終わり、公開を再開しました。"})

    reason: str = ""
    note: str = ""


class ResumptionIn(BaseModel):
    """Why an agreement takes effect again."""

    model_config = _body({"reason": "確認が終わったため"})

    reason: str = ""


class SuspensionOut(BaseModel):
    """A suspension as a procedure."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    subject_kind: str = Field(description="software、offer、agreement")
    subject_id: str
    subject_name: str
    owner_id: str
    owner_name: str
    status: str
    urgent: bool
    ground: str
    reason: str
    begun_at: datetime
    planned_on: date | None
    statement_due: date
    statement: str
    statement_at: datetime | None
    decided_at: datetime | None
    decision_reason: str
    note: str
    until: date | None
    confirmed_at: datetime | None
    confirmation_reason: str
    objection_due: date | None = Field(description="不服の申出の最後の日。決定の前は null")
    objection: str
    objected_at: datetime | None
    answer: str
    answered_at: datetime | None
    ended_at: datetime | None
    end_kind: str = Field(description="dropped、upheld、lifted、until。続いている間は空")
    end_reason: str
    end_note: str
    possible: list[str] = Field(description="いま、あなたができること")


class BuyerNoticeOut(BaseModel):
    """A suspension as a body with a contract or project on it is told."""

    model_config = ConfigDict(from_attributes=True)

    suspension_id: str
    subject_kind: str
    name: str
    vendor: str
    since: date
    until: date | None
    note: str


def suspension_out(view: SuspensionView) -> SuspensionOut:
    """As the API answers."""
    return SuspensionOut.model_validate(view)
