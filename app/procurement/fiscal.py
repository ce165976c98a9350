"""The fiscal form of a contract (会計年度の形式): what it allows, and every reason why terms go beyond it. Pure.

An invoice belongs to the fiscal year (年度, April to March) in which its period ends, because the performance is
inspected then. Amounts are whole yen, 税込.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.kit.errors import FieldFault
from app.procurement.contract_money import Invoice
from app.procurement.inputs import (
    FiscalYear,
    OptionalCount,
    OptionalDay,
    OptionalFiscalYear,
    OptionalLine,
    OptionalProse,
    OptionalYen,
    Yen,
)
from catalogue_schema.dates import fiscal_year, format_date, format_fiscal_year
from catalogue_schema.money import format_yen

FiscalForm = Literal["single_year", "single_year_renewable", "long_term", "debt_obligation"]

FISCAL_FORMS: Mapping[str, str] = {
    "single_year": "単年度",
    "single_year_renewable": "単年度で更新予定",
    "long_term": "長期継続契約",
    "debt_obligation": "債務負担行為",
}
_LONGEST_YEARS = 50
_OF_FORM: Mapping[str, tuple[str, ...]] = {
    "long_term": ("ordinance", "most_years", "budget_clause"),
    "debt_obligation": ("resolved_on", "matter", "from_year", "to_year", "ceiling"),
}
"""What only this form has, and needs."""
FISCAL_EXAMPLE: dict[str, Any] = {
    "form": "single_year",
    "limits": [{"fiscal_year": 2027, "amount": 1500000}],
    "budget": {
        "chapter": "総務費",
        "section": "総務管理費",
        "item": "電子計算費",
        "detail": "使用料及び賃借料",
    },
}


class LimitIn(BaseModel):
    """支払限度額 of one fiscal year, 税込."""

    model_config = ConfigDict(extra="forbid")

    fiscal_year: FiscalYear = Field(title="年度")
    amount: Yen = Field(title="額（税込）")


class BudgetIn(BaseModel):
    """予算科目: 款 chapter, 項 section, 目 item, 節 detail."""

    model_config = ConfigDict(extra="forbid")

    chapter: OptionalLine = Field(default="", title="款")
    section: OptionalLine = Field(default="", title="項")
    item: OptionalLine = Field(default="", title="目")
    detail: OptionalLine = Field(default="", title="節")


class FiscalIn(BaseModel):
    """The form, what it rests on, the limits of payment by fiscal year, and the budget's items."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [FISCAL_EXAMPLE]})

    form: FiscalForm = Field(title="会計年度の形式")
    ordinance: OptionalLine = Field(default="", title="根拠の条例")
    most_years: OptionalCount = Field(default=None, title="条例で定める最長の年数")
    budget_clause: OptionalProse = Field(default="", title="予算の減額・削除のときの条項")
    resolved_on: OptionalDay = Field(default=None, title="議決日")
    matter: OptionalLine = Field(default="", title="債務負担行為の事項")
    from_year: OptionalFiscalYear = Field(default=None, title="期間の始めの年度")
    to_year: OptionalFiscalYear = Field(default=None, title="期間の終わりの年度")
    ceiling: OptionalYen = Field(default=None, title="債務負担行為の限度額（税込）")
    limits: list[LimitIn] = Field(default_factory=list, title="支払限度額", max_length=_LONGEST_YEARS + 1)
    budget: BudgetIn = Field(default_factory=BudgetIn, title="予算科目")


@dataclass(frozen=True, slots=True)
class YearSum:
    """What is invoiced in one fiscal year, and the limit that the contract gives it, if it gives any. 税込."""

    fiscal_year: int
    invoiced: int
    limit: int | None


def years_of(starts_on: date, ends_on: date) -> range:
    """The fiscal years that a term touches."""
    return range(fiscal_year(starts_on), fiscal_year(ends_on) + 1)


