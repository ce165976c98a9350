"""Yen in whole numbers: tax by date, rounding on the magnitude, exact sums, and no float anywhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_schema import money

TODAY = date(2026, 11, 23)
amounts = st.integers(-(10**12), 10**12)
prices = st.decimals(-(10**9), 10**9, places=4, allow_nan=False)


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        (date(2026, 11, 23), "0.1"),
        (date(2019, 10, 1), "0.1"),
        (date(2019, 9, 30), "0.08"),
        (date(2014, 3, 31), "0.05"),
        (date(1997, 3, 31), "0.03"),
        (date(1989, 3, 31), "0"),
    ],
)
def test_the_rate_of_a_day(on: date, rate: str) -> None:
    assert money.tax_rate(on) == Decimal(rate)


@pytest.mark.parametrize(
    ("amount", "mode", "taxed"),
    [
        (1_234_000, "floor", 1_357_400),
        (15, "floor", 16),
        (15, "round", 17),
        (14, "round", 15),
        (11, "ceil", 13),
        (0, "ceil", 0),
        (-15, "floor", -16),
        (-15, "ceil", -17),
        (10**12, "floor", 1_100_000_000_000),
    ],
)
def test_an_amount_with_tax(amount: int, mode: money.Rounding, taxed: int) -> None:
    assert money.with_tax(amount, TODAY, mode) == taxed


@given(amounts)
def test_tax_is_whole_yen_within_one_yen_of_the_exact(amount: int) -> None:
    exact = Fraction(amount) * Fraction(1, 10)
    floor, rounded, ceil = (money.tax_of(amount, TODAY, mode) for mode in ("floor", "round", "ceil"))
    assert all(type(tax) is int for tax in (floor, rounded, ceil))
    assert abs(floor) <= abs(exact) <= abs(ceil)
    assert abs(rounded - exact) <= Fraction(1, 2)
    assert money.with_tax(-amount, TODAY) == -money.with_tax(amount, TODAY)


@pytest.mark.parametrize("wrong", [1.0, 1.5, True, "1", Decimal(1), None])
def test_only_whole_numbers_are_amounts(wrong: Any) -> None:
    with pytest.raises(TypeError):
        money.with_tax(wrong, TODAY)
    with pytest.raises(TypeError):
        money.format_both(wrong, TODAY)


@pytest.mark.parametrize("wrong", [1.0, float("nan"), True, None])
def test_floats_are_no_prices(wrong: Any) -> None:
    with pytest.raises(TypeError):
        money.line_total(wrong, 1)
    with pytest.raises(TypeError):
        money.sum_lines([("1", wrong)])
    with pytest.raises(TypeError):
        money.to_yen(wrong)


@pytest.mark.parametrize("wrong", ["NaN", "Infinity"])
def test_prices_are_finite(wrong: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        money.line_total(wrong, 1)


@given(st.lists(st.tuples(prices, st.integers(0, 10**6))))
def test_sums_are_exact(lines: list[tuple[Decimal, int]]) -> None:
    total = money.sum_lines(lines)
    assert isinstance(total, Decimal)
    assert Fraction(total) == sum((Fraction(price) * quantity for price, quantity in lines), Fraction(0))


def test_the_largest_line_is_exact() -> None:
    assert money.line_total("999999999999.9999", 10**12) == Decimal("999999999999999900000000")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_234_567, "1,234,567円"),
        (0, "0円"),
        (-1000, "-1,000円"),
        ("8.8", "8.8円"),
        (Decimal("8.8000"), "8.8円"),
        ("120000", "120,000円"),
        ("100.00", "100円"),
    ],
)
def test_yen_as_text(value: Decimal | int | str, text: str) -> None:
    assert money.format_yen(value) == text


def test_both_sums_are_shown() -> None:
    assert money.format_both(1_234_000, TODAY) == "1,357,400円（税込）／1,234,000円（税抜）"


def price(
    charge_type: str, unit_price: str, basis: str = "contract", payee: str = "vendor"
) -> dict[str, object]:
    return {"charge_type": charge_type, "unit_price": unit_price, "quantity_basis": basis, "payee": payee}


def test_the_fixed_monthly_price_adds_monthly_and_a_twelfth_of_yearly_lines() -> None:
    lines = [
        price("monthly", "1000"),
        price("monthly", "-100"),
        price("yearly", "1200"),
        price("one_off", "99999"),
    ]
    assert money.monthly_fixed(lines) == Decimal(1000)


def test_a_discount_without_a_fixed_charge_beneath_it_is_no_price() -> None:
    discount_alone = [price("per_unit", "880", "user"), price("monthly", "-11000")]
    assert money.monthly_fixed(discount_alone) is None
    assert money.monthly_discounts_exceed(discount_alone)
    discounted_to_nothing = [price("monthly", "11000"), price("monthly", "-11000")]
    assert money.monthly_fixed(discounted_to_nothing) == 0
    assert not money.monthly_discounts_exceed(discounted_to_nothing)
    assert not money.monthly_discounts_exceed([price("per_unit", "-1", "user")])


def test_a_free_plan_costs_nothing_and_a_plan_by_use_has_no_fixed_price() -> None:
    assert money.monthly_fixed([price("monthly", "0")]) == 0
    assert money.monthly_fixed([price("per_unit", "8.8", "case"), price("monthly", "5", "user")]) is None
    assert money.monthly_fixed([price("monthly", "500", payee="state")]) is None
    assert (
        money.monthly_fixed([{"charge_type": "monthly", "quantity_basis": "contract", "unit_price": 5.5}])
        is None
    )


def test_tax_falls_on_taxable_lines_only() -> None:
    lines = [
        price("monthly", "1000") | {"tax_category": "standard"},
        price("monthly", "500") | {"tax_category": "exempt"},
        price("yearly", "1200") | {"tax_category": "out_of_scope"},
    ]
    assert money.monthly_price(lines, TODAY) == money.MonthlyPrice(1600, 1700)
    assert money.monthly_price([price("one_off", "5")], TODAY) is None
