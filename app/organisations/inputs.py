"""Checks of what people send about organisations: each gives the faults it finds, so that all are told at once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date

from stdnum.jp import cn

from app.access.permissions import ROLES_BY_KIND
from app.kit.errors import FieldFault
from app.organisations.policies import unknown_roles
from catalogue_schema.dates import EARLIEST, DateUnreadable, format_date, latest_allowed, parse_date
from catalogue_schema.text import first_refused, is_email, is_kana, name_of, printable


def text_faults(
    pointer: str, value: str, *, longest: int, required: bool = False, multiline: bool = False
) -> list[FieldFault]:
    """Too long, missing, or with characters that no text may hold."""
    faults = []
    if required and not value:
        faults.append(FieldFault(pointer, "required", "この項目は必要です。", "入力してください。"))
    if len(value) > longest:
        faults.append(
            FieldFault(
                pointer, "length", f"{longest}字までです（いま{len(value)}字）。", "短くしてください。"
            )
        )
    refused = first_refused(value, multiline)
    if refused is not None:
        faults.append(
            FieldFault(pointer, "characters", f"{name_of(refused)}は使えません。", "取り除いてください。")
        )
    return faults


def kana_faults(pointer: str, value: str) -> list[FieldFault]:
    """A reading in anything but kana."""
    faults = text_faults(pointer, value, longest=200)
    if value and not faults and not is_kana(value):
        faults.append(
            FieldFault(pointer, "kana", "読みは、かなで書きます。", "全角カタカナで書いてください。")
        )
    return faults


def email_faults(pointer: str, value: str) -> list[FieldFault]:
    """No e-mail address."""
    if not value or is_email(value):
        return []
    return [
        FieldFault(
            pointer,
            "email",
            "メールアドレスの形ではありません。",
            "半角で name@example.jp の形にしてください。",
        )
    ]


def corporate_number_faults(pointer: str, value: str) -> list[FieldFault]:
    """No 法人番号: other than 13 digits, or a wrong check digit."""
    if not (len(value) == 13 and value.isascii() and value.isdigit()):
        message = f"法人番号は半角数字13桁です（「{printable(value)}」）。"
        return [FieldFault(pointer, "format", message, "国税庁の法人番号公表サイトで確かめてください。")]
    if not cn.is_valid(value):
        message = "法人番号の検査数字（先頭の1桁）が合いません。"
        remedy = f"残りの12桁が正しければ、先頭は{cn.calc_check_digit(value[1:])}です。打ち間違いを確かめてください。"
        return [FieldFault(pointer, "check-digit", message, remedy)]
    return []


def role_faults(kind: str, roles: Sequence[str], pointer: str = "/roles") -> list[FieldFault]:
    """No role at all, or one that this kind of organisation cannot give."""
    possible = sorted(role.value for role in ROLES_BY_KIND[kind])
    if not roles:
        return [
            FieldFault(pointer, "required", "役割が選ばれていません。", f"選べるもの: {'、'.join(possible)}")
        ]
    unknown = unknown_roles(kind, roles)
    return [
        term_fault(f"{pointer}/{index}", role, possible)
        for index, role in enumerate(roles)
        if role in unknown
    ]


def term_fault(pointer: str, value: str, possible: Sequence[str]) -> FieldFault:
    """An unknown term, with the nearest valid one."""
    near = difflib.get_close_matches(value, possible, n=1, cutoff=0.0)
    remedy = f"「{near[0]}」のことではありませんか。" if near else ""
    message = f"「{printable(value)}」は選択肢にありません。"
    return FieldFault(pointer, "unknown-term", message, f"{remedy}選べるもの: {'、'.join(possible)}")


def date_or_faults(
    pointer: str, value: str, today: date, *, earliest: date = EARLIEST
) -> tuple[date | None, list[FieldFault]]:
    """The date in either calendar, or why it is none: impossible, 令和0年, more than 30 years ahead."""
    try:
        found = parse_date(value)
    except DateUnreadable as error:
        return None, [FieldFault(pointer, "date", error.reason, error.remedy)]
    if found > latest_allowed(today):
        message = "30年より先の日付は受け付けません。"
        return None, [FieldFault(pointer, "too-late", message, f"{format_date(latest_allowed(today))}まで。")]
    if found < earliest:
        return None, [
            FieldFault(pointer, "too-early", "日付が古すぎます。", f"{format_date(earliest)}から。")
        ]
    return found, []
