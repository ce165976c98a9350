"""What the API takes and answers for checklists and the body's contract practice."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.procurement.inputs import Line, OptionalDay, OptionalLine


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


_ITEM = {"code": "register", "label": "入札参加資格者名簿への登載", "remedy": "名簿で確かめてください。"}
_ENTRY = {
    "item": "register",
    "state": "confirmed",
    "checked_on": "2026-11-20",
    "source": "令和7・8年度 入札参加資格者名簿（令和8年11月1日現在）",
}


def _number(value: object) -> object:
    return (
        value.strip().translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        if isinstance(value, str)
        else value
    )


class ItemIn(BaseModel):
    """One thing to look at. `code` empty: a new one is given."""

    model_config = _example(**_ITEM)

    code: OptionalLine = Field(default="", title="コード")
    label: Line = Field(title="項目")
    remedy: OptionalLine = Field(default="", title="確かめ方")


class PracticeIn(BaseModel):
    """The body's practice as a whole. The days may be shorter than the Act's, never longer."""

    model_config = _example(
        items=[_ITEM],
        inspection_days=10,
        payment_days=30,
        counts_first_day=False,
        rule_source="れいじ町財務規則第98条",
    )

    items: list[ItemIn] = Field(title="確認の項目", max_length=40)
    inspection_days: Annotated[int, BeforeValidator(_number)] = Field(title="検査の日数", ge=1, le=10)
    payment_days: Annotated[int, BeforeValidator(_number)] = Field(title="支払の日数", ge=1, le=30)
    counts_first_day: bool = Field(default=False, title="初日を数える")
    rule_source: OptionalLine = Field(default="", title="根拠の規則")


class EntryIn(BaseModel):
    """One answer. What was confirmed needs the date and what was looked at."""

    model_config = _example(**_ENTRY)

    item: Line = Field(title="項目")
    state: Literal["confirmed", "not_applicable", "unchecked"] = Field(title="状態")
    checked_on: OptionalDay = Field(default=None, title="確かめた日")
    source: OptionalLine = Field(default="", title="見たもの")


class EntriesIn(BaseModel):
    """Answers to some of the items; the others stay."""

    model_config = _example(entries=[_ENTRY])

    entries: list[EntryIn] = Field(title="確認", min_length=1, max_length=40)


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ItemOut(_Out):
    """One thing to look at."""

    code: str
    label: str
    remedy: str


class RuleOut(_Out):
    """By when a delivery is inspected and an invoice paid, in calendar days, and what says so."""

    code: str
    inspection_days: int
    payment_days: int
    counts_first_day: bool
    name: str
    source: str


class PracticeOut(_Out):
    """`own` false: the body has written none, and these are the defaults."""

    items: list[ItemOut]
    rule: RuleOut
    own: bool


class CheckOut(_Out):
    """One item with the newest answer to it. `inherited`: given in the project that led to this contract."""

    item: str
    label: str
    remedy: str
    state: str
    checked_on: date | None
    source: str
    recorded_by: str | None
    recorded_at: datetime | None
    inherited: bool


class ChecklistOut(_Out):
    """`missing` are the items neither confirmed nor said to be inapplicable: a warning, never a hindrance."""

    vendor_id: str | None
    vendor_name: str
    checks: list[CheckOut]
    missing: list[CheckOut]
    writable: bool
