"""The terms of a contract's version: their sums, and every reason why they cannot be meant."""

from __future__ import annotations

from datetime import date

from app.kit.errors import FieldFault
from app.procurement.contract_money import PAYEES, Totals, compute
from app.procurement.contract_schemas import TermsIn
from app.procurement.fiscal import fiscal_faults
from app.procurement.inputs import day_faults
from catalogue_schema.model import MAX_YEN
from catalogue_schema.money import format_yen

LONGEST_YEARS = 50
NAMED = 5
"""How many invoices below zero are named: they come by the month, and one cause has many."""


def computed(given: TermsIn) -> Totals:
    """The invoices and sums of these terms. Where the end is before the start, `terms_faults` says so."""
    return compute(
        given.price_lines(),
        given.starts_on,
        given.ends_on if in_range(given.starts_on, given.ends_on) else given.starts_on,
        given.billing_cycle,
        given.rounding_place,
        given.rounding_mode,
    )


def in_range(starts_on: date, ends_on: date) -> bool:
    """Whether a term can be counted in months at all: in order, and no longer than any accepted one."""
    return starts_on <= ends_on and ends_on.year - starts_on.year <= LONGEST_YEARS


def terms_faults(given: TermsIn, totals: Totals, today: date) -> list[FieldFault]:
    """Days out of range, an end before the start, sums out of range or that differ from the right ones, and what goes
    beyond the fiscal form.
    """
    faults: list[FieldFault] = []
    for name, title in (("starts_on", "開始日"), ("ends_on", "終了日"), ("concluded_on", "契約日")):
        faults += day_faults(f"/{name}", title, getattr(given, name), today)
    if given.ends_on.year - given.starts_on.year > LONGEST_YEARS:
        faults.append(
            FieldFault(
                "/ends_on",
                "too_long",
                f"「終了日」：期間が{LONGEST_YEARS}年を超えます。",
                "開始日と終了日を確かめてください。",
            )
        )
    if given.ends_on < given.starts_on:
        faults.append(
            FieldFault(
                "/ends_on",
                "end_before_start",
                "「終了日」：開始日より前です。",
                f"{given.starts_on.isoformat()} 以後の日にしてください。",
            )
        )
    faults += _sum_faults(totals)
    if not faults:
        faults += _agreement_faults(given, totals)
    if given.fiscal is not None and in_range(given.starts_on, given.ends_on):
        fiscal = given.fiscal
        faults += day_faults("/fiscal/resolved_on", "議決日", fiscal.resolved_on, today)
        faults += fiscal_faults(fiscal, given.starts_on, given.ends_on, given.concluded_on, totals.invoices)
    return faults


def _sum_faults(totals: Totals) -> list[FieldFault]:
    faults = [
        FieldFault(
            f"/lines/{index}/unit_price",
            "too_large",
            f"「{item.line.name}」の金額が1兆円を超えます。",
            "単価と数量の桁を確かめてください。",
        )
        for index, item in enumerate(totals.lines)
        if abs(item.amount) > MAX_YEN
    ]
    if all(item.line.payee != "vendor" for item in totals.lines):
        faults.append(
            FieldFault(
                "/lines",
                "no_vendor_line",
                "「明細」：事業者に支払う行がありません。",
                "無償のときも、0円の行を事業者への支払として書いてください。",
            )
        )
    faults += [
        FieldFault(
            "/lines",
            "negative_total" if other.subtotal < 0 else "too_large",
            f"「ほかに支払うもの」：{PAYEES[other.payee]}への合計が{format_yen(other.total)}になります。",
            "0円以上、1兆円までになるように、単価と数量、支払先を確かめてください。",
        )
        for other in totals.others
        if other.subtotal < 0 or other.total > MAX_YEN
    ]
    if totals.total < 0 or totals.subtotal < 0:
        faults.append(
            FieldFault(
                "/lines",
                "negative_total",
                f"契約の合計が0円より小さくなります（{format_yen(totals.total)}）。",
                "割引の行の単価か数量を確かめてください。",
            )
        )
    else:
        faults += [
            FieldFault(
                "/lines",
                "negative_invoice",
                f"{invoice.period.starts_on.isoformat()} からの期間の請求が0円より小さくなります"
                f"（{format_yen(invoice.total)}）。",
                "割引の行を、割り引く請求と同じ課金（毎月、毎年）にして額を分けるか、請求の周期を長くしてください。",
            )
            for invoice in [bill for bill in totals.invoices if min(bill.subtotal, bill.total) < 0][:NAMED]
        ]
    if totals.total > MAX_YEN:
        faults.append(
            FieldFault(
                "/lines", "too_large", "契約の合計が1兆円を超えます。", "単価と数量の桁を確かめてください。"
            )
        )
    return faults


def _agreement_faults(given: TermsIn, totals: Totals) -> list[FieldFault]:
    faults = []
    titles = {"subtotal": "税抜の計", "tax": "消費税", "total": "税込の計"}
    for name, title in titles.items():
        asked, right = getattr(given, name), getattr(totals, name)
        if asked is not None and asked != right:
            faults.append(
                FieldFault(
                    f"/{name}",
                    "sum_differs",
                    f"「{title}」：明細から計算した額と違います。",
                    f"正しくは {format_yen(right)} です。",
                )
            )
    return faults
