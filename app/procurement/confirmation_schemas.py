"""What the API takes and answers for the body's own confirmations of conformance (適合確認の記録)."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.conformance.statements import CAUTION
from app.procurement.inputs import Day, Line, OptionalProse, Prose


class ConfirmationIn(BaseModel):
    """What the body found out about a candidate."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "software_id": "ent_01JD0000000000000000000000",
                    "version_id": "spv_01JDF000000000000000000000",
                    "outcome": "partly",
                    "looked_at": "デモ環境で、要件0010001から0010020までを操作した。",
                    "remaining": "要件0010021は、令和9年4月の改修の後に改めて確かめる。",
                    "confirmed_on": "2026-11-20",
                }
            ]
        },
    )

    software_id: Line = Field(title="候補")
    version_id: Line = Field(title="標準仕様書の版")
    outcome: Literal["confirmed", "partly", "not_confirmed"] = Field(title="結果")
    looked_at: Prose = Field(title="確かめ方")
    remaining: OptionalProse = Field(default="", title="残ること")
    confirmed_on: Day = Field(title="確かめた日")


class ConfirmationOut(BaseModel):
    """One confirmation; those before it about the same candidate and version stay."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    software_id: str
    software_name: str
    specification_title: str
    version_id: str
    version_number: str
    revision_number: int = Field(description="確かめたときの、候補の版の番号")
    level: str = Field(
        description="そのときの確認の段階。self_declared（自己申告）、documents（書類確認）、tested（試験結果あり）"
    )
    outcome: str = Field(
        description="confirmed（適合を確かめた）、partly（一部を確かめた）、not_confirmed（適合していない）"
    )
    looked_at: str
    remaining: str
    confirmed_on: date
    recorded_by: str
    recorded_at: datetime
    newest: bool = Field(description="その候補と版についての、最も新しい記録か")


class ConfirmationListOut(BaseModel):
    """Every confirmation of the project, the newest first."""

    items: list[ConfirmationOut]
    caution: str = CAUTION
