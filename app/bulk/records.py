"""One entry as an uploaded file says it, with the place of everything in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kit.errors import PlacedFault
from catalogue_schema import Fault, Schema
from catalogue_schema.model import Question

FORGIVING = frozenset({"integer", "money", "decimal", "boolean", "date"})
"""Kinds that people type in many ways: full-width digits, commas, units, both calendars."""
NARROW = frozenset({"latin", "email", "url", "telephone"})
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")


@dataclass(frozen=True)
class Place:
    """Where something stands: the row as people count it, the address, the sheet."""

    row: int | None
    cell: str = ""
    sheet: str = ""
    column: str = ""
    """The column's name where it differs from what the pointer says (the sheet of a table field)."""

    def fault(self, code: str, message: str, remedy: str, column: str = "") -> PlacedFault:
        """A fault at this place."""
        return PlacedFault(code, message, remedy, self.row, self.column or column, self.cell, self.sheet)


@dataclass
class Record:
    """One entry of the file. `answers` holds only what the file names; None there means: no longer answered."""

    kind: str
    place: Place
    identity: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    """Pointer into the answers (or the name of an identifying column) → place."""
    faults: list[PlacedFault] = field(default_factory=list)

    def said(self, name: str) -> str:
        """An identifying value, empty where the file does not give it."""
        return self.identity.get(name, "")

    def at(self, pointer: str) -> Place:
        """The nearest place that is known for a pointer."""
        while pointer:
            if pointer in self.places:
                return self.places[pointer]
            pointer = pointer.rpartition("/")[0]
        return self.place

    def refuse(self, name: str, code: str, message: str, remedy: str) -> None:
        """Add a fault at an identifying column."""
        self.faults.append(self.places.get(name, self.place).fault(code, message, remedy, name))

    def refuse_answer(self, schema: Schema, fault: Fault) -> None:
        """Add a fault of the schema, with the place of what it points at."""
        column = column_name(schema, self.kind, fault.pointer) or fault.field
        self.faults.append(self.at(fault.pointer).fault(fault.code, fault.message, fault.remedy, column))


def column_name(schema: Schema, kind: str, pointer: str) -> str:
    """`/price_lines/0/unit_price` → `price_lines[1].unit_price`; the choices of a field → the field."""
    name, *rest = pointer.removeprefix("/").split("/")
    known = next((each for each in schema.fields(kind) if each.name == name), None)
    if known is None or known.kind != "rows" or not rest:
        return name
    number = f"[{int(rest[0]) + 1}]" if rest[0].isdigit() else ""
    return name + number + (f".{rest[1]}" if len(rest) > 1 else "")


def understood(schema: Schema, kind: str, answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The answers with texts read as a form reads them: 令和８年４月１日 is a date, １，２００円 a number.

    Only where a number, date, yes-or-no or half-width text is expected and a text is given; everything else is left for
    validation to judge. Faults say what could not be read; it stays as it was typed.
    """
    result = dict(answers)
    form: dict[str, list[str]] = {}
    numbers: dict[str, list[int]] = {}
    for each in schema.fields(kind):
        value = answers.get(each.name)
        if each.kind != "rows":
            if _to_be_read(each, value):
                form[each.name] = [str(value)]
        elif isinstance(value, list):
            result[each.name] = [dict(row) if isinstance(row, dict) else row for row in value]
            for index, row in enumerate(value):
                for column in each.columns:
                    if isinstance(row, dict) and _to_be_read(column, row.get(column.name)):
                        form[f"{each.name}-{index}-{column.name}"] = [str(row[column.name])]
                        if index not in numbers.setdefault(each.name, []):
                            numbers[each.name].append(index)
    read, faults = schema.from_form(kind, form)
    for name in list(form):
        parts = name.split("-")
        if len(parts) == 1:
            result[name] = read.get(name, result[name])
            continue
        field_name, index, column_name_ = parts[0], int(parts[1]), parts[2]
        row = read[field_name][numbers[field_name].index(index)]
        result[field_name][index][column_name_] = row.get(column_name_)
    return result, [_renumbered(fault, numbers) for fault in faults]


def _to_be_read(question: Question, value: object) -> bool:
    if not isinstance(value, str) or not value.strip():
        return False
    return question.kind in FORGIVING or (question.kind in NARROW and bool(_FULL_WIDTH.search(value)))


def _renumbered(fault: Fault, numbers: Mapping[str, list[int]]) -> Fault:
    # Rows in which nothing had to be read are not in the form: the form's numbers are too small by them.
    parts = fault.pointer.split("/")
    if len(parts) < 4 or parts[1] not in numbers:
        return fault
    index = numbers[parts[1]][int(parts[2])]
    message = fault.message.replace(f"{int(parts[2]) + 1}行目", f"{index + 1}行目", 1)
    parts[2] = str(index)
    return Fault("/".join(parts), fault.code, message, fault.remedy, fault.field)
