"""The part of a contract's form that states its fiscal form: flat names (`fiscal-limits-0-amount`) and back."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.procurement.fiscal import FISCAL_FORMS, years_of
from app.web.forms import Form
from catalogue_schema.dates import DateUnreadable, parse_date

_LIMIT = re.compile(r"fiscal-limits-([0-9]{1,3})-(fiscal_year|amount)")
_PLAIN = (
    "form", "ordinance", "most_years", "budget_clause",
    "resolved_on", "matter", "from_year", "to_year", "ceiling",
)  # fmt: skip
_BUDGET = ("chapter", "section", "item", "detail")
_YEARS_SHOWN = 12

FORMS: Mapping[str, str] = {"": "書かない（未記入）", **FISCAL_FORMS}


def _limits(form: Form) -> list[dict[str, str]]:
    rows: dict[int, dict[str, str]] = {}
    for name in form:
        if match := _LIMIT.fullmatch(name):
            rows.setdefault(int(match[1]), {})[match[2]] = form.get(name)
    return [rows[index] for index in sorted(rows)]


def posted(form: Form) -> dict[str, Any] | None:
    """What the form says, for `fiscal.FiscalIn`; None where nothing was typed.

    Rows without an amount only offer their year, so they count as nothing, and faults count without them.
    """
    limits = [
        {"fiscal_year": row.get("fiscal_year", ""), "amount": row["amount"]}
        for row in _limits(form)
        if row.get("amount")
    ]
    plain = {name: form.get(f"fiscal-{name}") for name in _PLAIN}
    budget = {name: form.get(f"fiscal-budget-{name}") for name in _BUDGET}
    if not (limits or any(plain.values()) or any(budget.values())):
        return None
    return {**plain, "limits": limits, "budget": budget}


def limit_rows(form: Form) -> list[dict[str, str]]:
    """The posted rows with an amount, then a row for each fiscal year of the term that has none yet."""
    kept = [row for row in _limits(form) if row.get("amount")]
    return kept + _missing(kept, form.get("starts_on"), form.get("ends_on"))


def rows_of_term(starts_on: date, ends_on: date) -> list[dict[str, str]]:
    """A row for each fiscal year of a term."""
    return _missing([], starts_on.isoformat(), ends_on.isoformat())


def _missing(kept: Sequence[Mapping[str, str]], starts_on: str, ends_on: str) -> list[dict[str, str]]:
    known = {row.get("fiscal_year") for row in kept}
    try:
        years = years_of(parse_date(starts_on), parse_date(ends_on))
    except DateUnreadable:
        years = range(0)
    offered = [str(year) for year in years[:_YEARS_SHOWN] if str(year) not in known]
    return [{"fiscal_year": year, "amount": ""} for year in offered or [""]]


def stored_values(fiscal: Mapping[str, Any] | None) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What a recorded version says, as the form's values and its limits' rows."""
    if fiscal is None:
        return {}, []
    typed = {f"fiscal-{name}": _text(fiscal[name]) for name in _PLAIN}
    typed |= {f"fiscal-budget-{name}": fiscal["budget"][name] for name in _BUDGET}
    rows = [{name: str(limit[name]) for name in ("fiscal_year", "amount")} for limit in fiscal["limits"]]
    return typed, rows


def _text(value: object) -> str:
    return "" if value is None else str(value)
