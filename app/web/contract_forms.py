"""The form of a contract's terms: lines as rows of inputs, computed by the server when asked."""

import re
from collections.abc import Mapping
from typing import Any

from app.procurement.contract_money import PriceLine, Totals, plain
from app.web.forms import Form

_LINE = re.compile(r"lines-([0-9]{1,4})-([a-z_]+)")
COLUMNS = ("name", "unit", "unit_price", "quantity", "tax_category")
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
        if any(row.get(column) for column in COLUMNS if column != "tax_category"):
            kept.append({column: row.get(column, "") for column in COLUMNS})
    return kept


def line_texts(lines: tuple[PriceLine, ...]) -> list[dict[str, str]]:
    """Lines as a form shows them."""
    return [
        {
            "name": line.name,
            "unit": line.unit,
            "unit_price": plain(line.unit_price),
            "quantity": plain(line.quantity),
            "tax_category": line.tax_category,
        }
        for line in lines
    ]


def stored_texts(lines: Any) -> list[dict[str, str]]:
    """A recorded version's lines as a form shows them."""
    return [{column: str(line[column]) for column in COLUMNS} for line in lines]


def blank_lines(lines: list[dict[str, str]], more: bool) -> list[dict[str, str]]:
    """The lines with blank rows after them; `more` when 「明細の行を追加」 was pressed."""
    blank = dict.fromkeys(COLUMNS, "") | {"tax_category": "standard"}
    return [*lines, *(dict(blank) for _ in range(BLANK_LINES * (3 if more else 1)))]


def amounts(totals: Totals | None) -> Mapping[int, int]:
    """The computed amount of each line by its place."""
    return {} if totals is None else {index: item.amount for index, item in enumerate(totals.lines)}
