"""Checks answers against the declarations: every fault at once, and never an exception, whatever JSON is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from catalogue_schema import text
from catalogue_schema.declarations import Declarations
from catalogue_schema.model import Fault, Field, Mode, Question
from catalogue_schema.value_checks import Place, ValueChecker, is_blank, pointer_to
from catalogue_schema.vocabulary import folded, nearest_of

_KEY_LIMIT: Final = 200
"""More unknown names than this are reported as one fault; nobody reads on."""


def find_faults(
    declared: Declarations, subject: str, answers: object, mode: Mode, today: date
) -> list[Fault]:
    """All faults of ``answers``, in the order of the form; unknown fields last. Raises ``SubjectUnknown``
    only.
    """
    fields = declared.by_name(subject)
    if not isinstance(answers, Mapping):
        remedy = "項目名と値の組（JSONオブジェクト）で送ってください。"
        return [Fault("", "wrong_type", "回答が項目名と値の組になっていません。", remedy, "")]
    values = ValueChecker(declared, today)
    rows = _RowsChecker(declared, mode, values)
    faults: list[Fault] = []
    for name, field in fields.items():
        value = answers.get(name)
        place = Place(pointer_to(name), name, field.label_ja)
        if is_blank(value):
            if field.required and mode == "complete":
                faults.append(
                    place.fault("required", "申請には回答が必要です。", _how_to_answer(declared, field))
                )
            continue
        by_kind = rows.check if field.kind == "rows" else values.check
        found = by_kind(field, value, place)
        faults += found
        start = fields.get(field.not_before or "")
        if not found and start is not None:
            faults += values.order(place, value, start.label_ja, answers.get(start.name))
    return faults + _unknown(declared, subject, [str(name) for name in answers if name not in fields])


def _how_to_answer(declared: Declarations, question: Question) -> str:
    if question.kind in ("choice", "choices"):
        some = [term.ja for term in declared.vocabulary_of(question).current()[:3]]
        return f"「{'」「'.join(some)}」などから選んでください。"
    if question.kind == "rows":
        return "1行以上を記入してください。"
    return f"「{question.label_ja}」を記入してください。"


def _unknown(declared: Declarations, subject: str, names: list[str]) -> list[Fault]:
    if not names:
        return []
    known: dict[str, str] = {}
    for field in declared.fields(subject):
        known.setdefault(folded(field.name), field.name)
        known.setdefault(folded(field.label_ja), field.name)
    faults = []
    for name in names[:_KEY_LIMIT]:
        shown = text.printable(name)
        former = next((f for f in declared.every_field if f.subject == subject and f.name == name), None)
        near = nearest_of(name, known)
        if former is not None:
            message = f"「{former.label_ja}」（{shown}）は、この版の質問にありません。"
            remedy = "この項目を消してください。"
        else:
            message = f"「{shown}」という項目はありません。"
            remedy = (
                f"「{near}」のことではありませんか。"
                if near
                else "項目名を確かめるか、この項目を消してください。"
            )
        faults.append(Fault(pointer_to(name), "unknown_field", message, remedy, shown))
    if len(names) > _KEY_LIMIT:
        message = f"知らない項目がほかに{len(names) - _KEY_LIMIT}個あります。"
        faults.append(Fault("", "unknown_field", message, "項目名を確かめてください。", ""))
    return faults


class _RowsChecker:
    """Checks the rows of a field: each value, unknown columns, and values that must differ between rows."""

    def __init__(self, declared: Declarations, mode: Mode, values: ValueChecker) -> None:
        self._declared = declared
        self._mode = mode
        self._values = values

    def check(self, field: Field, value: object, place: Place) -> list[Fault]:
        if not isinstance(value, list | tuple):
            return [
                place.fault(
                    "wrong_type", "行の一覧ではありません。", "行（オブジェクト）の配列で書いてください。"
                )
            ]
        if len(value) > field.max_rows:
            message = f"{field.max_rows}行までです（現在{len(value)}行）。"
            return [place.fault("too_many", message, f"{len(value) - field.max_rows}行減らしてください。")]
        faults: list[Fault] = []
        for index, row in enumerate(value):
            title = f"{field.label_ja}」{index + 1}行目「"
            at = Place(f"{place.pointer}/{index}", place.field, f"{field.label_ja}（{index + 1}行目）")
            if not isinstance(row, Mapping):
                faults.append(
                    at.fault(
                        "wrong_type", "行が列名と値の組ではありません。", "列名と値の組で書いてください。"
                    )
                )
            elif not is_blank(row):
                faults += self._row(field, row, at, title)
        return faults + self._repeated(field, value, place)

    def _row(self, field: Field, row: Mapping[object, object], at: Place, title: str) -> list[Fault]:
        faults: list[Fault] = []
        for column in field.columns:
            value = row.get(column.name)
            place = Place(f"{at.pointer}/{column.name}", field.name, title + column.label_ja)
            if is_blank(value):
                if column.required and self._mode == "complete":
                    remedy = _how_to_answer(self._declared, column)
                    faults.append(place.fault("required", "申請には回答が必要です。", remedy))
                continue
            found = self._values.check(column, value, place)
            if not found and column.not_before is not None:
                start = field.column(column.not_before)
                found = self._values.order(place, value, start.label_ja, row.get(start.name))
            faults += found
        known = {column.name for column in field.columns}
        strangers = [str(key) for key in row if key not in known][:_KEY_LIMIT]
        return faults + [self._unknown_column(field, key, at) for key in strangers]

    def _unknown_column(self, field: Field, key: str, at: Place) -> Fault:
        names = {
            folded(name): column.name for column in field.columns for name in (column.name, column.label_ja)
        }
        near = nearest_of(key, names)
        place = Place(f"{at.pointer}{pointer_to(key)}", field.name, at.title)
        remedy = (
            f"「{near}」のことではありませんか。" if near else "列名を確かめるか、この列を消してください。"
        )
        return place.fault("unknown_column", f"「{text.printable(key)}」という列はありません。", remedy)

    def _repeated(self, field: Field, rows: list[object] | tuple[object, ...], place: Place) -> list[Fault]:
        faults: list[Fault] = []
        for column in field.columns:
            if not column.unique:
                continue
            first: dict[object, int] = {}
            for index, row in enumerate(rows):
                value = row.get(column.name) if isinstance(row, Mapping) else None
                if is_blank(value) or not isinstance(value, str | int):
                    continue
                key = text.same_name_key(value) if isinstance(value, str) else value
                if key in first:
                    title = f"{field.label_ja}」{index + 1}行目「{column.label_ja}"
                    at = Place(f"{place.pointer}/{index}/{column.name}", field.name, title)
                    message = f"{first[key] + 1}行目と同じです。"
                    faults.append(
                        at.fault("duplicate", message, "別の内容にするか、片方の行を消してください。")
                    )
                else:
                    first[key] = index
        return faults
