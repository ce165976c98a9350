"""Answers in their stored form, and how complete they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue_schema import text
from catalogue_schema.declarations import Declarations
from catalogue_schema.model import Completeness, Field, Question
from catalogue_schema.value_checks import DECIMAL, is_blank


def normalised(declared: Declarations, subject: str, answers: object) -> dict[str, Any]:
    """The answers as they are stored: NFC, trimmed, LF, choices in vocabulary order, no blanks, keys in
    form order.

    Equal answers give equal results whatever order they came in, so that a hash of them is stable;
    normalising twice changes nothing. What has no place in the schema is kept at the end, sorted by name,
    for validation to refuse.
    """
    if not isinstance(answers, Mapping):
        return {}
    fields = declared.by_name(subject)
    result: dict[str, Any] = {}
    for name, field in fields.items():
        value = _stored(declared, field, answers.get(name))
        if not is_blank(value):
            result[name] = value
    others = {str(name): value for name, value in answers.items() if name not in fields}
    result.update((name, others[name]) for name in sorted(others) if not is_blank(others[name]))
    return result


def _stored(declared: Declarations, field: Field, value: object) -> object:
    if field.kind != "rows" or not isinstance(value, list | tuple):
        return _stored_value(declared, field, value)
    rows = [_stored_row(declared, field, row) if isinstance(row, Mapping) else row for row in value]
    return [row for row in rows if not is_blank(row)]


def _stored_row(declared: Declarations, field: Field, row: Mapping[object, object]) -> dict[str, object]:
    columns = {column.name: _stored_value(declared, column, row.get(column.name)) for column in field.columns}
    others = {str(name): value for name, value in row.items() if name not in columns}
    kept = {**columns, **{name: others[name] for name in sorted(others)}}
    return {name: value for name, value in kept.items() if not is_blank(value)}


def _stored_value(declared: Declarations, question: Question, value: object) -> object:
    if question.kind == "decimal":
        return _stored_decimal(value)
    if question.kind == "choices" and isinstance(value, list | tuple):
        vocabulary = declared.vocabulary_of(question)
        if all(isinstance(item, str) for item in value):
            codes = dict.fromkeys(text.clean(str(item)) for item in value)
            return sorted(codes, key=lambda code: (vocabulary.position(code), code))
        return list(value)
    return text.clean(value) if isinstance(value, str) else value


def _stored_decimal(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return str(value)
    if not isinstance(value, str):
        return value
    plain = text.clean(value)
    if DECIMAL.fullmatch(plain) is None:
        return plain
    shortest = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if shortest == "-0" else shortest


def completeness(declared: Declarations, subject: str, answers: Mapping[str, object]) -> Completeness:
    """How many questions of this version are answered, and which are not."""
    fields = declared.fields(subject)
    missing = [field for field in fields if is_blank(answers.get(field.name))]
    return Completeness(
        answered=len(fields) - len(missing),
        total=len(fields),
        required_missing=tuple(field for field in missing if field.required),
        optional_missing=tuple(field for field in missing if not field.required),
    )
