"""Yen: consumption tax by date, rounding, and price lines. Integers and Decimals only; a float is refused
everywhere.

Amounts are whole yen without tax (税抜) unless a name says otherwise. Rounding works on the magnitude, so
that a discount of −8.8 yen is cut to −8 as a charge of 8.8 is to 8 (切捨て).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from functools import cache
from pathlib import Path
from typing import Final, Literal

Rounding = Literal["floor", "round", "ceil"]

_MODES: Final[Mapping[str, str]] = {"floor": ROUND_DOWN, "round": ROUND_HALF_UP, "ceil": ROUND_UP}
TAXABLE: Final = (None, "standard")
"""Tax categories on which the day's rate falls (a price without one is taxable)."""

_EXACT: Final = Context(prec=60)
"""Wide enough that 10^12 yen × 10^12 units to four places stays exact."""


@cache
def _rates() -> tuple[tuple[date, int], ...]:
    data = tomllib.loads((Path(__file__).parent / "money.toml").read_text("utf-8"))
    return tuple(sorted(((row["since"], row["percent"]) for row in data["tax_rates"]), reverse=True))


def _percent(on: date) -> int:
    return next((percent for since, percent in _rates() if on >= since), 0)


def _whole(amount: int) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError("an amount is a whole number of yen")
    return amount


def _exact(value: Decimal | int | str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError("a price is a Decimal, an int or a decimal string")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("a price is finite")
    return number


def tax_rate(on: date) -> Decimal:
    """The rate of consumption tax on that day, as a fraction: ``Decimal("0.1")`` since 2019-10-01; 0 before
    1989-04-01.
    """
    return Decimal(_percent(on)) / 100


def tax_of(amount: int, on: date, mode: Rounding = "floor") -> int:
    """The tax on an amount without tax, in whole yen. Raises ``TypeError`` for anything but an int."""
    taxed = _EXACT.multiply(Decimal(_whole(amount)), tax_rate(on))
    return to_yen(taxed, mode)


def with_tax(amount: int, on: date, mode: Rounding = "floor") -> int:
    """The amount with tax (税込), in whole yen; by default fractions are cut off, as bids are by custom."""
    return _whole(amount) + tax_of(amount, on, mode)


def to_yen(value: Decimal, mode: Rounding = "floor") -> int:
    """A decimal amount as whole yen, rounded on its magnitude: ``floor`` 切捨て, ``round`` 四捨五入,
    ``ceil`` 切上げ.
    """
    return int(_exact(value).quantize(Decimal(1), rounding=_MODES[mode], context=_EXACT))


def format_number(value: Decimal | int | str) -> str:
    """Digits grouped by commas, no needless zeros: ``1,234.5``."""
    number = _exact(value)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_yen(amount: Decimal | int | str) -> str:
    """``1,234,567円``; a unit price keeps its decimals: ``8.8円``; a discount its sign: ``-1,000円``."""
    return f"{format_number(amount)}円"


def format_both(amount: int, on: date, mode: Rounding = "floor") -> str:
    """``1,357,400円（税込）／1,234,000円（税抜）``, by the tax of that day."""
    return f"{format_yen(with_tax(amount, on, mode))}（税込）／{format_yen(_whole(amount))}（税抜）"


def line_total(unit_price: Decimal | int | str, quantity: Decimal | int | str) -> Decimal:
    """Unit price × quantity, exact, in yen without tax. Raises ``TypeError`` for floats."""
    return _EXACT.multiply(_exact(unit_price), _exact(quantity))


def sum_lines(lines: Iterable[tuple[Decimal | int | str, Decimal | int | str]]) -> Decimal:
    """The exact sum of (unit price, quantity) pairs, in yen without tax; discounts are negative lines."""
    total = Decimal(0)
    for unit_price, quantity in lines:
        total = _EXACT.add(total, line_total(unit_price, quantity))
    return total


def price_with_tax(price: Decimal | int | str, category: object, on: date) -> Decimal:
    """A price with tax (税込) by its tax category, exact: exempt and out-of-scope ones are the same with tax.

    A price without a category is taxable.
    """
    if category not in TAXABLE:
        return _exact(price)
    return _EXACT.multiply(_exact(price), 1 + tax_rate(on))


@dataclass(frozen=True, slots=True)
class MonthlyPrice:
    """A fixed monthly price in whole yen, fractions cut off."""

    without_tax: int
    with_tax: int


def monthly_price(price_lines: Sequence[Mapping[str, object]], on: date) -> MonthlyPrice | None:
    """``monthly_fixed`` without and with the tax of that day, which falls on taxable lines only."""
    plain, taxed = monthly_fixed(price_lines), _fixed_sum(price_lines, on)
    if plain is None or taxed is None:
        return None
    return MonthlyPrice(to_yen(plain), to_yen(taxed))


def monthly_fixed(price_lines: Iterable[Mapping[str, object]]) -> Decimal | None:
    """What an offer costs each month whatever the use: its monthly lines per contract, and a twelfth of its
    yearly ones.

    ``price_lines`` are rows of the offer's field of that name. ``None`` where no line is a fixed monthly or
    yearly charge, so that an offer charged by use alone is not mistaken for a free one; nor where the sum
    is negative, since discounts on a charge by use (with no fixed charge beneath them) are not a price.
    Lines paid to others than the vendor (Government Cloud fees) are left out, since not every offer states
    them.
    """
    total = _fixed_sum(price_lines)
    return None if total is None or total < 0 else total


def monthly_discounts_exceed(price_lines: Iterable[Mapping[str, object]]) -> bool:
    """Whether the fixed monthly and yearly lines of these rows sum to less than nothing."""
    total = _fixed_sum(price_lines)
    return total is not None and total < 0


def _fixed_sum(price_lines: Iterable[Mapping[str, object]], taxed_on: date | None = None) -> Decimal | None:
    """The monthly share of the lines that are fixed, with its sign, by default without tax; ``None`` where there
    is none.
    """
    total: Decimal | None = None
    for line in price_lines:
        share = {"monthly": 1, "yearly": 12}.get(str(line.get("charge_type")))
        price = line.get("unit_price")
        if (
            share is None
            or line.get("quantity_basis") != "contract"
            or line.get("payee", "vendor") != "vendor"
        ):
            continue
        if not isinstance(price, str):
            continue
        amount = Decimal(price)
        if taxed_on is not None:
            amount = price_with_tax(amount, line.get("tax_category"), taxed_on)
        total = _EXACT.add(total or Decimal(0), _EXACT.divide(amount, Decimal(share)))
    return total
