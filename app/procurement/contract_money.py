"""A contract's sums, invoice by invoice, from its price lines and its term. Pure: Decimals in, whole yen out.

A line is charged once, or in each month or year of the term. Invoices gather the charges of their period, and the
contract's sum is the sum of its invoices. Fractions of a yen are settled in each charge's amount, and, for the tax, at
the place that the contract names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from catalogue_schema import money
from catalogue_schema.money import Rounding

RoundingPlace = Literal["line", "month", "invoice", "contract"]
Billing = Literal["once", "monthly", "yearly"]
BillingCycle = Literal["once", "monthly", "quarterly", "half_yearly", "yearly"]

ROUNDING_PLACES: Mapping[str, str] = {
    "contract": "契約の合計で一度",
    "invoice": "請求書ごと",
    "month": "月ごと",
    "line": "明細の行ごと",
}
ROUNDING_MODES: Mapping[str, str] = {"floor": "切捨て", "round": "四捨五入", "ceil": "切上げ"}
TAX_CATEGORIES: Mapping[str, str] = {"standard": "課税", "exempt": "非課税", "out_of_scope": "不課税"}
BILLINGS: Mapping[str, str] = {"once": "一回", "monthly": "毎月", "yearly": "毎年"}
BILLING_CYCLES: Mapping[str, str] = {
    "once": "期間の全部を一回で",
    "monthly": "毎月",
    "quarterly": "3か月ごと",
    "half_yearly": "6か月ごと",
    "yearly": "毎年",
}
PAYEES: Mapping[str, str] = {
    "vendor": "事業者",
    "state": "国（ガバメントクラウド利用料）",
    "network": "通信回線の事業者",
    "own_staff": "庁内の職員",
    "other": "その他",
}
"""Who is paid for a line. Only the vendor's lines are the contract's sum; an offer's payees are among these."""
_MONTHS: Mapping[str, int] = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line as agreed: unit price without tax (negative for a discount), and the quantity of each charge."""

    name: str
    unit: str
    unit_price: Decimal
    quantity: Decimal
    tax_category: str = "standard"
    billing: str = "once"
    payee: str = "vendor"


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """A line of an offer's price table for a contract's form. `quantity` None: somebody must say how many."""

    name: str
    unit: str
    unit_price: Decimal
    quantity: Decimal | None
    tax_category: str
    billing: str
    payee: str


class Period(NamedTuple):
    """First and last day."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is charged for one period. `total` is `subtotal + tax`."""

    period: Period
    subtotal: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """The line with its amount without tax over the whole term; `tax` is None unless tax is rounded by line."""

    line: PriceLine
    times: int
    """How often it is charged in the term."""
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
            "billing": self.line.billing,
            "payee": self.line.payee,
            "times": self.times,
            "amount": self.amount,
            "tax": self.tax,
        }


@dataclass(frozen=True, slots=True)
class PayeeSum:
    """ほかに支払うもの: what one payee other than the vendor gets over the term. `total` is `subtotal + tax`."""

    payee: str
    subtotal: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The computed contract: every sum is the sum of the vendor's invoices; `others` is paid beside it."""

    lines: tuple[ComputedLine, ...]
    invoices: tuple[Invoice, ...]
    subtotal: int
    tax: int
    total: int
    tax_at_once: int
    """The tax had it been rounded once for the whole contract; shown beside `tax` where they differ."""
    others: tuple[PayeeSum, ...] = ()


