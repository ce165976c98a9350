"""Whether a listing meets a condition: meets, fails, or unanswered. Pure; asked against pinned answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from app.kit.errors import FieldFault
from catalogue_schema import Field, FieldUnknown, Schema
from catalogue_schema.model import Question
from catalogue_schema.value_checks import DECIMAL, is_blank

Outcome = Literal["meets", "fails", "unanswered"]

OPERATORS: Mapping[str, str] = {
    "equals": "が次のとおり",
    "includes": "が次のどれか",
    "all_of": "が次のすべてを含む",
    "at_least": "が次以上",
    "at_most": "が次以下",
    "answered": "に回答がある",
}
_NUMBERS = frozenset({"integer", "decimal", "money"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition without its place in a project."""

    subject: str
    field: str
    operator: str
    wanted: Any


@dataclass(frozen=True, slots=True)
class _Judged:
    """The question whose values are compared: the field itself, or the facet's column of a `rows` field."""

    question: Question
    facet: str | None = None
    numeric: bool = False


def _judged(field: Field) -> _Judged | None:
    if field.kind != "rows":
        return _Judged(field, numeric=field.kind in _NUMBERS)
    facet = next(iter(field.facets), None)
    if facet is None:
        return None
    if facet.column is None:
        return _Judged(field, facet.name, numeric=True)
    return _Judged(field.column(facet.column), facet.name)


def operators_of(field: Field) -> tuple[str, ...]:
    """What may be asked of a field: every one whether it is answered, the others by their kind."""
    judged = _judged(field)
    if judged is None:
        return ("answered",)
    if judged.numeric or judged.question.kind == "date":
        return ("at_least", "at_most", "answered")
    if judged.question.kind == "boolean":
        return ("equals", "answered")
    if judged.question.vocabulary is not None:
        several = judged.question.kind == "choices" or field.kind == "rows"
        return ("includes", "all_of", "answered") if several else ("equals", "includes", "answered")
    return ("answered",)


def vocabulary_of(schema: Schema, field: Field) -> tuple[tuple[str, str], ...]:
    """The codes and labels that a condition on the field may want; empty where it wants none."""
    judged = _judged(field)
    if judged is None or judged.question.vocabulary is None:
        return ()
    return tuple((term.code, term.ja) for term in schema.vocabulary_of(judged.question).current())


def normal_wanted(schema: Schema, given: Wanted) -> tuple[Any, list[FieldFault]]:
    """The wanted value as it is kept, and every fault of the condition with the nearest right value."""
    try:
        field = schema.field(given.subject, given.field)
    except FieldUnknown:
        return None, [
            FieldFault(
                "/field",
                "unknown_field",
                "「項目」：この項目はありません。",
                "項目の一覧から選んでください。",
            )
        ]
    allowed = operators_of(field)
    if given.operator not in allowed:
        return None, [
            FieldFault(
                "/operator",
                "not_for_field",
                f"「条件」：「{field.label_ja}」にはこの条件を使えません。",
                f"使えるもの: {'、'.join(allowed)}",
            )
        ]
    judged = _judged(field)
    if given.operator == "answered" or judged is None:
        return None, []
    if judged.question.kind == "boolean":
        return _wanted_flag(given.wanted)
    if judged.question.vocabulary is not None:
        return _wanted_terms(
            schema, judged.question, given.wanted, most=1 if given.operator == "equals" else 100
        )
    return _wanted_bound(judged, given.wanted)


def _fault(code: str, message: str, remedy: str) -> list[FieldFault]:
    return [FieldFault("/wanted", code, f"「求める値」：{message}", remedy)]


def _wanted_flag(wanted: object) -> tuple[Any, list[FieldFault]]:
    flags = {True: True, False: False, "true": True, "false": False}
    if isinstance(wanted, bool | str) and wanted in flags:
        return flags[wanted], []
    return None, _fault("not_a_flag", "はい・いいえではありません。", "true か false にしてください。")