def invoiced_by_year(invoices: Iterable[Invoice]) -> dict[int, int]:
    """The invoices' totals by the fiscal year in which their periods end."""
    sums: dict[int, int] = defaultdict(int)
    for invoice in invoices:
        sums[fiscal_year(invoice.period.ends_on)] += invoice.total
    return dict(sums)


def year_sums(
    invoices: Iterable[Invoice], starts_on: date, ends_on: date, limits: Mapping[int, int]
) -> tuple[YearSum, ...]:
    """Each fiscal year of the term with its invoices and its limit."""
    sums = invoiced_by_year(invoices)
    return tuple(YearSum(year, sums.get(year, 0), limits.get(year)) for year in years_of(starts_on, ends_on))


def fiscal_faults(
    given: FiscalIn, starts_on: date, ends_on: date, concluded_on: date, invoices: Sequence[Invoice]
) -> list[FieldFault]:
    """Everything in which the terms go beyond their fiscal form, each with what would be right.

    `ends_on` is not before `starts_on`; `invoices` are the contract's.
    """
    faults = list(_part_faults(given))
    if given.form in ("single_year", "single_year_renewable"):
        faults += _single_year(given, starts_on, ends_on)
    elif given.form == "long_term":
        faults += _long_term(given, starts_on, ends_on)
    else:
        faults += _debt_obligation(given, starts_on, ends_on, concluded_on, invoices)
    faults += _limit_faults(given, starts_on, ends_on, invoices)
    return faults


def _fault(name: str, code: str, message: str, remedy: str) -> FieldFault:
    return FieldFault(f"/fiscal/{name}", code, message, remedy)


def _title(name: str) -> str:
    return FiscalIn.model_fields[name].title or name


def _part_faults(given: FiscalIn) -> Iterator[FieldFault]:
    """What the form needs and lacks, and what belongs to another form."""
    for form, names in _OF_FORM.items():
        for name in names:
            value = getattr(given, name)
            if form == given.form and value in (None, ""):
                message = f"「{_title(name)}」：{FISCAL_FORMS[form]}には必要です。"
                yield _fault(name, "required", message, "書いてください。")
            elif form != given.form and value not in (None, ""):
                message = f"「{_title(name)}」：{FISCAL_FORMS[form]}だけの項目です。"
                remedy = f"空にするか、会計年度の形式を「{FISCAL_FORMS[form]}」にしてください。"
                yield _fault(name, "not_applicable", message, remedy)


def _single_year(given: FiscalIn, starts_on: date, ends_on: date) -> Iterator[FieldFault]:
    if fiscal_year(starts_on) != fiscal_year(ends_on):
        last = date(fiscal_year(starts_on) + 1, 3, 31)
        message = (
            f"「会計年度の形式」：{FISCAL_FORMS[given.form]}の契約の期間が、3月31日をまたいでいます"
            f"（{format_date(starts_on)}から{format_date(ends_on)}まで）。"
        )
        remedy = f"終了日を {last.isoformat()} までにするか、長期継続契約か債務負担行為を選んでください。"
        yield _fault("form", "crosses_fiscal_year", message, remedy)


def _long_term(given: FiscalIn, starts_on: date, ends_on: date) -> Iterator[FieldFault]:
    years = given.most_years
    if years is None:
        return
    if not 1 <= years <= _LONGEST_YEARS:
        message = f"「{_title('most_years')}」：1年から{_LONGEST_YEARS}年までです。"
        yield _fault("most_years", "out_of_range", message, "条例で定める年数を書いてください。")
        return
    last = _after_years(starts_on, years) - timedelta(days=1)
    if ends_on > last:
        message = f"「終了日」：期間が、条例で定める最長の{years}年を超えます。"
        yield FieldFault("/ends_on", "beyond_form", message, f"{last.isoformat()} までの日にしてください。")


