"""Which changes of a published listing are 軽微 (minor: public at once) and which 重要 (major: reviewed first).

Each field declares its class as data (``change`` in its TOML entry); this module only carries the declarations out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from catalogue_schema import comparison
from catalogue_schema.declarations import Declarations
from catalogue_schema.model import Change, ChangeClass, ChangeRule, Field, Question
from catalogue_schema.value_checks import is_blank

CLASS_LABELS: Mapping[ChangeClass, str] = {"minor": "軽微", "major": "重要"}


@dataclass(frozen=True, slots=True)
class ClassedChange:
    """A difference with its class, and why it has that class (Japanese, for the vendor)."""

    change: Change
    change_class: ChangeClass
    because: str

    @property
    def label(self) -> str:
        """What people read for the class."""
        return CLASS_LABELS[self.change_class]


def classed(
    declared: Declarations, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[ClassedChange, ...]:
    """Every difference between two sets of answers with its class, in form order."""
    result = []
    for change in comparison.changes(declared, subject, before, after):
        name = change.field.name
        found, because = _class_of(change.field, before.get(name), after.get(name))
        result.append(ClassedChange(change, found, because))
    return tuple(result)


def _class_of(field: Field, before: object, after: object) -> tuple[ChangeClass, str]:
    rule = field.change
    if rule.minor == "always":
        return "minor", "この項目の変更は、いつも軽微です。"
    if rule.minor == "never":
        return "major", "この項目の変更は、いつも重要です。"
    if field.kind != "rows":
        minor = not is_blank(before) and not is_blank(after) and _moves(field, rule, before, after)
    else:
        minor = _rows_only_move(field, rule, before, after)
    word = "下がる" if rule.minor == "down" else "上がる（日付では後になる）"
    named = f"「{field.column(rule.column).label_ja}」" if rule.column else "値"
    if minor:
        return "minor", f"{named}が{word}だけの変更なので、軽微です。"
    return "major", f"{named}が{word}だけの変更ではないので、重要です。"


def _rows_only_move(field: Field, rule: ChangeRule, before: object, after: object) -> bool:
    """Whether every row is still there and only its value moved the allowed way.

    A row is the same when all its other columns are (but those that the rule lets free). A new row counts as a move
    from nothing: a discount (negative price, positive percentage) is one the allowed way, a new or free charge is
    not. A row that is gone, or rows that cannot be told apart, make the change major.
    """
    old, new = _by_identity(field, rule, before), _by_identity(field, rule, after)
    if old is None or new is None or not set(old) <= set(new):
        return False
    for identity, value in new.items():
        column = field.column(rule.column)
        if identity in old:
            if not _moves(column, rule, old[identity], value):
                return False
        elif (
            column.kind == "date" or not _moves(column, rule, "0", value) or _moves(column, rule, value, "0")
        ):
            # Nothing to compare a date with; and a new row of 0 moves nothing but brings words that nobody read.
            return False
    return True


def _by_identity(field: Field, rule: ChangeRule, rows: object) -> dict[tuple[str, ...], object] | None:
    found: dict[tuple[str, ...], object] = {}
    for row in rows if isinstance(rows, list | tuple) else ():
        if not isinstance(row, Mapping):
            return None
        identity = tuple(
            repr(row.get(column.name))
            for column in field.columns
            if column.name != rule.column and column.name not in rule.free
        )
        if identity in found:
            return None
        found[identity] = row.get(rule.column)
    return found


def _moves(question: Question, rule: ChangeRule, before: object, after: object) -> bool:
    """Whether the value stays or moves the way in which the rule calls it minor."""
    one: Any
    other: Any
    if question.kind == "date":
        # ISO dates sort as texts; a missing one cannot be compared.
        one, other = str(before or ""), str(after or "")
        if not one or not other:
            return bool(one == other)
    else:
        try:
            one, other = Decimal(str(before)), Decimal(str(after))
        except InvalidOperation:
            return False
    return bool(other <= one) if rule.minor == "down" else bool(other >= one)
