"""HTML forms to answers and back. Names are ``field``, and ``field-0-column`` for rows.

What cannot be read becomes a fault and is kept as it was typed, so that the form can be shown again
unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from catalogue_schema import dates, text
from catalogue_schema.declarations import Declarations
from catalogue_schema.model import Fault, Field, Mode, Question
from catalogue_schema.validation import find_faults
from catalogue_schema.value_checks import DECIMAL, is_blank, pointer_to

FormValue = str | list[str] | list[dict[str, Any]]
_INDEX = re.compile(r"[0-9]{1,6}")
REMOVED = "_remove"
"""A row with this pseudo-column set (``field-0-_remove=1``) is dropped: how a form without script deletes
rows.
"""


class _Unreadable(ValueError):
    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


def read(
    declared: Declarations, subject: str, form: Mapping[str, Sequence[str]], group: str | None = None
) -> tuple[dict[str, Any], list[Fault]]:
    """Answers and faults of a posted form; names that are no field of the subject (or group) are not looked
    at.
    """
    answers: dict[str, Any] = {}
    faults: list[Fault] = []
    rows_of = _rows_by_field(form)
    for field in declared.fields(subject):
        if group is not None and field.group != group:
            continue
        if field.kind == "rows":
            value: object = _read_rows(field, rows_of.get(field.name, {}), faults)
        else:
            value = _read(
                field, form.get(field.name, ()), pointer_to(field.name), field, field.label_ja, faults
            )
        if not is_blank(value):
            answers[field.name] = value
    return answers, faults


def read_and_check(
    declared: Declarations, subject: str, form: Mapping[str, Sequence[str]], mode: Mode, today: date
) -> tuple[dict[str, Any], list[Fault]]:
    """The answers of a form with the faults of reading and of validation, one for each place."""
    answers, unread = read(declared, subject, form)
    places = {fault.pointer for fault in unread}
    others = [
        fault for fault in find_faults(declared, subject, answers, mode, today) if fault.pointer not in places
    ]
    order = {field.name: index for index, field in enumerate(declared.fields(subject))}
    return answers, sorted(unread + others, key=lambda fault: order.get(fault.field, len(order)))


def _rows_by_field(form: Mapping[str, Sequence[str]]) -> dict[str, dict[int, dict[str, Sequence[str]]]]:
    result: dict[str, dict[int, dict[str, Sequence[str]]]] = {}
    for name, values in form.items():
        parts = name.split("-")
        if len(parts) == 3 and parts[1].isascii() and _INDEX.fullmatch(parts[1]):
            result.setdefault(parts[0], {}).setdefault(int(parts[1]), {})[parts[2]] = values
    return result


def _read_rows(
    field: Field, rows: Mapping[int, Mapping[str, Sequence[str]]], faults: list[Fault]
) -> list[dict[str, object]]:
    result: list[dict[str, object]] = []
    for _, given in sorted(rows.items()):
        typed = any(item.strip() for name, items in given.items() if name != REMOVED for item in items)
        if not typed or any(item.strip() for item in given.get(REMOVED, ())):
            continue
        row: dict[str, object] = {}
        for column in field.columns:
            pointer = pointer_to(field.name, len(result), column.name)
            title = f"{field.label_ja}」{len(result) + 1}行目「{column.label_ja}"
            value = _read(column, given.get(column.name, ()), pointer, field, title, faults)
            if not is_blank(value):
                row[column.name] = value
        result.append(row)
    return [row for row in result if row]


def _read(
    question: Question, given: Sequence[str], pointer: str, field: Field, title: str, faults: list[Fault]
) -> object:
    if question.kind == "choices":
        return [item.strip() for item in given if item.strip()]
    written = given[-1] if given else ""
    if not written.strip():
        return None
    try:
        return _value(question, written)
    except _Unreadable as unreadable:
        message = f"「{title}」：{unreadable.message}"
        faults.append(Fault(pointer, unreadable.code, message, unreadable.remedy, field.name))
        return written


def _value(question: Question, written: str) -> object:
    narrow = unicodedata.normalize("NFKC", written).strip()
    match question.kind:
        case "integer" | "money":
            return _integer(question, _digits(question, narrow))
        case "decimal":
            return _decimal(question, _digits(question, narrow))
        case "boolean":
            return _boolean(narrow)
        case "date":
            try:
                return dates.parse_date(written).isoformat()
            except dates.DateUnreadable as unreadable:
                raise _Unreadable("impossible_date", unreadable.reason, unreadable.remedy) from unreadable
        case "kana":
            return narrow if text.is_kana(narrow) else written.replace("\r\n", "\n")
        case "latin" | "email" | "url" | "telephone":
            return narrow if narrow.isascii() else written.strip()
        case "choice":
            return written.strip()
        case _:
            return written.replace("\r\n", "\n").replace("\r", "\n")


def _digits(question: Question, narrow: str) -> str:
    unit = unicodedata.normalize("NFKC", question.unit or ("円" if question.kind == "money" else ""))
    plain = "".join(char for char in narrow if char != "," and not char.isspace())
    if unit and plain.endswith(unit):
        plain = plain[: -len(unit)]
    # Accounts in Japan mark a negative amount by ▲ or △.
    return "-" + plain[1:] if plain[:1] in "▲△−" and plain else plain


def _integer(question: Question, plain: str) -> int:
    remedy = f"整数で書いてください（例：1200{question.unit}）。"
    if re.fullmatch(r"-?[0-9]{1,18}", plain):
        return int(plain)
    if re.fullmatch(r"-?[0-9]*\.[0-9]+", plain):
        raise _Unreadable("fractional", "整数ではありません。", remedy)
    if re.fullmatch(r"-?[0-9]+", plain):
        raise _Unreadable("too_large", "桁が多すぎます。", remedy)
    raise _Unreadable("wrong_type", f"「{text.printable(plain, 30)}」は整数として読めません。", remedy)


def _decimal(question: Question, plain: str) -> str:
    unsigned = plain.removeprefix("-").lstrip("0")
    tidy = ("-" if plain.startswith("-") else "") + (
        "0" + unsigned if unsigned[:1] in ("", ".") else unsigned
    )
    if plain and re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", plain) and DECIMAL.fullmatch(tidy):
        return tidy
    remedy = f"小数第{question.places}位までの数で書いてください（例：8.8）。"
    raise _Unreadable("wrong_type", f"「{text.printable(plain, 30)}」は数として読めません。", remedy)


def _boolean(narrow: str) -> bool:
    if narrow in ("true", "はい", "on", "1"):
        return True
    if narrow in ("false", "いいえ", "0"):
        return False
    raise _Unreadable("wrong_type", "はい・いいえではありません。", "はいかいいえを選んでください。")


def value_for_form(question: Question, value: object) -> FormValue:
    """What the inputs of a question hold: a text (``""`` = unanswered), the chosen codes, or a dict for
    each row.
    """
    if isinstance(question, Field) and question.kind == "rows":
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []
        columns = question.columns
        return [
            {column.name: value_for_form(column, row.get(column.name)) for column in columns} for row in rows
        ]
    if question.kind == "choices":
        given = value if isinstance(value, list | tuple) else ([] if value is None else [value])
        return [str(item) for item in given]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def write(declared: Declarations, subject: str, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """The form that would post these answers: name → values; the reverse of ``read`` for valid answers."""
    form: dict[str, list[str]] = {}
    for field in declared.fields(subject):
        value = value_for_form(field, answers.get(field.name))
        if field.kind == "rows" and isinstance(value, list):
            for index, row in enumerate(value):
                for name, cell in row.items() if isinstance(row, dict) else ():
                    form[f"{field.name}-{index}-{name}"] = cell if isinstance(cell, list) else [str(cell)]
        else:
            form[field.name] = [str(item) for item in value] if isinstance(value, list) else [value]
    return form


def input_name(declared: Declarations, subject: str, pointer: str) -> str:
    """The input a fault's pointer belongs to: ``/price_lines/0/unit`` → ``price_lines-0-unit``; choices →
    the field.
    """
    parts = pointer.removeprefix("/").split("/")
    field = declared.by_name(subject).get(parts[0])
    if field is None or field.kind != "rows":
        return parts[0]
    return "-".join(parts[:3])
