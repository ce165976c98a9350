"""The firm's own software and offers as files, in the same forms as the import reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import IO, Any

from sqlmodel import Session

from app.access.actor import Actor
from app.bulk import columns
from app.kit.clock import Clock
from app.kit.table_writing import CELL_LIMIT, Value, WorkbookWriter, csv_lines
from app.listings import service as listings
from catalogue_schema import Field, Schema
from catalogue_schema.model import Question

Entries = Callable[[str], Iterator[listings.EntryView]]
"""A fresh walk over the firm's entries of a kind."""
_EXACT = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,3})?")
"""Decimals that a spreadsheet's floating point keeps exactly; longer ones are written as text."""


def own_entries(session: Session, actor: Actor, clock: Clock) -> Entries:
    """The actor's firm's entries. Raises Forbidden, when walked, for who has none."""
    return lambda kind: listings.owned_entries(session, actor, kind, clock.today())


def json_lines(entries: Entries) -> Iterator[str]:
    """One line for each entry: identity and answers, as the API has them."""
    for kind in columns.KINDS:
        for entry in entries(kind):
            line = {"kind": kind, **_identity(entry), "answers": _answers(entry)}
            yield json.dumps(line, ensure_ascii=False) + "\n"


def csv_export(schema: Schema, entries: Entries) -> Iterator[str]:
    """One table of both kinds; tables of an entry stand as JSON in one cell."""
    fields: dict[str, Field] = {}
    for kind in columns.KINDS:
        for field in schema.fields(kind):
            fields.setdefault(field.name, field)
    identity = columns.identity_columns("offer", with_kind=True)
    headers = [columns.header(name, columns.IDENTITY[name]) for name in identity]
    headers += [columns.header(field.name, field.label_ja) for field in fields.values()]
    return csv_lines(headers, _csv_rows(schema, entries, identity, list(fields)))


def _csv_rows(
    schema: Schema, entries: Entries, identity: list[str], names: list[str]
) -> Iterator[list[Value]]:
    for kind in columns.KINDS:
        asked = {field.name: field for field in schema.fields(kind)}
        for entry in entries(kind):
            given = {"kind": kind, **_identity(entry)}
            answers = _answers(entry)
            row: list[Value] = [given.get(name) for name in identity]
            row += [_cell(asked[name], answers.get(name)) if name in asked else None for name in names]
            yield row


def xlsx_export(schema: Schema, entries: Entries, target: IO[bytes]) -> None:
    """A workbook: one sheet for each kind, one for each field that is a table."""
    writer = WorkbookWriter()
    for title, (kind, field) in columns.sheet_titles(schema).items():
        if field is None:
            identity = columns.identity_columns(kind, with_kind=False)
            flat = columns.flat_fields(schema, kind)
            headers = [columns.header(name, columns.IDENTITY[name]) for name in identity]
            headers += [columns.header(each.name, each.label_ja) for each in flat]
            writer.sheet(title, headers, _flat_rows(entries(kind), identity, flat))
        else:
            headers = [columns.header(name, columns.IDENTITY[name]) for name in ("id", "key")]
            headers += [columns.header(each.name, each.label_ja) for each in field.columns]
            writer.sheet(title, headers, _table_rows(entries(kind), field))
    writer.save(target)


def _flat_rows(
    entries: Iterator[listings.EntryView], identity: list[str], fields: list[Field]
) -> Iterator[list[Value]]:
    for entry in entries:
        given, answers = _identity(entry), _answers(entry)
        yield [given.get(name) for name in identity] + [
            _cell(field, answers.get(field.name)) for field in fields
        ]


def _table_rows(entries: Iterator[listings.EntryView], field: Field) -> Iterator[list[Value]]:
    for entry in entries:
        for row in _answers(entry).get(field.name) or ():
            cells = [_cell(column, row.get(column.name)) for column in field.columns]
            yield [entry.id, entry.vendor_key, *cells]


def _identity(entry: listings.EntryView) -> dict[str, str]:
    given = {
        "id": entry.id,
        "key": entry.vendor_key,
        "software_id": entry.software_id,
        "etag": entry.etag.strip('"'),
    }
    return {name: value for name, value in given.items() if value}


def _answers(entry: listings.EntryView) -> dict[str, Any]:
    return dict(entry.working.answers) if entry.working else {}


def _cell(question: Question, value: Any) -> Value:
    if value is None:
        return None
    if question.kind == "rows":
        return json.dumps(value, ensure_ascii=False)
    if question.kind == "choices":
        return columns.SEPARATOR.join(value)
    if question.kind == "decimal":
        return Decimal(value) if _EXACT.fullmatch(value) else str(value)
    if isinstance(value, bool | int):
        return value
    return str(value)[:CELL_LIMIT]
