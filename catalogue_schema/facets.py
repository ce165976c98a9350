"""What a listing contributes to search: facet values with their validity, and the texts that are indexed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from catalogue_schema import money
from catalogue_schema.declarations import Declarations
from catalogue_schema.model import SUBJECTS, Facet, FacetSpec, Field, Question
from catalogue_schema.value_checks import DECIMAL, is_blank
from catalogue_schema.vocabulary import Vocabulary

FacetValue = list[str] | int | Decimal
_RANGES = ("integer", "decimal", "money")


def specs(declared: Declarations) -> tuple[FacetSpec, ...]:
    """All facets of this version, software first, in form order."""
    return tuple(
        _spec(subject, field, facet)
        for subject in SUBJECTS
        for field in declared.fields(subject)
        for facet in field.facets
    )


def _spec(subject: str, field: Field, facet: Facet) -> FacetSpec:
    question = _question(field, facet)
    kind: Literal["terms", "range", "flag"] = "terms"
    if facet.derive is not None or question.kind in _RANGES:
        kind = "range"
    elif question.kind == "boolean":
        kind = "flag"
    vocabulary = question.vocabulary if kind == "terms" else None
    return FacetSpec(facet.name, subject, field.name, vocabulary, facet.label_ja, facet.label_en, kind)


def _question(field: Field, facet: Facet) -> Question:
    return field.column(facet.column) if facet.column is not None else field


def values(
    declared: Declarations, subject: str, answers: Mapping[str, object], today: date
) -> dict[str, FacetValue]:
    """What the listing is found under at ``today``; facets it says nothing about are absent."""
    result: dict[str, FacetValue] = {}
    day = today.isoformat()
    for field in declared.fields(subject):
        for facet in field.facets:
            found = _number(field, facet, answers.get(field.name))
            if found is not None:
                result[facet.name] = found
                continue
            dated = _dated(declared, field, facet, answers.get(field.name))
            current = [
                value
                for value, start, end in dated
                if (not start or start <= day) and (not end or day <= end)
            ]
            if current:
                result[facet.name] = list(dict.fromkeys(current))
    return result


def validity(
    declared: Declarations, subject: str, answers: Mapping[str, object]
) -> dict[str, list[tuple[str, str | None]]]:
    """The values of terms and flags, each with the last day it counts (ISO; ``None`` = no end), the latest
    if several.

    Rows beginning in the future are left to ``valid_from``, which validation refuses beyond today.
    """
    result: dict[str, list[tuple[str, str | None]]] = {}
    for field in declared.fields(subject):
        for facet in field.facets:
            latest: dict[str, str | None] = {}
            for value, _, end in _dated(declared, field, facet, answers.get(field.name)):
                before = latest.get(value, "")
                latest[value] = None if end is None or before is None else max(before, end)
            if latest:
                result[facet.name] = list(latest.items())
    return result


def _number(field: Field, facet: Facet, value: object) -> int | Decimal | None:
    if facet.derive == "monthly_fixed":
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []
        total = money.monthly_fixed(rows)
        return None if total is None else money.to_yen(total)
    if facet.column is not None or field.kind not in _RANGES or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return Decimal(value) if isinstance(value, str) and DECIMAL.fullmatch(value) else None


def _dated(
    declared: Declarations, field: Field, facet: Facet, value: object
) -> Iterator[tuple[str, str | None, str | None]]:
    """(value, first day, last day) for each value of a terms or flag facet."""
    question = _question(field, facet)
    if facet.derive is not None:
        return
    if facet.column is None:
        for code in _codes(declared, question, value):
            yield code, None, None
        return
    for row in value if isinstance(value, list | tuple) else ():
        if isinstance(row, Mapping):
            start, end = (_day(row, name) for name in (field.valid_from, field.valid_until))
            for code in _codes(declared, question, row.get(facet.column)):
                yield code, start, end


def _day(row: Mapping[str, object], column: str | None) -> str | None:
    value = row.get(column) if column is not None else None
    return value if isinstance(value, str) and value else None


def _codes(declared: Declarations, question: Question, value: object) -> list[str]:
    if question.kind == "boolean":
        return ["true"] if value is True else []
    if question.vocabulary is None:
        return [value] if isinstance(value, str) and value else []
    given = value if isinstance(value, list | tuple) else [value]
    vocabulary = declared.vocabulary_of(question)
    return [_successor(vocabulary, code) for code in given if isinstance(code, str) and code]


def _successor(vocabulary: Vocabulary, code: str) -> str:
    """Old answers are found under the term that replaced theirs."""
    for _ in vocabulary.terms:
        term = vocabulary.term(code)
        if term is None or term.successor is None or not vocabulary.is_retired(term):
            break
        code = term.successor
    return code


SEARCH_ATTRIBUTES = ("name", "kana", "summary", "area", "replaces", "body")
"""Under which a field's texts may be indexed."""


def search_texts(declared: Declarations, subject: str, answers: Mapping[str, object]) -> dict[str, str]:
    """The texts to index, by search attribute; a term contributes its labels and the other words for it."""
    parts: dict[str, list[str]] = {name: [] for name in SEARCH_ATTRIBUTES}
    for field in declared.fields(subject):
        value = answers.get(field.name)
        if field.search is not None and not is_blank(value):
            parts[field.search] += _texts(declared, field, value)
        for row in value if field.kind == "rows" and isinstance(value, list | tuple) else ():
            for column in field.columns:
                if (
                    column.search is not None
                    and isinstance(row, Mapping)
                    and not is_blank(row.get(column.name))
                ):
                    parts[column.search] += _texts(declared, column, row.get(column.name))
    return {attribute: "\n".join(dict.fromkeys(texts)) for attribute, texts in parts.items()}


def _texts(declared: Declarations, question: Question, value: object) -> list[str]:
    given = value if isinstance(value, list | tuple) else [value]
    if question.vocabulary is None:
        return [str(item) for item in given if isinstance(item, str | int) and not isinstance(item, bool)]
    terms = (declared.vocabulary_of(question).term(str(item)) for item in given)
    return [word for term in terms if term is not None for word in (term.ja, term.en, *term.also)]