def plain(number: Decimal) -> str:
    """A decimal without exponent and without needless zeros: `8.8`, `120000`."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def compute(
    lines: Sequence[PriceLine],
    starts_on: date,
    ends_on: date,
    billing_cycle: BillingCycle,
    place: RoundingPlace,
    mode: Rounding,
) -> Totals:
    """Amounts by line, the vendor's invoices and their sums, and what others are paid beside them.

    The order of the lines never matters. Each payee's tax is rounded as the contract's is, at the rate of the day from
    which each charge is given. Raises TypeError for a float.
    """
    computed: dict[int, ComputedLine] = {}
    by_payee: dict[str, _Charged] = {}
    for payee in PAYEES:
        chosen = [(index, line) for index, line in enumerate(lines) if line.payee == payee]
        if not chosen and payee != "vendor":
            continue
        charged = _charged([line for _, line in chosen], starts_on, ends_on, billing_cycle, mode)
        by_payee[payee] = charged
        for (index, line), entry in zip(chosen, charged.lines, strict=True):
            tax = None
            if place == "line":
                tax = sum(_tax_of_line(entry, bill, charged, mode) for bill in charged.bills)
            computed[index] = ComputedLine(line, len(entry.months), entry.amount * len(entry.months), tax)
    others = []
    for payee, theirs in by_payee.items():
        if payee != "vendor":
            paid = _invoices(theirs, place, mode)
            amount, tax_sum = sum(bill.subtotal for bill in paid), sum(bill.tax for bill in paid)
            others.append(PayeeSum(payee, amount, tax_sum, amount + tax_sum))
    charged = by_payee["vendor"]
    found = _invoices(charged, place, mode)
    subtotal, tax_sum = sum(bill.subtotal for bill in found), sum(bill.tax for bill in found)
    months = range(len(charged.month_starts))
    at_once = _tax(_by_rate(charged, months), mode)
    ordered = tuple(computed[index] for index in range(len(lines)))
    return Totals(ordered, found, subtotal, tax_sum, subtotal + tax_sum, at_once, tuple(others))


def invoices(
    lines: Sequence[PriceLine],
    starts_on: date,
    ends_on: date,
    billing_cycle: BillingCycle,
    place: RoundingPlace,
    mode: Rounding,
) -> tuple[Invoice, ...]:
    """The invoices of a term in order: each gathers what is charged in the months of its period, if anything is.

    `place` says where fractions of the tax are settled: in each `line` of an invoice, in each `month`, once an
    `invoice` (what 適格請求書 want, by rate), or once for the `contract`, whose tax the invoices then share so that
    theirs sum to it exactly.
    """
    return _invoices(_charged(lines, starts_on, ends_on, billing_cycle, mode), place, mode)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line's charge: its whole-yen amount, whether it is taxed, and in which months of the term it falls."""

    amount: int
    taxed: bool
    months: range


@dataclass(frozen=True, slots=True)
class _Bill:
    period: Period
    months: range


@dataclass(frozen=True, slots=True)
class _Charged:
    lines: tuple[_Entry, ...]
    bills: tuple[_Bill, ...]
    month_starts: tuple[date, ...]
    subtotals: tuple[int, ...]
    """By month, every line."""
    taxable: tuple[int, ...]
    """By month, the taxed lines."""


def _charged(
    lines: Sequence[PriceLine], starts_on: date, ends_on: date, billing_cycle: BillingCycle, mode: Rounding
) -> _Charged:
    starts = month_starts(starts_on, ends_on)
    count = len(starts)
    steps = {"once": count, "monthly": 1, "yearly": 12}
    entries, subtotals, taxable = [], [0] * count, [0] * count
    for line in lines:
        amount = money.to_yen(money.line_total(line.unit_price, line.quantity), mode)
        entry = _Entry(amount, line.tax_category == "standard", range(0, count, steps[line.billing]))
        for month in entry.months:
            subtotals[month] += amount
            taxable[month] += amount if entry.taxed else 0
        entries.append(entry)
    step = _MONTHS.get(billing_cycle, count)
    due = {month for entry in entries for month in entry.months}
    bills = []
    for first in range(0, count, step):
        after = first + step
        if due.isdisjoint(range(first, min(after, count))):
            continue  # nothing is charged, so nothing is billed
        last = starts[after] - timedelta(days=1) if after < count else ends_on
        bills.append(_Bill(Period(starts[first], last), range(first, min(after, count))))
    return _Charged(tuple(entries), tuple(bills), starts, tuple(subtotals), tuple(taxable))


