"""What the tests of the schema share: the day, valid answers to change, and hypothesis strategies."""

from __future__ import annotations

import string
from datetime import date
from typing import Any

from hypothesis import strategies as st

from catalogue_schema import Schema, load_schema
from catalogue_schema.model import Question

TODAY = date(2026, 11, 23)
SCHEMA: Schema = load_schema()

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30, max_value=10**40)
    | st.floats()
    | st.text()
    | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Co"]), max_size=5)
    | st.sampled_from(
        ["2026-02-30", "R0.1.1", "令和0年1月1日", "1e999999", "-0", "http://[", "a@b", "ﾏﾄﾞ", "0" * 50]
    )
)
json_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
"""Any JSON value, with what breaks programmes more often than chance would have it."""


def json_answers(subject: str) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects whose keys are often real fields, and whose rows have often real columns."""
    fields = SCHEMA.fields(subject)
    columns = sorted({column.name for field in fields for column in field.columns})
    rows = st.lists(st.dictionaries(st.sampled_from(columns), json_values, max_size=4), max_size=4)
    names = st.sampled_from([field.name for field in fields]) | st.text(max_size=8)
    return st.dictionaries(names, json_values | rows, max_size=8)


_KANA = "あいうえおアイウエオカガパヴー・"
_WORDS = string.ascii_letters + string.digits + "住民票申請窓口アイウ。、（）"


def _value(question: Question) -> st.SearchStrategy[Any]:
    match question.kind:
        case "integer" | "money":
            return st.integers(question.minimum, question.maximum)
        case "decimal":
            numbers = st.decimals(question.minimum, question.maximum, places=question.places, allow_nan=False)
            return numbers.map(lambda number: f"{number:f}")
        case "boolean":
            return st.booleans()
        case "choice":
            return st.sampled_from([term.code for term in SCHEMA.vocabulary_of(question).current()])
        case "choices":
            codes = [term.code for term in SCHEMA.vocabulary_of(question).current()]
            return st.lists(st.sampled_from(codes), unique=True, min_size=1, max_size=question.max_items)
        case "date":
            return st.dates(date(2000, 1, 1), TODAY).map(date.isoformat)
        case "url":
            return st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=20).map(
                lambda path: f"https://example.jp/{path}"
            )
        case "email":
            return st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=20).map(
                lambda local: f"{local}@example.jp"
            )
        case "telephone":
            return st.integers(0, 9999).map(lambda number: f"03-0000-{number:04}")
        case "kana":
            return st.text(alphabet=_KANA, min_size=1, max_size=20)
        case "latin":
            return st.text(alphabet=string.ascii_letters, min_size=1, max_size=20)
        case "long_text":
            return st.text(alphabet=_WORDS + "\n", max_size=60).map(lambda body: f"文{body}")
        case _:
            return st.text(alphabet=_WORDS, min_size=1, max_size=min(question.max_length, 20))


@st.composite
def valid_answers(draw: st.DrawFn, subject: str) -> dict[str, Any]:
    """Answers that a complete check accepts, as a client might send them (not yet in stored form)."""
    answers: dict[str, Any] = {}
    for field in SCHEMA.fields(subject):
        if not field.required and draw(st.booleans()):
            continue
        if field.kind != "rows":
            answers[field.name] = draw(_value(field))
            continue
        rows: list[dict[str, Any]] = []
        for number in range(draw(st.integers(1, 2))):
            row = {
                column.name: draw(_value(column))
                for column in field.columns
                if column.required or draw(st.booleans())
            }
            unique = next((column for column in field.columns if column.unique), None)
            if unique is not None and unique.kind == "text":
                row[unique.name] = f"{row[unique.name][:10]}{number}"
            elif unique is not None and any(row[unique.name] == other[unique.name] for other in rows):
                continue
            if "valid_until" in row:
                row["valid_until"] = "2030-03-31"
            rows.append(row)
        answers[field.name] = rows
    return {name: value for name, value in answers.items() if value != []}
