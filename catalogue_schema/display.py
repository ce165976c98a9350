"""Answers as a page shows them. Never raises for answers of another version or installation: unknown codes
show as is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from catalogue_schema import money
from catalogue_schema.dates import format_date
from catalogue_schema.declarations import Declarations
from catalogue_schema.model import FALSE_LABEL, NOT_ANSWERED, TRUE_LABEL, Field, Language, Question
from catalogue_schema.value_checks import DECIMAL, is_blank

Shown = str | list[str] | list[dict[str, str]]
_ENGLISH_UNITS = {
    "円": " yen",
    "日": " days",
    "時間": " hours",
    "週": " weeks",
    "か月": " months",
    "団体": " bodies",
}


def shown(
    declared: Declarations,
    question: Question,
    value: object,
    lang: Language = "ja",
    taxed_on: date | None = None,
) -> Shown:
    """A text; a list of labels for ``choices``; for ``rows`` a list of dicts column name → text (answered
    columns only). Prices without tax are shown with the tax of the day ``taxed_on`` as well.
    """
    if is_blank(value):
        return NOT_ANSWERED[lang]
    if isinstance(question, Field) and question.kind == "rows" and isinstance(value, list | tuple):
        return [
            _row(declared, question, row, lang, taxed_on)
            for row in value
            if isinstance(row, Mapping) and not is_blank(row)
        ]
    if question.kind == "choices" and isinstance(value, list | tuple):
        vocabulary = declared.vocabulary_of(question)
        return [vocabulary.label(str(code), lang) for code in value]
    return _single(declared, question, value, lang)


def _row(
    declared: Declarations, field: Field, row: Mapping[str, object], lang: Language, taxed_on: date | None
) -> dict[str, str]:
    texts = {}
    for column in field.columns:
        value = row.get(column.name)
        if is_blank(value):
            continue
        texts[column.name] = as_text(declared, column, value, lang)
        if column.without_tax and taxed_on is not None and _is_number(value):
            texts[column.name] += _with_tax(str(value), row.get("tax_category"), taxed_on, lang)
    return texts


def _with_tax(price: str, category: object, on: date, lang: Language) -> str:
    taxed = money.format_number(money.price_with_tax(price, category, on))
    return f"（税込{taxed}円）" if lang == "ja" else f" ({taxed} yen with tax)"


def _single(declared: Declarations, question: Question, value: object, lang: Language) -> str:
    if isinstance(value, bool):
        return TRUE_LABEL[lang] if value else FALSE_LABEL[lang]
    if question.kind == "choice":
        return declared.vocabulary_of(question).label(str(value), lang)
    if question.kind == "date" and isinstance(value, str):
        return _date(value, lang)
    if question.kind in ("integer", "money", "decimal") and _is_number(value):
        return f"{money.format_number(str(value))}{_unit(question, lang)}"
    return str(value)


def _is_number(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) < 10**18
    return isinstance(value, str) and DECIMAL.fullmatch(value) is not None


def _unit(question: Question, lang: Language) -> str:
    unit = question.unit or ("円" if question.kind == "money" else "")
    return unit if lang == "ja" else _ENGLISH_UNITS.get(unit, unit)


def _date(value: str, lang: Language) -> str:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None or lang == "en":
        return value
    try:
        return format_date(date.fromisoformat(value))
    except ValueError:
        return value


def as_text(
    declared: Declarations,
    question: Question,
    value: object,
    lang: Language = "ja",
    taxed_on: date | None = None,
) -> str:
    """The same as one text: labels joined by commas, one line for each row."""
    result = shown(declared, question, value, lang, taxed_on)
    if isinstance(result, str):
        return result
    comma, colon, slash = ("、", "：", "／") if lang == "ja" else (", ", ": ", "; ")
    if not isinstance(question, Field) or question.kind != "rows":
        return comma.join(str(label) for label in result)
    lines = []
    for row in result:
        if isinstance(row, dict):
            labels = ((question.column(name).label(lang), cell) for name, cell in row.items())
            lines.append(slash.join(f"{label}{colon}{cell}" for label, cell in labels))
    return "\n".join(lines)
