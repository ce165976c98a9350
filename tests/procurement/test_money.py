"""A contract's sums: exact, whatever the order, the mode and the place of rounding."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.procurement.contract_money import PriceLine, compute, months_between, plain, prefilled

ON = date(2027, 4, 1)
PRICES = st.decimals(min_value=-(10**7), max_value=10**7, places=4, allow_nan=False, allow_infinity=False)
QUANTITIES = st.decimals(min_value=Decimal("0.0001"), max_value=10**4, places=4)
LINES = st.lists(
    st.builds(
        PriceLine,
        name=st.just("x"),
        unit=st.just("式"),
        unit_price=PRICES,
        quantity=QUANTITIES,
        tax_category=st.sampled_from(["standard", "exempt", "out_of_scope"]),
    ),
    min_size=1,
    max_size=8,
)
PLACES = st.sampled_from(["line", "total"])
MODES = st.sampled_from(["floor", "round", "ceil"])


@given(lines=LINES, place=PLACES, mode=MODES, data=st.data())
def test_the_order_of_lines_never_changes_the_totals(lines, place, mode, data) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives the types
    shuffled = data.draw(st.permutations(lines))
    first, second = compute(lines, ON, place, mode), compute(shuffled, ON, place, mode)
    assert (first.subtotal, first.tax, first.total) == (second.subtotal, second.tax, second.total)


@given(lines=LINES, place=PLACES, mode=MODES)
def test_sums_agree_with_their_lines(lines, place, mode) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives the types
    totals = compute(lines, ON, place, mode)
    assert sum(item.amount for item in totals.lines) == totals.subtotal
    assert totals.subtotal + totals.tax == totals.total
    if place == "line":
        assert sum(item.tax or 0 for item in totals.lines) == totals.tax
    else:
        assert {item.tax for item in totals.lines} == {None}
    assert all(type(value) is int for value in (totals.subtotal, totals.tax, totals.total))


@given(line=LINES.map(lambda lines: lines[0]), mode=MODES)
def test_each_amount_is_the_exact_product_rounded_once(line: PriceLine, mode: str) -> None:
    exact = Fraction(line.unit_price) * Fraction(line.quantity)
    amount = compute([line], ON, "total", mode).lines[0].amount  # type: ignore[arg-type]  # one of the three modes
    assert abs(exact - amount) < 1
    size, rounded = abs(exact), abs(amount)
    whole = {"floor": ROUND_DOWN, "round": ROUND_HALF_UP, "ceil": ROUND_UP}[mode]
    wanted = int((Decimal(size.numerator) / Decimal(size.denominator)).quantize(Decimal(1), rounding=whole))
    assert rounded == wanted
    assert amount * exact >= 0


@pytest.mark.parametrize(
    ("place", "mode", "tax"),
    [
        ("total", "floor", 3),
        ("total", "round", 3),
        ("total", "ceil", 3),
        ("line", "floor", 0),
        ("line", "ceil", 6),
    ],
)
def test_place_and_mode_of_rounding(place: str, mode: str, tax: int) -> None:
    lines = [PriceLine(str(n), "件", Decimal(5), Decimal(1)) for n in range(6)]
    assert compute(lines, ON, place, mode).tax == tax  # type: ignore[arg-type]  # the closed lists above


def test_tax_is_of_the_day_on_which_the_service_starts() -> None:
    line = [PriceLine("x", "式", Decimal(1000), Decimal(1))]
    assert compute(line, date(2019, 10, 1), "total", "floor").tax == 100
    assert compute(line, date(2019, 9, 30), "total", "floor").tax == 80


def test_exempt_lines_bear_no_tax() -> None:
    lines = [
        PriceLine("a", "式", Decimal(1000), Decimal(1)),
        PriceLine("b", "式", Decimal(500), Decimal(1), "exempt"),
    ]
    totals = compute(lines, ON, "total", "floor")
    assert (totals.subtotal, totals.tax, totals.total) == (1500, 100, 1600)


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        compute([PriceLine("x", "式", 8.8, Decimal(1))], ON, "total", "floor")  # type: ignore[arg-type]  # the point of the test


def test_months_and_plain_numbers() -> None:
    assert months_between(date(2027, 4, 1), date(2028, 3, 31)) == 12
    assert months_between(date(2027, 4, 1), date(2027, 4, 30)) == 1
    assert months_between(date(2027, 4, 15), date(2027, 6, 14)) == 2
    assert [plain(Decimal(text)) for text in ("8.8000", "1E+3", "120000", "0")] == [
        "8.8",
        "1000",
        "120000",
        "0",
    ]


def test_prefilled_lines_come_from_months_and_the_facts_of_the_project() -> None:
    rows = [
        {
            "name": "月額",
            "charge_type": "monthly",
            "unit": "月",
            "unit_price": "100",
            "quantity_basis": "contract",
        },
        {
            "name": "年額",
            "charge_type": "yearly",
            "unit": "年",
            "unit_price": "50",
            "quantity_basis": "contract",
        },
        {
            "name": "初期",
            "charge_type": "one_off",
            "unit": "式",
            "unit_price": "7",
            "quantity_basis": "contract",
        },
        {
            "name": "利用者",
            "charge_type": "monthly",
            "unit": "人",
            "unit_price": "8.8",
            "quantity_basis": "user",
        },
        {
            "name": "国",
            "charge_type": "monthly",
            "unit": "月",
            "unit_price": "1",
            "quantity_basis": "contract",
            "payee": "state",
        },
    ]
    lines = prefilled(rows, 18, {"user": 45})
    assert [(line.name, int(line.quantity)) for line in lines] == [
        ("月額", 18),
        ("年額", 2),
        ("初期", 1),
        ("利用者", 810),
    ]
