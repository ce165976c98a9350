"""A contract's sums: line amounts, subtotal, tax and total from unit prices and quantities. Pure, whole yen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from catalogue_schema import money
from catalogue_schema.money import Rounding

RoundingPlace = Literal["line", "total"]

ROUNDING_PLACES: Mapping[str, str] = {"total": "合計でまとめて", "line": "明細の行ごとに"}
ROUNDING_MODES: Mapping[str, str] = {"floor": "切捨て", "round": "四捨五入", "ceil": "切上げ"}
TAX_CATEGORIES: Mapping[str, str] = {"standard": "課税", "exempt": "非課税", "out_of_scope": "不課税"}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line as agreed: unit price without tax (negative for a discount) and quantity."""

    name: str
    unit: str
    unit_price: Decimal
    quantity: Decimal
    tax_category: str = "standard"


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """The line with its amount without tax; `tax` is None where tax is rounded once for the total."""

    line: PriceLine
    amount: int
    tax: int | None

    def as_json(self) -> dict[str, Any]:
        """As a contract's version keeps it: decimals are strings."""
        return {
            "name": self.line.name,
            "unit": self.line.unit,
            "unit_price": plain(self.line.unit_price),
            "quantity": plain(self.line.quantity),
            "tax_category": self.line.tax_category,
            "amount": self.amount,
            "tax": self.tax,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """The computed contract: `subtotal` is the sum of the lines' amounts, `total` is `subtotal + tax`."""

    lines: tuple[ComputedLine, ...]
    subtotal: int
    tax: int
    total: int


def plain(number: Decimal) -> str:
    """A decimal without exponent and without needless zeros: `8.8`, `120000`."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def compute(lines: Sequence[PriceLine], on: date, place: RoundingPlace, mode: Rounding) -> Totals:
    """Amounts by line, then tax at the rate of `on` (the day from which the service is given).

    Fractions of a yen are settled by `mode`: of each line's amount always; of the tax in each line, or once for the
    sum of the taxable lines. The order of the lines never matters.
    """
    computed = []
    for line in lines:
        amount = money.to_yen(money.line_total(line.unit_price, line.quantity), mode)
        tax = None
        if place == "line":
            tax = money.tax_of(amount, on, mode) if line.tax_category == "standard" else 0
        computed.append(ComputedLine(line, amount, tax))
    subtotal = sum(item.amount for item in computed)
    if place == "line":
        total_tax = sum(item.tax or 0 for item in computed)
    else:
        taxable = sum(item.amount for item in computed if item.line.tax_category == "standard")
        total_tax = money.tax_of(taxable, on, mode)
    return Totals(tuple(computed), subtotal, total_tax, subtotal + total_tax)


def months_between(starts_on: date, ends_on: date) -> int:
    """How many months a term has, a begun month counted whole: 1 April to 31 March is 12."""
    months = (ends_on.year - starts_on.year) * 12 + ends_on.month - starts_on.month
    return max(1, months + (1 if ends_on.day >= starts_on.day else 0))


def prefilled(
    price_lines: Iterable[Mapping[str, Any]], months: int, quantities: Mapping[str, int]
) -> tuple[PriceLine, ...]:
    """An offer's price table as contract lines for a term: quantities from the months and the project's facts.

    `quantities` is by quantity basis (`user`, `resident`); what is not known counts once. Lines paid to others than
    the vendor (Government Cloud fees) are no part of the contract and left out.
    """
    lines = []
    for row in price_lines:
        if row.get("payee", "vendor") != "vendor" or not isinstance(row.get("unit_price"), str):
            continue
        times = {"monthly": months, "yearly": -(-months // 12)}.get(str(row.get("charge_type")), 1)
        each = quantities.get(str(row.get("quantity_basis")), 1) or 1
        lines.append(
            PriceLine(
                name=str(row.get("name", "")),
                unit=str(row.get("unit", "")),
                unit_price=Decimal(row["unit_price"]),
                quantity=Decimal(times * each),
                tax_category=str(row.get("tax_category", "standard")),
            )
        )
    return tuple(lines)