def _after_years(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # from 29 February: the last day is 28 February (民法143条)
        return date(day.year + years, 3, 1)


def _debt_obligation(
    given: FiscalIn, starts_on: date, ends_on: date, concluded_on: date, invoices: Sequence[Invoice]
) -> Iterator[FieldFault]:
    first, last = given.from_year, given.to_year
    if given.resolved_on is not None and given.resolved_on > concluded_on:
        message = "「議決日」：契約日より後です。債務負担行為の議決は、契約の前に必要です。"
        yield _fault("resolved_on", "after_conclusion", message, f"{concluded_on.isoformat()} までの日です。")
    if first is not None and last is not None and last < first:
        message = "「期間の終わりの年度」：始めの年度より前です。"
        yield _fault("to_year", "end_before_start", message, f"{first} 以後の年度を書いてください。")
    elif first is not None and last is not None:
        if fiscal_year(starts_on) < first:
            message = f"「開始日」：債務負担行為の期間（{format_fiscal_year(first)}から）より前です。"
            remedy = f"{first}-04-01 以後の日にしてください。"
            yield FieldFault("/starts_on", "beyond_form", message, remedy)
        if fiscal_year(ends_on) > last:
            message = f"「終了日」：債務負担行為の期間（{format_fiscal_year(last)}まで）を超えます。"
            remedy = f"{last + 1}-03-31 までの日にしてください。"
            yield FieldFault("/ends_on", "beyond_form", message, remedy)
    if not given.limits:
        message = "「支払限度額」：債務負担行為では、年度ごとの支払限度額が必要です。"
        yield _fault(
            "limits", "required", message, f"{_named(years_of(starts_on, ends_on))}の額を書いてください。"
        )
    if given.ceiling is None:
        return
    for what, amount in (
        ("請求の合計", sum(invoice.total for invoice in invoices)),
        ("支払限度額の合計", sum(limit.amount for limit in given.limits)),
    ):
        if amount > given.ceiling:
            message = f"「{_title('ceiling')}」：{what}（{format_yen(amount)}）が限度額を超えます。"
            remedy = f"{format_yen(given.ceiling)}までにするか、限度額を議決された額に直してください。"
            yield _fault("ceiling", "exceeded", message, remedy)


def _limit_faults(
    given: FiscalIn, starts_on: date, ends_on: date, invoices: Sequence[Invoice]
) -> Iterator[FieldFault]:
    """No limits at all is no fault here; some must be of the term's years, each once, and suffice."""
    if not given.limits:
        return
    years, sums = years_of(starts_on, ends_on), invoiced_by_year(invoices)
    seen: set[int] = set()
    for index, limit in enumerate(given.limits):
        year, called = limit.fiscal_year, format_fiscal_year(limit.fiscal_year)
        if year in seen:
            message = f"「支払限度額」：{called}が二度あります。"
            yield _fault(f"limits/{index}/fiscal_year", "twice", message, "一つにまとめてください。")
        elif year not in years:
            message = f"「支払限度額」：{called}は、契約の期間の外です。"
            remedy = f"{_named(years)}の額だけを書いてください。"
            yield _fault(f"limits/{index}/fiscal_year", "outside_term", message, remedy)
        elif sums.get(year, 0) > limit.amount:
            due = format_yen(sums[year])
            message = f"「支払限度額」：{called}の請求の合計（{due}、税込）が、{format_yen(limit.amount)}を超えます。"
            remedy = f"{due}以上にするか、明細か期間を直してください。"
            yield _fault(f"limits/{index}/amount", "exceeded", message, remedy)
        seen.add(year)
    if missing := [year for year in years if year not in seen]:
        message = f"「支払限度額」：契約の期間のうち、{_named(missing)}の額がありません。"
        needed = "、".join(
            f"{format_fiscal_year(year)}は{format_yen(sums.get(year, 0))}以上" for year in missing
        )
        yield _fault("limits", "term_not_covered", message, f"{needed}の額を書いてください。")


def _named(years: Iterable[int]) -> str:
    return "、".join(format_fiscal_year(year) for year in years)
