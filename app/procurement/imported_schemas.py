"""What the API takes and answers for contracts taken in from a file."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from app.procurement.imported import ImportedView
from app.procurement.inputs import Prose


class WithdrawalIn(BaseModel):
    """Why an imported contract is taken back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "別の年度の契約を取り込んでいたため。"}]}
    )

    reason: Prose = Field(title="取消しの理由")


class ImportedOut(BaseModel):
    """取り込んだ契約. `vendor_id` and `software_id` are null where they are not known here; `total` is 税込."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    title: str
    status: str
    buyer_id: str
    buyer_name: str
    vendor_id: str | None
    vendor_number: str
    vendor_name: str
    software_id: str | None
    software_name: str
    business_areas: list[str]
    concluded_on: date
    starts_on: date
    ends_on: date
    total: int
    publish_summary: bool
    note: str
    imported_at: datetime
    withdrawal_reason: str
    withdrawn_at: datetime | None


def imported_out(found: ImportedView) -> ImportedOut:
    """For the side that reads it."""
    card = {name: getattr(found.card, name) for name in ImportedOut.model_fields if hasattr(found.card, name)}
    own = {name: getattr(found, name) for name in ImportedOut.model_fields if hasattr(found, name)}
    return ImportedOut(**(card | own))