def _wanted_terms(
    schema: Schema, question: Question, wanted: object, most: int
) -> tuple[Any, list[FieldFault]]:
    codes = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(codes, list) or not codes or not all(isinstance(c, str) and c for c in codes):
        return None, _fault("required", "一つも選ばれていません。", "一つ以上選んでください。")
    if len(codes) > most:
        return None, _fault(
            "too_many", f"選べるのは{most}個までです。", "「どれか」か「すべて」の条件にしてください。"
        )
    vocabulary = schema.vocabulary_of(question)
    known = {term.code for term in vocabulary.current()}
    faults: list[FieldFault] = []
    for code in codes:
        if code not in known:
            near = vocabulary.nearest(code)
            remedy = f"近いのは「{near.code}」（{near.ja}）です。" if near else "一覧から選んでください。"
            faults += _fault("unknown_term", "この用語はありません。", remedy)
    return list(dict.fromkeys(codes)), faults


def _wanted_bound(judged: _Judged, wanted: object) -> tuple[Any, list[FieldFault]]:
    plain = (
        str(wanted).strip().replace(",", "") if isinstance(wanted, int | str) and wanted is not True else ""
    )
    if judged.question.kind == "date":
        try:
            return date.fromisoformat(plain if _DAY.fullmatch(plain) else "").isoformat(), []
        except ValueError:
            return None, _fault(
                "not_a_date", "日付ではありません。", "「2027-03-31」のように書いてください。"
            )
    if DECIMAL.fullmatch(plain) is None:
        return None, _fault("not_a_number", "数ではありません。", "半角の数字で書いてください。")
    return plain, []


def judge(schema: Schema, condition: Wanted, answers: Mapping[str, Any], version: int, on: date) -> Outcome:
    """The outcome for one set of answers, made under `version`, by what is valid on the day."""
    then = schema.at(version)
    try:
        field = then.field(condition.subject, condition.field)
    except FieldUnknown:
        return "unanswered"  # not asked in that version
    value = answers.get(field.name)
    if is_blank(value):
        return "unanswered"
    judged = _judged(field)
    if condition.operator == "answered" or judged is None:
        return "meets"
    if judged.facet is not None:
        value = then.facet_values(condition.subject, answers, on).get(judged.facet)
        if value is None and judged.numeric:
            return "unanswered"  # e.g. a price by use only: no fixed monthly price to compare
    return "meets" if _holds(condition, judged, value) else "fails"


def _holds(condition: Wanted, judged: _Judged, value: object) -> bool:
    if isinstance(condition.wanted, bool):
        return value is condition.wanted
    if isinstance(condition.wanted, list):
        had = set(value) if isinstance(value, list | tuple) else {value}
        wanted = set(condition.wanted)
        return bool(wanted & had) if condition.operator == "includes" else wanted <= had
    if judged.question.kind == "date" and not judged.numeric:
        had_day, bound_day = str(value), str(condition.wanted)
        return had_day >= bound_day if condition.operator == "at_least" else had_day <= bound_day
    had_number, bound = Decimal(str(value)), Decimal(str(condition.wanted))
    return had_number >= bound if condition.operator == "at_least" else had_number <= bound


def best_of(outcomes: Sequence[Outcome]) -> Outcome:
    """A software by its offers: one that meets is enough; it fails only where every offer answered and fails."""
    if "meets" in outcomes:
        return "meets"
    if not outcomes or "unanswered" in outcomes:
        return "unanswered"
    return "fails"


def sentence(schema: Schema, condition: Wanted) -> str:
    """The condition in words: 「セキュリティの登録」が次のどれか：ISMAP."""
    try:
        field = schema.field(condition.subject, condition.field)
    except FieldUnknown:
        return f"「{condition.field}」"
    said = f"「{field.label_ja}」{OPERATORS[condition.operator]}"
    if condition.operator == "answered":
        return said
    judged = _judged(field)
    labels = dict(vocabulary_of(schema, field))
    if isinstance(condition.wanted, list):
        return f"{said}：{'、'.join(str(labels.get(code, code)) for code in condition.wanted)}"
    if isinstance(condition.wanted, bool):
        return f"{said}：{'はい' if condition.wanted else 'いいえ'}"
    unit = judged.question.unit if judged is not None and judged.question.kind != "rows" else "円"
    return f"{said}：{condition.wanted}{unit}"
