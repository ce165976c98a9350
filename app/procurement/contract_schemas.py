"""What the API takes for individual contracts."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.procurement.contract_money import BillingCycle, PriceLine, RoundingPlace
from app.procurement.fiscal import FISCAL_EXAMPLE, FiscalIn
from app.procurement.inputs import (
    Day,
    Line,
    OptionalLine,
    OptionalProse,
    OptionalYen,
    Prose,
    Quantity,
    UnitPrice,
)
from app.procurement.project_schemas import Identifier

_LINES = [
    {
        "name": "基本利用料",
        "unit": "月",
        "unit_price": "120000",
        "quantity": "1",
        "tax_category": "standard",
        "billing": "monthly",
    },
    {
        "name": "電子申請の処理",
        "unit": "件",
        "unit_price": "8.8",
        "quantity": "1500",
        "tax_category": "standard",
        "billing": "once",
    },
    {
        "name": "導入年度の割引",
        "unit": "月",
        "unit_price": "-10000",
        "quantity": "1",
        "tax_category": "standard",
        "billing": "monthly",
    },
]
_TERMS: dict[str, Any] = {
    "title": "窓口支援サービスの利用",
    "starts_on": "2027-04-01",
    "ends_on": "2028-03-31",
    "concluded_on": "2027-04-01",
    "lines": _LINES,
    "billing_cycle": "monthly",
    "rounding_place": "invoice",
    "rounding_mode": "floor",
    "fiscal": FISCAL_EXAMPLE,
    "total": 1466520,
}


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class LineIn(BaseModel):
    """One price line. The amount is computed; sent along, it must be the right one."""

    model_config = _example(**_LINES[0])

    name: Line = Field(title="費目")
    unit: OptionalLine = Field(default="", title="単位")
    unit_price: UnitPrice = Field(title="単価（税抜）")
    quantity: Quantity = Field(title="数量")
    """Of each charge: a monthly line's is the month's."""
    tax_category: Literal["standard", "exempt", "out_of_scope"] = Field(default="standard", title="税区分")
    billing: Literal["once", "monthly", "yearly"] = Field(default="once", title="課金")
    """How often it is charged within the term; a begun month or year counts whole."""

    payee: Literal["vendor", "state", "network", "own_staff", "other"] = Field(
        default="vendor", title="支払先"
    )
    """Only what the vendor is paid is the contract's sum."""

    def price_line(self) -> PriceLine:
        """As computed with."""
        return PriceLine(
            self.name, self.unit, self.unit_price, self.quantity, self.tax_category, self.billing, self.payee
        )


class TermsIn(BaseModel):
    """The terms of one version. Sums may be left out; given ones must agree with the sums of the invoices."""

    model_config = _example(**_TERMS)

    title: OptionalLine = Field(default="", title="契約件名")
    starts_on: Day = Field(title="開始日")
    ends_on: Day = Field(title="終了日")
    concluded_on: Day = Field(title="契約日")
    lines: list[LineIn] = Field(title="明細", min_length=1, max_length=200)
    billing_cycle: BillingCycle = Field(default="once", title="請求の周期")
    rounding_place: RoundingPlace = Field(default="contract", title="消費税の端数処理の単位")
    rounding_mode: Literal["floor", "round", "ceil"] = Field(default="floor", title="端数処理")
    fiscal: FiscalIn | None = Field(default=None, title="会計年度の形式")
    """Left out: not stated (未記入)."""
    subtotal: OptionalYen = Field(default=None, title="税抜の計")
    tax: OptionalYen = Field(default=None, title="消費税")
    total: OptionalYen = Field(default=None, title="税込の計")

    def price_lines(self) -> tuple[PriceLine, ...]:
        """As computed with."""
        return tuple(line.price_line() for line in self.lines)


class ContractIn(TermsIn):
    """A contract on what a project selected. The revisions may be named; they must be the selected ones."""

    model_config = _example(project_id="prj_01K", number="れいじ契-2027-001", **_TERMS)

    project_id: Identifier = Field(title="案件")
    number: Line = Field(title="契約番号")
    software_revision_id: Identifier | None = Field(default=None, title="ソフトウェアの版")
    offer_revision_id: Identifier | None = Field(default=None, title="サービスの版")
    publish_summary: bool | None = Field(default=None, title="概要の公表")


class AmendmentIn(TermsIn):
    """New terms as a whole, with the reason. `version`: the one on the screen, so that no other is overwritten."""

    model_config = _example(reason="利用者が増えたため。", version=1, **_TERMS)

    reason: Prose = Field(title="変更の理由")
    version: int | None = Field(default=None, ge=1, title="変更する版")
    publish_summary: bool | None = Field(default=None, title="概要の公表")


class AnswerIn(BaseModel):
    """A confirmation. `version`: the one on the screen, so that no later amendment is confirmed unread."""

    model_config = _example(version=1)

    version: int | None = Field(default=None, ge=1, title="版")
    terms: str | None = Field(default=None, max_length=64, title="文書と申し入れの指紋")
    """`digest` of the terms that were read; left out, those in force are confirmed."""


class DisputeIn(BaseModel):
    """A dispute, with its reason."""

    model_config = _example(reason="単価が見積書と異なります。", version=1)

    reason: Prose = Field(title="異議の理由")
    version: int | None = Field(default=None, ge=1, title="版")


class TerminationIn(BaseModel):
    """An end before the agreed one."""

    model_config = _example(ended_on="2027-09-30", reason="庁舎統合により窓口を廃止するため。")

    ended_on: Day = Field(title="終了の日")
    reason: OptionalProse = Field(default="", title="理由")
