"""From an uploaded file to records: JSON Lines, CSV, xlsx. Faults of the form are found before anything is judged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.bulk import columns
from app.bulk.records import Place, Record, understood
from app.kit.errors import PlacedFault
from app.kit.table_reading import (
    Table,
    column_letter,
    decoded,
    format_of,
    read_csv,
    too_many_rows,
    unreadable,
)
from app.kit.xlsx_reading import read_xlsx
from catalogue_schema import Field, Schema

TABLE_ROWS_PER_ENTRY = 30
"""The sheet of a table field may have so many times as many rows as there may be entries."""


@dataclass(frozen=True)
class Limits:
    """What one file may hold."""

    entries: int
    unpacked_bytes: int


def read_records(schema: Schema, content: bytes, limits: Limits) -> tuple[list[Record], list[PlacedFault]]:
    """The records of a file and the faults that belong to none of them (headers, sheets).

    Raises TableUnreadable for a file that cannot be read at all.
    """
    kind = format_of(content)
    if kind == "jsonl":
        return _from_lines(schema, decoded(content, "jsonl"), limits)
    if kind == "csv":
        return _from_csv(schema, read_csv(content, limits.entries))
    most = limits.entries * TABLE_ROWS_PER_ENTRY
    tables = read_xlsx(content, rows_at_most=most, unpacked_at_most=limits.unpacked_bytes)
    return _from_workbook(schema, tables, limits)


def _from_lines(schema: Schema, text: str, limits: Limits) -> tuple[list[Record], list[PlacedFault]]:
    records: list[Record] = []
    # Not splitlines(): U+2028 and others may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(records) >= limits.entries:
            raise too_many_rows(limits.entries, number)
        records.append(_from_line(schema, number, line))
    return records, []


def _from_line(schema: Schema, number: int, line: str) -> Record:
    record = Record("", Place(number))
    try:
        # Texts keep what floats would round; `understood` reads them as numbers where one is expected.
        value = json.loads(line, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        position = f"（{error.colno}文字目）" if isinstance(error, json.JSONDecodeError) else ""
        record.refuse(
            "",
            "bad_json",
            f"JSON として読めません{position}。",
            "1行に1つの JSON オブジェクトを書いてください。",
        )
        return record
    if not isinstance(value, dict):
        record.refuse(
            "",
            "wrong_type",
            "JSON オブジェクトではありません。",
            '{"kind": …, "answers": {…}} の形で書いてください。',
        )
        return record
    for name in value:
        if name not in columns.IDENTITY and name != "answers":
            record.refuse(
                name,
                "unknown_column",
                f"「{name[:40]}」という項目はありません。",
                "綴りを確かめるか、消してください。",
            )
    for name in columns.IDENTITY:
        given = value.get(name)
        record.places[name] = Place(number, f"/{name}")
        if isinstance(given, str):
            record.identity[name] = given.strip()
        elif given is not None:
            record.refuse(name, "wrong_type", f"「{name}」は文字列です。", "引用符で囲んでください。")
    _take_kind(record)
    answers = value.get("answers", {})
    if not isinstance(answers, dict):
        record.refuse(
            "answers",
            "wrong_type",
            "answers が項目名と値の組ではありません。",
            "オブジェクトで書いてください。",
        )
    elif record.kind:
        for name in answers:
            record.places[f"/{name}"] = Place(number, f"/answers/{name}")
        _take_answers(schema, record, answers)
    return record


def _take_kind(record: Record) -> None:
    given = record.said("kind")
    by_label = {label: kind for kind, label in columns.KINDS.items()}
    kind = given if given in columns.KINDS else by_label.get(given, "")
    if kind:
        record.kind = kind
        return
    said = f"「{given[:40]}」という種類はありません。" if given else "種類がありません。"
    record.refuse(
        "kind", "unknown_term" if given else "required", said, "software か offer と書いてください。"
    )


def _take_answers(schema: Schema, record: Record, answers: Mapping[str, Any]) -> None:
    read, faults = understood(schema, record.kind, answers)
    record.answers |= read
    for fault in faults:
        record.refuse_answer(schema, fault)


def _names(schema: Schema, kinds: tuple[str, ...], *, with_kind: bool, nested: bool) -> dict[str, str]:
    names: dict[str, str] = {}
    for kind in kinds:
        for name in columns.identity_columns(kind, with_kind=with_kind):
            names[name] = columns.IDENTITY[name]
        for field in schema.fields(kind):
            if nested or field.kind != "rows":
                names.setdefault(field.name, field.label_ja)
    return names


def header_faults(table: Table, headers: list[columns.Header]) -> Iterator[PlacedFault]:
    """What is wrong with the columns of a table: unknown or doubled headers, values under none."""
    seen: dict[str, columns.Header] = {}
    for head in headers:
        place = Place(1, f"{column_letter(head.index)}1", table.sheet)
        if head.name is None:
            filled = [
                row for row in table.rows if len(row.cells) > head.index and row.cells[head.index].strip()
            ]
            if filled:
                at = Place(filled[0].number, f"{column_letter(head.index)}{filled[0].number}", table.sheet)
                yield at.fault(
                    "no_header", "見出しのない列に値があります。", "1行目に項目名を書いてください。"
                )
        elif not head.known:
            remedy = (
                f"「{head.near}」のことではありませんか。"
                if head.near
                else "項目名を確かめるか、列を消してください。"
            )
            yield place.fault(
                "unknown_column", f"「{head.written[:60]}」という列はありません。", remedy, head.name[:60]
            )
        elif head.name in seen:
            yield place.fault(
                "duplicate",
                f"「{head.written[:60]}」の列が2つあります。",
                "片方を消してください。",
                head.name,
            )
        else:
            seen[head.name] = head


def _from_csv(schema: Schema, table: Table) -> tuple[list[Record], list[PlacedFault]]:
    names = _names(schema, tuple(columns.KINDS), with_kind=True, nested=True)
    headers = columns.headers_of(table.headers, names)
    faults = list(header_faults(table, headers))
    if not any(head.name == "kind" for head in headers):
        faults.append(
            Place(1).fault(
                "required", "種類の列がありません。", "見出しに kind の列を加えてください。", "kind"
            )
        )
        return [], faults
    return [_from_row(schema, "", table, headers, row.number, row.cells) for row in table.rows], faults


def _from_row(
    schema: Schema,
    kind: str,
    table: Table,
    headers: list[columns.Header],
    number: int,
    cells: tuple[str, ...],
) -> Record:
    record = Record(kind, Place(number, sheet=table.sheet))
    given: dict[str, str] = {}
    for head in headers:
        if head.known and head.name is not None:
            cell = cells[head.index] if head.index < len(cells) else ""
            given.setdefault(head.name, cell)
            place = Place(number, f"{column_letter(head.index)}{number}", table.sheet)
            record.places[head.name if head.name in columns.IDENTITY else f"/{head.name}"] = place
    record.identity = {name: given[name].strip() for name in columns.IDENTITY if name in given}
    beyond = [index for index in range(len(headers), len(cells)) if cells[index].strip()]
    if beyond:
        at = Place(number, f"{column_letter(beyond[0])}{number}", table.sheet)
        record.faults.append(
            at.fault(
                "no_header", "見出しのない列に値があります。", "コンマの数と、見出しを確かめてください。"
            )
        )
    if not kind:
        _take_kind(record)
    if record.kind:
        _take_answers(schema, record, _cell_answers(schema, record, given))
    return record


def _cell_answers(schema: Schema, record: Record, given: Mapping[str, str]) -> dict[str, Any]:
    fields = {field.name: field for field in schema.fields(record.kind)}
    answers: dict[str, Any] = {}
    for name, cell in given.items():
        if name in columns.IDENTITY:
            continue
        field = fields.get(name)
        if field is None:
            if cell.strip():
                label = columns.KINDS[record.kind]
                record.places[name] = record.places[f"/{name}"]
                record.refuse(
                    name,
                    "unknown_field",
                    f"{label}に「{name}」という項目はありません。",
                    "このセルを空にしてください。",
                )
            continue
        answers[name] = _cell_value(schema, record, field, cell)
    return answers


def _cell_value(schema: Schema, record: Record, field: Field, cell: str) -> Any:
    if not cell.strip():
        return None
    if field.kind == "choices":
        return columns.split_choices(schema, field, cell)
    if field.kind == "choice":
        return columns.term_code(schema, field, cell)
    if field.kind != "rows":
        return cell
    try:
        value = json.loads(cell, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        record.places[field.name] = record.places[f"/{field.name}"]
        remedy = '[{"列名": 値, …}, …] の形で書いてください。xlsx では1つのシートになります。'
        record.refuse(field.name, "bad_json", f"「{field.label_ja}」：JSON として読めません。", remedy)
        return None
    return value


def _from_workbook(
    schema: Schema, tables: list[Table], limits: Limits
) -> tuple[list[Record], list[PlacedFault]]:
    titles = columns.sheet_titles(schema)
    faults: list[PlacedFault] = []
    records: list[Record] = []
    nested: list[tuple[Table, str, Field]] = []
    for table in tables:
        kind, field = titles.get(table.sheet, ("", None))
        if not kind:
            remedy = f"シートの名前は {'、'.join(list(titles)[:4])} などです。"
            faults.append(
                PlacedFault(
                    "unknown_sheet",
                    f"「{table.sheet[:40]}」というシートはありません。",
                    remedy,
                    sheet=table.sheet,
                )
            )
        elif field is not None:
            nested.append((table, kind, field))
        else:
            headers = columns.headers_of(
                table.headers, _names(schema, (kind,), with_kind=False, nested=False)
            )
            faults += header_faults(table, headers)
            for row in table.rows:
                if len(records) >= limits.entries:
                    raise too_many_rows(limits.entries, row.number, table.sheet)
                records.append(_from_row(schema, kind, table, headers, row.number, row.cells))
    if not any(titles.get(table.sheet, ("", None))[1] is None for table in tables if table.sheet in titles):
        raise unreadable(
            "no_sheet",
            "software か offer のシートがありません。",
            "書き出したファイルの形に合わせてください。",
        )
    for table, kind, field in nested:
        faults += _add_rows(schema, records, table, kind, field)
    for record in records:
        _take_answers(schema, record, {n: v for n, v in record.answers.items() if isinstance(v, list)})
    return records, faults


def _add_rows(
    schema: Schema, records: list[Record], table: Table, kind: str, field: Field
) -> Iterator[PlacedFault]:
    """Put the rows of a table field's sheet into the entries that they name."""
    names = {"id": columns.IDENTITY["id"], "key": columns.IDENTITY["key"]}
    # The identifying names win over columns of the table that are called the same.
    names |= {column.name: column.label_ja for column in field.columns if column.name not in names}
    headers = columns.headers_of(table.headers, names)
    yield from header_faults(table, headers)
    own = [record for record in records if record.kind == kind]
    for record in own:
        record.answers[field.name] = None
    by_id = {record.said("id"): record for record in own if record.said("id")}
    by_key = {record.said("key"): record for record in own if record.said("key")}
    known = {column.name: column for column in field.columns}
    for row in table.rows:
        given: dict[str, tuple[str, str]] = {}
        for head in headers:
            if head.known and head.name is not None and head.index < len(row.cells):
                given.setdefault(
                    head.name, (row.cells[head.index], f"{column_letter(head.index)}{row.number}")
                )
        entry_id, key = (given.get(name, ("", ""))[0].strip() for name in ("id", "key"))
        record_ = by_id.get(entry_id) or by_key.get(key)
        if record_ is None:
            place = Place(row.number, f"A{row.number}", table.sheet)
            remedy = f"シート {kind} にある id か key を書いてください。"
            yield place.fault(
                "no_such_entry", "どの掲載の行か分かりません。", remedy, "id" if entry_id else "key"
            )
            continue
        values = record_.answers[field.name] or []
        index = len(values)
        value: dict[str, Any] = {}
        for name, column in known.items():
            cell, address = given.get(name, ("", "")) if name not in ("id", "key") else ("", "")
            if not cell.strip():
                continue
            place = Place(row.number, address, table.sheet, name)
            record_.places[f"/{field.name}/{index}/{name}"] = place
            if column.kind == "choices":
                value[name] = columns.split_choices(schema, column, cell)
            else:
                value[name] = columns.term_code(schema, column, cell) if column.kind == "choice" else cell
        record_.places[f"/{field.name}/{index}"] = Place(row.number, f"A{row.number}", table.sheet)
        record_.answers[field.name] = [*values, value]