def _invoices(charged: _Charged, place: RoundingPlace, mode: Rounding) -> tuple[Invoice, ...]:
    found = []
    for bill in charged.bills:
        subtotal = sum(charged.subtotals[month] for month in bill.months)
        if place == "line":
            tax = sum(_tax_of_line(entry, bill, charged, mode) for entry in charged.lines)
        elif place == "month":
            tax = sum(_tax(_by_rate(charged, [month]), mode) for month in bill.months)
        elif place == "invoice":
            tax = _tax(_by_rate(charged, bill.months), mode)
        else:
            # The tax of all up to here less the tax of all before: the shares sum to the tax of the whole.
            so_far = _tax(_by_rate(charged, range(bill.months.stop)), mode)
            tax = so_far - _tax(_by_rate(charged, range(bill.months.start)), mode)
        found.append(Invoice(bill.period, subtotal, tax, subtotal + tax))
    return tuple(found)


def _by_rate(charged: _Charged, months: Iterable[int]) -> dict[Decimal, tuple[int, date]]:
    """The taxable sum of these months for each rate of tax, with a day on which the rate applies."""
    sums: dict[Decimal, int] = defaultdict(int)
    days: dict[Decimal, date] = {}
    for month in months:
        day = charged.month_starts[month]
        rate = money.tax_rate(day)
        sums[rate] += charged.taxable[month]
        days.setdefault(rate, day)
    return {rate: (amount, days[rate]) for rate, amount in sums.items()}


def _tax(by_rate: Mapping[Decimal, tuple[int, date]], mode: Rounding) -> int:
    return sum(money.tax_of(amount, day, mode) for amount, day in by_rate.values())


def _tax_of_line(entry: _Entry, bill: _Bill, charged: _Charged, mode: Rounding) -> int:
    if not entry.taxed:
        return 0
    sums: dict[Decimal, tuple[int, date]] = {}
    for month in bill.months:
        if month in entry.months:
            day = charged.month_starts[month]
            rate = money.tax_rate(day)
            sums[rate] = (sums.get(rate, (0, day))[0] + entry.amount, day)
    return _tax(sums, mode)


def month_starts(starts_on: date, ends_on: date) -> tuple[date, ...]:
    """The first days of a term's months, a begun month counted whole.

    Where a month has no corresponding day, the one before ends with it (民法143条): from 31 January comes 1 March.
    """
    found = []
    month = starts_on.year * 12 + starts_on.month - 1
    while month // 12 < date.max.year:
        try:
            day = date(month // 12, month % 12 + 1, starts_on.day)
        except ValueError:
            day = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
        if day > ends_on:
            break
        found.append(day)
        month += 1
    return tuple(found) or (starts_on,)


def usual_cycle(lines: Iterable[OfferedLine]) -> BillingCycle:
    """How the vendor's lines are billed unless the contract says otherwise: as often as its most frequent line."""
    billings = {line.billing for line in lines if line.payee == "vendor"}
    return "monthly" if "monthly" in billings else "yearly" if "yearly" in billings else "once"


def offered_lines(
    price_lines: Iterable[Mapping[str, Any]], quantities: Mapping[str, int | None]
) -> tuple[OfferedLine, ...]:
    """An offer's price table as contract lines, each charged as the offer charges it.

    `quantities` is by quantity basis (`user`, `resident`), as far as the project knows; a price for the contract as a
    whole counts once. Anything else, and what is charged by use, has no quantity: it must be typed, never guessed.
    Lines paid to others than the vendor (Government Cloud fees) keep their payee, so that their sum stands apart.
    """
    known: dict[str, int | None] = {**quantities, "contract": 1}
    lines = []
    for row in price_lines:
        if not isinstance(row.get("unit_price"), str):
            continue
        charge = str(row.get("charge_type"))
        count = None if charge == "per_unit" else known.get(str(row.get("quantity_basis")))
        lines.append(
            OfferedLine(
                name=str(row.get("name", "")),
                unit=str(row.get("unit", "")),
                unit_price=Decimal(row["unit_price"]),
                quantity=Decimal(count) if count else None,
                tax_category=str(row.get("tax_category", "standard")),
                billing=charge if charge in ("monthly", "yearly") else "once",
                payee=str(row.get("payee") or "vendor"),
            )
        )
    return tuple(lines)
