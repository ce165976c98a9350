"""The form of a contract's terms: lines as rows of inputs, computed by the server when asked."""

import re
from collections.abc import Mapping
from typing import Any

from app.procurement.contract_money import (
    BILLING_CYCLES,
    BILLINGS,
    PAYEES,
    ROUNDING_MODES,
    ROUNDING_PLACES,
    TAX_CATEGORIES,
    OfferedLine,
    Totals,
    plain,
)
from app.web import fiscal_forms
from app.web.forms import Form

_LINE = re.compile(r"lines-([0-9]{1,4})-([a-z_]+)")
COLUMNS = ("name", "unit", "unit_price", "quantity", "billing", "tax_category", "payee")
_CHOSEN = frozenset({"billing", "tax_category", "payee"})
"""Always sent, so that they alone make no line."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "billing": BILLINGS,
    "cycle": BILLING_CYCLES,
    "place": ROUNDING_PLACES,
    "mode": ROUNDING_MODES,
    "category": TAX_CATEGORIES,
    "payee": PAYEES,
    "fiscal": fiscal_forms.FORMS,
}
"""The names of the closed lists of a contract's terms, for forms and pages."""
BLANK_LINES = 2
ADD_LINES = "add-lines"
COMPUTE = "compute"


def posted_lines(form: Form) -> list[dict[str, str]]:
    """The lines that hold something, in the order of the form; blank rows are dropped, so faults count without them."""
    rows: dict[int, dict[str, str]] = {}
    for name in form:
        match = _LINE.fullmatch(name)
        if match and match[2] in COLUMNS:
            rows.setdefault(int(match[1]), {})[match[2]] = form.get(name)
    kept = []
    for index in sorted(rows):
        row = rows[index]
        if any(row.get(column) for column in COLUMNS if column not in _CHOSEN):
            kept.append(
                {column: row.get(column, "") for column in COLUMNS}
                | {"billing": row.get("billing") or "once", "payee": row.get("payee") or "vendor"}
            )
    return kept


def line_texts(lines: tuple[OfferedLine, ...]) -> list[dict[str, str]]:
    """An offer's lines as a form shows them; what nobody knows is left empty."""
    return [
        {
            "name": line.name,
            "unit": line.unit,
            "unit_price": plain(line.unit_price),
            "quantity": "" if line.quantity is None else plain(line.quantity),
            "billing": line.billing,
            "tax_category": line.tax_category,
            "payee": line.payee,
        }
        for line in lines
    ]


def stored_texts(lines: Any) -> list[dict[str, str]]:
    """A recorded version's lines as a form shows them."""
    return [{column: str(line[column]) for column in COLUMNS} for line in lines]


def blank_lines(lines: list[dict[str, str]], more: bool) -> list[dict[str, str]]:
    """The lines with blank rows after them; `more` when 「明細の行を追加」 was pressed."""
    blank = dict.fromkeys(COLUMNS, "") | {"tax_category": "standard", "billing": "once", "payee": "vendor"}
    return [*lines, *(dict(blank) for _ in range(BLANK_LINES * (3 if more else 1)))]


def amounts(totals: Totals | None) -> Mapping[int, int]:
    """The computed amount of each line by its place."""
    return {} if totals is None else {index: item.amount for index, item in enumerate(totals.lines)}
