"""What the API takes and answers for inspections (検収)."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.procurement.checklist_schemas import RuleOut
from app.procurement.inputs import Day, Line, OptionalProse, Prose


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class InspectionIn(BaseModel):
    """What was delivered in a period (a month, a year). Where it is that of an invoice, its sum is shown with it."""

    model_config = _example(
        period_from="2027-04-01",
        period_to="2027-04-30",
        delivered_on="2027-05-01",
        usage="申請 1,240件、職員 45人が利用",
        service_level="稼働率 99.97％（合意 99.9％）",
        level_met="met",
    )

    period_from: Day = Field(title="期間（開始）")
    period_to: Day = Field(title="期間（終了）")
    delivered_on: Day = Field(title="給付の終了の通知を受けた日")
    usage: OptionalProse = Field(default="", title="利用の実績")
    service_level: OptionalProse = Field(default="", title="達成したサービスレベル")
    level_met: Literal["met", "missed", "not_agreed"] = Field(
        default="not_agreed", title="サービスレベルの合意との比較"
    )


class AcceptanceIn(BaseModel):
    """合格. `inspector`: 職・氏名 as the 検査調書 says."""

    model_config = _example(inspected_on="2027-05-06", inspector="総務課主査 例示 花子", reason="")

    inspected_on: Day = Field(title="検査の日")
    inspector: Line = Field(title="検査職員")
    reason: OptionalProse = Field(default="", title="所見")


class RejectionIn(BaseModel):
    """不合格, with the reason that the vendor reads."""

    model_config = _example(
        inspected_on="2027-05-06", inspector="総務課主査 例示 花子", reason="稼働率の報告が添えられていない。"
    )

    inspected_on: Day = Field(title="検査の日")
    inspector: Line = Field(title="検査職員")
    reason: Prose = Field(title="不合格の理由")


class ReinspectionIn(BaseModel):
    """The vendor has mended it and said so: the days are counted anew from that day (第5条第2項)."""

    model_config = _example(delivered_on="2027-05-10")

    delivered_on: Day = Field(title="是正の通知を受けた日")


class InvoiceReceiptIn(BaseModel):
    """The day on which a proper invoice came."""

    model_config = _example(received_on="2027-05-10")

    received_on: Day = Field(title="請求書を受け取った日")


class RoundOut(BaseModel):
    """One decision."""

    delivered_on: date
    inspection_due: date
    inspected_on: date
    inspector: str
    outcome: str
    reason: str


class DueInspectionOut(BaseModel):
    """One line of a body's list. `late` names what is past its due date: inspection, payment."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    contract_id: str
    contract_number: str
    period_from: date
    period_to: date
    status: str
    inspection_due: date
    payment_due: date | None
    late: list[str]


class InspectionOut(BaseModel):
    """検収. `late` names what is past its due date: inspection, payment (whether it was paid is not kept here).

    `invoice_total` is that of the contract's invoice for just this period, 税込; null where there is none.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    contract_id: str
    period_from: date
    period_to: date
    usage: str
    service_level: str
    level_met: str
    delivered_on: date
    inspection_due: date
    status: str
    inspected_on: date | None
    inspector: str
    reason: str
    invoice_received_on: date | None
    payment_due: date | None
    invoice_total: int | None
    late: list[str]
    rule: RuleOut
    rounds: list[RoundOut]
    recorded_at: datetime
    verbs: list[str]
