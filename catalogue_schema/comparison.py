"""Listings side by side, and one listing before and after. Answers of different schema versions compare as
they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from catalogue_schema.declarations import Declarations
from catalogue_schema.display import as_text
from catalogue_schema.model import (
    NOT_ANSWERED,
    NOT_ASKED,
    Cell,
    Change,
    ComparisonRow,
    Field,
    Group,
    Language,
    SubjectUnknown,
)
from catalogue_schema.model import SUBJECTS as _SUBJECTS
from catalogue_schema.value_checks import is_blank

Compared = Mapping[str, Any] | tuple[Mapping[str, Any], int]
"""One listing's answers, with the schema version they were made under (without one: the current)."""


def _in_order(declared: Declarations, subject: str, versions: set[int]) -> list[Field]:
    if subject not in _SUBJECTS:
        raise SubjectUnknown(subject)
    every = (field for field in declared.every_field if field.subject == subject)
    return [field for field in every if any(field.asked_in(version) for version in versions)]


def rows(
    declared: Declarations,
    columns: Sequence[Compared],
    subject: str,
    lang: Language,
    taxed_on: date | None = None,
) -> tuple[ComparisonRow, ...]:
    """A row for each field that any column's version asks, in form order; see ``Schema.comparison_rows``."""
    listings = [(column, declared.version) if isinstance(column, Mapping) else column for column in columns]
    fields = _in_order(declared, subject, {version for _, version in listings})
    groups: dict[str, Group] = {}
    for field in fields:
        if field.group not in groups:
            head = declared.group_head(field)
            members = tuple(item for item in fields if item.group == field.group)
            groups[field.group] = Group(
                head.name, subject, head.label_ja, head.label_en, head.hint_ja, members
            )
    result = []
    for field in fields:
        cells = tuple(
            _cell(declared, field, answers, version, lang, taxed_on) for answers, version in listings
        )
        differs = len({(cell.asked, cell.text) for cell in cells}) > 1
        result.append(ComparisonRow(groups[field.group], field, cells, differs))
    return tuple(result)


def _cell(
    declared: Declarations,
    field: Field,
    answers: Mapping[str, Any],
    version: int,
    lang: Language,
    taxed_on: date | None,
) -> Cell:
    if not field.asked_in(version):
        return Cell(answered=False, text=NOT_ASKED[lang], value=None, asked=False)
    value = answers.get(field.name)
    if is_blank(value):
        return Cell(answered=False, text=NOT_ANSWERED[lang], value=None)
    return Cell(answered=True, text=as_text(declared, field, value, lang, taxed_on), value=value)


def changes(
    declared: Declarations, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Change, ...]:
    """The fields whose answers differ, in form order, fields of any version included."""
    result = []
    for field in _in_order(declared, subject, set(range(1, declared.version + 1))):
        old, new = before.get(field.name), after.get(field.name)
        if (is_blank(old) and is_blank(new)) or old == new:
            continue
        kind: Literal["added", "removed", "changed"] = "changed"
        if is_blank(old) or is_blank(new):
            kind = "added" if is_blank(old) else "removed"
        result.append(Change(field, kind, as_text(declared, field, old), as_text(declared, field, new)))
    return tuple(result)
