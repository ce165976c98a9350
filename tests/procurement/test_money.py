"""A contract's sums: exact, whatever the order, the mode and the place of rounding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.procurement.contract_money import (
    BILLING_CYCLES,
    ROUNDING_PLACES,
    PriceLine,
    Totals,
    compute,
    invoices,
    month_starts,
    offered_lines,
    plain,
)

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
        billing=st.sampled_from(["once", "monthly", "yearly"]),
    ),
    min_size=1,
    max_size=8,
)
PLACES = st.sampled_from(sorted(ROUNDING_PLACES))
CYCLES = st.sampled_from(sorted(BILLING_CYCLES))
TERMS = st.tuples(st.dates(date(2018, 1, 1), date(2030, 12, 31)), st.integers(0, 1500)).map(
    lambda given: (given[0], given[0] + timedelta(days=given[1]))
)
"""Across the day on which the tax rose, with short months, the leap day and begun months."""
MODES = st.sampled_from(["floor", "round", "ceil"])


def _once(lines: Sequence[PriceLine], on: date, place: str, mode: str) -> Totals:
    return compute(lines, on, on, "once", place, mode)  # type: ignore[arg-type]  # out of the closed lists


@given(lines=LINES, term=TERMS, cycle=CYCLES, place=PLACES, mode=MODES, data=st.data())
def test_the_order_of_lines_never_changes_the_sums(lines, term, cycle, place, mode, data) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives the types
    shuffled = data.draw(st.permutations(lines))
    first, second = (compute(given, term[0], term[1], cycle, place, mode) for given in (lines, shuffled))
    assert first.invoices == second.invoices
    assert (first.subtotal, first.tax, first.total) == (second.subtotal, second.tax, second.total)


@given(lines=LINES, term=TERMS, cycle=CYCLES, place=PLACES, mode=MODES)
def test_the_contract_is_the_sum_of_its_invoices(lines, term, cycle, place, mode) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives the types
    totals = compute(lines, term[0], term[1], cycle, place, mode)
    assert totals.invoices == invoices(lines, term[0], term[1], cycle, place, mode)
    for name in ("subtotal", "tax", "total"):
        values = [getattr(invoice, name) for invoice in totals.invoices]
        assert sum(values) == getattr(totals, name)
        assert all(type(value) is int for value in (*values, getattr(totals, name), totals.tax_at_once))
    assert all(invoice.subtotal + invoice.tax == invoice.total for invoice in totals.invoices)
    assert sum(item.amount for item in totals.lines) == totals.subtotal
    if place == "line":
        assert sum(item.tax or 0 for item in totals.lines) == totals.tax
    else:
        assert {item.tax for item in totals.lines} == {None}
    if place == "contract":
        assert totals.tax == totals.tax_at_once


@given(term=TERMS, cycle=CYCLES)
def test_invoices_cover_the_term_without_gap(term: tuple[date, date], cycle: str) -> None:
    line = [PriceLine("x", "月", Decimal(1000), Decimal(1), billing="monthly")]
    found = invoices(line, *term, cycle, "invoice", "floor")  # type: ignore[arg-type]  # out of the closed list
    assert (found[0].period.starts_on, found[-1].period.ends_on) == term
    for before, after in pairwise(found):
        assert before.period.ends_on + timedelta(days=1) == after.period.starts_on
    assert all(invoice.period.starts_on <= invoice.period.ends_on for invoice in found)
    assert sum(invoice.subtotal for invoice in found) == 1000 * len(month_starts(*term))


@given(line=LINES.map(lambda lines: lines[0]), mode=MODES)
def test_each_amount_is_the_exact_product_rounded_once(line: PriceLine, mode: str) -> None:
    exact = Fraction(line.unit_price) * Fraction(line.quantity)
    amount = _once([line], ON, "contract", mode).lines[0].amount
    assert abs(exact - amount) < 1
    size, rounded = abs(exact), abs(amount)
    whole = {"floor": ROUND_DOWN, "round": ROUND_HALF_UP, "ceil": ROUND_UP}[mode]
    wanted = int((Decimal(size.numerator) / Decimal(size.denominator)).quantize(Decimal(1), rounding=whole))
    assert rounded == wanted
    assert amount * exact >= 0


@pytest.mark.parametrize(
    ("place", "mode", "tax"),
    [
        ("contract", "floor", 9),
        ("contract", "ceil", 10),
        ("invoice", "floor", 8),
        ("invoice", "round", 8),
        ("invoice", "ceil", 12),
        ("month", "floor", 0),
        ("month", "round", 12),
        ("month", "ceil", 12),
        ("line", "floor", 8),
        ("line", "round", 8),
        ("line", "ceil", 12),
    ],
)
def test_place_and_mode_of_rounding(place: str, mode: str, tax: int) -> None:
    """A year at 8 yen a month, billed each quarter: 24 yen and 2.4 of tax an invoice, 0.8 a month, 9.6 in all."""
    line = [PriceLine("x", "月", Decimal(8), Decimal(1), billing="monthly")]
    term = (date(2027, 4, 1), date(2028, 3, 31))
    totals = compute(line, *term, "quarterly", place, mode)  # type: ignore[arg-type]  # the closed lists above
    assert (totals.subtotal, totals.tax) == (96, tax)
    assert len(totals.invoices) == 4
    assert totals.tax_at_once == {"floor": 9, "round": 10, "ceil": 10}[mode]


def test_lines_round_apart_from_each_other_in_an_invoice() -> None:
    lines = [PriceLine(str(n), "件", Decimal(5), Decimal(1)) for n in range(6)]
    assert [_once(lines, ON, place, "floor").tax for place in ("line", "invoice")] == [0, 3]


def test_a_contracts_tax_is_shared_among_its_invoices() -> None:
    line = [PriceLine("x", "月", Decimal(8), Decimal(1), billing="monthly")]
    found = invoices(line, date(2027, 4, 1), date(2028, 3, 31), "quarterly", "contract", "floor")
    assert [invoice.tax for invoice in found] == [2, 2, 3, 2]


def test_charges_fall_where_they_are_due() -> None:
    lines = [
        PriceLine("初期", "式", Decimal(600000), Decimal(1)),
        PriceLine("月額", "月", Decimal(120000), Decimal(1), billing="monthly"),
        PriceLine("年額", "年", Decimal(50000), Decimal(2), billing="yearly"),
        PriceLine("割引", "月", Decimal(-10000), Decimal(1), billing="monthly"),
    ]
    totals = compute(lines, date(2027, 4, 1), date(2028, 9, 30), "monthly", "invoice", "floor")
    assert [item.times for item in totals.lines] == [1, 18, 2, 18]
    subtotals = [invoice.subtotal for invoice in totals.invoices]
    assert subtotals == [810000, *[110000] * 11, 210000, *[110000] * 5]
    assert totals.invoices[0].period == (date(2027, 4, 1), date(2027, 4, 30))
    yearly = invoices(lines[2:3], date(2027, 4, 1), date(2028, 9, 30), "monthly", "invoice", "floor")
    assert [invoice.period.starts_on for invoice in yearly] == [date(2027, 4, 1), date(2028, 4, 1)]


def test_what_is_billed_at_once_is_as_before_there_were_invoices() -> None:
    """Old rows: quantities of the whole term, tax rounded once for the total."""
    lines = [
        PriceLine("x", "件", Decimal("8.8"), Decimal(1501)),
        PriceLine("y", "月", Decimal(-100), Decimal(12)),
    ]
    totals = compute(lines, date(2027, 4, 1), date(2028, 3, 31), "once", "contract", "floor")
    assert (totals.subtotal, totals.tax, totals.total) == (12008, 1200, 13208)
    assert len(totals.invoices) == 1


def test_tax_is_of_the_day_on_which_the_service_starts() -> None:
    line = [PriceLine("x", "式", Decimal(1000), Decimal(1))]
    assert _once(line, date(2019, 10, 1), "contract", "floor").tax == 100
    assert _once(line, date(2019, 9, 30), "contract", "floor").tax == 80
    monthly = [PriceLine("x", "月", Decimal(1000), Decimal(1), billing="monthly")]
    for place in ROUNDING_PLACES:
        totals = compute(monthly, date(2019, 8, 1), date(2019, 11, 30), "once", place, "floor")  # type: ignore[arg-type]  # a key of the closed list
        assert totals.tax == 80 + 80 + 100 + 100


def test_exempt_lines_bear_no_tax() -> None:
    lines = [
        PriceLine("a", "式", Decimal(1000), Decimal(1)),
        PriceLine("b", "式", Decimal(500), Decimal(1), "exempt"),
    ]
    totals = _once(lines, ON, "contract", "floor")
    assert (totals.subtotal, totals.tax, totals.total) == (1500, 100, 1600)


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        _once([PriceLine("x", "式", 8.8, Decimal(1))], ON, "contract", "floor")  # type: ignore[arg-type]  # the point of the test


def test_months_and_plain_numbers() -> None:
    assert len(month_starts(date(2027, 4, 1), date(2028, 3, 31))) == 12
    assert len(month_starts(date(2027, 4, 1), date(2027, 4, 30))) == 1
    assert len(month_starts(date(2027, 4, 15), date(2027, 6, 14))) == 2
    assert month_starts(date(2027, 1, 31), date(2027, 4, 1)) == (
        date(2027, 1, 31), date(2027, 3, 1), date(2027, 3, 31),
    )  # fmt: skip
    assert month_starts(date(9999, 12, 31), date(9999, 12, 31)) == (date(9999, 12, 31),)
    assert [plain(Decimal(text)) for text in ("8.8000", "1E+3", "120000", "0")] == [
        "8.8",
        "1000",
        "120000",
        "0",
    ]


def test_offered_lines_have_the_quantities_that_are_known_and_no_others() -> None:
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
        {
            "name": "処理",
            "charge_type": "per_unit",
            "unit": "件",
            "unit_price": "8.8",
            "quantity_basis": "user",
        },
        {
            "name": "世帯",
            "charge_type": "yearly",
            "unit": "世帯",
            "unit_price": "3",
            "quantity_basis": "household",
        },
    ]
    lines = offered_lines(rows, {"user": 45, "resident": None})
    assert [(line.name, line.quantity, line.billing) for line in lines] == [
        ("月額", 1, "monthly"),
        ("年額", 1, "yearly"),
        ("初期", 1, "once"),
        ("利用者", 45, "monthly"),
        ("国", 1, "monthly"),
        ("処理", None, "once"),
        ("世帯", None, "yearly"),
    ]
    assert [line.payee for line in lines] == ["vendor"] * 4 + ["state"] + ["vendor"] * 2
    assert offered_lines(rows[3:4], {"user": None})[0].quantity is None
    assert offered_lines(rows[3:4], {"user": 0})[0].quantity is None
