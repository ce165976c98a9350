"""The xlsx round trip: the requirements with what is said about them, and the file read back with its cells."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from app.access.actor import Actor
from app.conformance import service
from app.conformance.service import ClaimView
from app.conformance.statements import CAUTION, STATES, read_statement
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Invalid, PlacedFault, TooLarge, invalid
from app.kit.table_reading import TableUnreadable, column_letter, format_of
from app.kit.table_writing import Value, WorkbookWriter
from app.kit.xlsx_reading import read_grids
from app.settings import Settings
from catalogue_schema import Schema
from catalogue_schema.requirements import KINDS, OBLIGATIONS, SIZE_CLASSES
from catalogue_schema.text import clean, printable

SHEET: Final = "回答"
MEMBERS: Final = {
    "state": "回答",
    "how": "条件",
    "planned_on": "予定日",
    "note": "備考",
    "evidence": "根拠のURL",
}
HEADERS: Final = ("ID", "種類", "分類", "要件", *SIZE_CLASSES.values(), *MEMBERS.values())
ROWS_AT_MOST: Final = 4000


def written(view: ClaimView) -> bytes:
    """The claim as an xlsx file with a row for each requirement."""
    writer = WorkbookWriter()
    writer.sheet(SHEET, HEADERS, (_line(view, position) for position in range(len(view.requirements))))
    about: list[tuple[Value, ...]] = [
        ("標準仕様書", view.specification.title),
        ("版", view.version.number),
        ("ソフトウェア", view.software_name),
        ("回答", "、".join(STATES.values()) + " のどれか。空は未回答"),
        ("注意", CAUTION),
    ]
    writer.sheet("このファイルについて", ("項目", "内容"), about)
    target = io.BytesIO()
    writer.save(target)
    return target.getvalue()


def _line(view: ClaimView, position: int) -> tuple[Value, ...]:
    item, said = view.requirements[position], view.statements.get(position)
    marks = [OBLIGATIONS[item.obligation[name]][0] for name in SIZE_CLASSES]
    answers: list[Value] = [None] * len(MEMBERS)
    if said is not None:
        answers = [STATES[said.state], said.how, said.planned_on, said.note, said.evidence]
    return (item.key, KINDS[item.kind], " ＞ ".join(item.category), item.text, *marks, *answers)


def read(content: bytes, view: ClaimView, today: date, unpacked_at_most: int) -> list[dict[str, Any]]:
    """What the file says, for `service.state`. Raises Invalid with every fault, each at /file/SHEET/CELL."""
    rows = _rows(content, unpacked_at_most)
    if not rows:
        raise invalid("/file", "empty", "行がありません。", "保存したファイルに回答を書いてください。")
    first = min(rows)
    places = {clean(name): index for index, name in enumerate(rows[first])}
    faults = [
        FieldFault(
            f"/file/{SHEET}/{first}",
            "no_heading",
            f"「{name}」の列がありません。",
            "見出しを元に戻してください。",
        )
        for name in ("ID", *MEMBERS.values())
        if name not in places
    ]
    if faults:
        raise Invalid(faults)
    known = {item.key for item in view.requirements}
    held = {item.key: view.statements.get(position) for position, item in enumerate(view.requirements)}
    given: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for number, cells in sorted(rows.items()):
        texts = {name: cells[index] if index < len(cells) else "" for name, index in places.items()}
        key = clean(texts["ID"])
        if number == first or not any(text.strip() for text in cells):
            continue

        def fault(column: str, code: str, message: str, remedy: str, number: int = number) -> None:
            cell = f"{column_letter(places[column])}{number}"
            faults.append(FieldFault(f"/file/{SHEET}/{cell}", code, f"{cell}：{message}", remedy))

        if key not in known:
            message = f"ID {printable(key, 60)} の要件は、第{view.version.number}版にありません。"
            fault("ID", "unknown", message, "保存したファイルのIDを変えないでください。")
        elif key in seen:
            fault(
                "ID",
                "duplicate",
                f"ID {key} は{seen[key]}行目にもあります。",
                "どちらかの行を消してください。",
            )
        seen.setdefault(key, number)
        said = {name: clean(texts[label]) for name, label in MEMBERS.items()}
        statement, wrong = read_statement(said, today)
        before = held.get(key)
        same = before is not None and _plain(before) == {**said, "state": _state(said["state"])}
        for each in () if same else wrong:
            fault(MEMBERS[each.member], each.code, each.message, each.remedy)
        if not same and (statement is not None or before is not None):
            given.append({"key": key, **said})
    if faults:
        raise Invalid(faults)
    return given


def take_over(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    settings: Settings,
    software_id: str,
    version_id: str,
    content: bytes,
) -> ClaimView:
    """Read a file and set what it says. Raises as `service.state` does, TooLarge, Invalid with every cell."""
    limit = settings.import_limit_bytes
    if len(content) > limit:
        raise TooLarge(f"ファイルは {limit:,} バイトまでです。", limit=limit)
    view = service.own_claim(session, actor, clock, software_id, version_id)
    given = read(content, view, clock.today(), settings.import_unpacked_bytes)
    return service.state(session, actor, clock, schema, software_id, version_id, given)


def _state(text: str) -> str:
    return {name: code for code, name in STATES.items()}.get(text, text)


def _plain(said: Any) -> Mapping[str, str]:
    planned = said.planned_on.isoformat() if said.planned_on else ""
    return {
        "state": said.state,
        "how": said.how,
        "planned_on": planned,
        "note": said.note,
        "evidence": said.evidence,
    }


def _rows(content: bytes, unpacked_at_most: int) -> Mapping[int, tuple[str, ...]]:
    try:
        if format_of(content) != "xlsx":
            raise invalid(
                "/file", "format", "xlsxのファイルではありません。", "保存したExcelを送ってください。"
            )
        grids, _ = read_grids(
            content,
            rows_at_most=ROWS_AT_MOST,
            unpacked_at_most=unpacked_at_most,
            wanted=lambda title: title == SHEET,
        )
    except TableUnreadable as refused:
        raise Invalid([_as_field(each) for each in refused.faults]) from refused
    if not grids:
        raise invalid(
            "/file", "no_sheet", f"「{SHEET}」のシートがありません。", "シートの名前を元に戻してください。"
        )
    return grids[0].rows


def _as_field(fault: PlacedFault) -> FieldFault:
    place = "/".join(part for part in ("file", fault.sheet, fault.cell or str(fault.row or "")) if part)
    where = f"{fault.cell}：" if fault.cell else ""
    return FieldFault(f"/{place}", fault.code, f"{where}{fault.message}", fault.remedy)
