"""What the API takes and answers for outcomes (選定の結果の通知)."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.procurement.inputs import OptionalProse, Prose
from app.procurement.outcomes import OutcomeView


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class OutcomeReasonIn(BaseModel):
    """This vendor's own reason, before it is sent."""

    model_config = _example(reason="LGWANの端末から使えることの条件を満たさなかったため。")

    reason: OptionalProse = Field(title="理由")


class OutcomeQuestionIn(BaseModel):
    """The vendor's one question."""

    model_config = _example(question="条件のうち、どの機能が満たされていないと判断されましたか。")

    question: Prose = Field(title="質問")


class OutcomeAnswerIn(BaseModel):
    """The body's answer. It cannot be changed afterwards."""

    model_config = _example(answer="電子申請との連携について、回答が「対応なし」であったためです。")

    answer: Prose = Field(title="回答")


class OutcomeOut(BaseModel):
    """What one vendor is told after a decision. `reason` and `doubts` of what is not sent yet are the body's alone."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    project_id: str | None
    """None for the vendor: the project's record is not its to read."""
    project_title: str
    organisation_id: str
    organisation_name: str
    vendor_id: str
    vendor_name: str
    software_id: str
    software_name: str
    offer_name: str
    result: str
    status: str
    reason: str
    doubts: list[str]
    sent_at: datetime | None
    ask_until: date | None
    question: str
    asked_at: datetime | None
    answer: str
    answered_at: datetime | None
    verbs: list[str]


class Outcomes(BaseModel):
    """All of a project's."""

    items: list[OutcomeOut]
    next: None = None


def outcome_out(view: OutcomeView) -> OutcomeOut:
    """A view for the API."""
    return OutcomeOut.model_validate(view)
