"""The short notation of the sample data: rows as `a | b | c`, days as `+90d`, names as `{name}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from catalogue_schema import Column, Field, Schema

_DAYS = re.compile(r"[+-]\d{1,5}d")

ROW_DEFAULTS: dict[str, dict[str, object]] = {
    "price_lines": {"tax_category": "standard", "payee": "vendor"},
}
"""What a row has where the notation ends before that column."""


def day(text: str, today: date) -> date:
    """A day: `+90d` or `-5d` counted from `today`, or an ISO date. Raises ValueError for anything else."""
    if _DAYS.fullmatch(text):
        return today + timedelta(days=int(text[:-1]))
    return date.fromisoformat(text)


def expand(
    schema: Schema, subject: str, answers: Mapping[str, Any], today: date, names: Mapping[str, str]
) -> dict[str, Any]:
    """Answers as the API takes them. `names` fill `{…}` in texts (`{name}`, `{vendor}`, `{key}`).

    Raises KeyError for a field that the schema does not have, ValueError for a row with too many columns.
    """
    return {name: _value(schema.field(subject, name), value, today, names) for name, value in answers.items()}


def _value(field: Field, value: Any, today: date, names: Mapping[str, str]) -> Any:
    if field.kind == "rows":
        rows = (row if isinstance(row, dict) else _row(field, row) for row in value)
        return [
            {key: _plain(field.column(key), cell, today, names) for key, cell in row.items()} for row in rows
        ]
    if isinstance(value, list):
        return list(value)
    return _plain(field, value, today, names)


def _row(field: Field, line: str) -> dict[str, Any]:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) > len(field.columns):
        raise ValueError(f"{field.name}: {len(cells)} columns in {line!r}, there are {len(field.columns)}")
    written = {column.name: cell for column, cell in zip(field.columns, cells, strict=False) if cell}
    return {**ROW_DEFAULTS.get(field.name, {}), **written}


def _plain(question: Field | Column, value: Any, today: date, names: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    if question.kind == "date":
        return day(value, today).isoformat()
    if question.kind == "integer":
        return int(value)
    if question.kind == "boolean":
        return value == "はい"
    for name, text in names.items():
        value = value.replace("{" + name + "}", text)
    return value
