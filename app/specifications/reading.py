"""Reading a table of requirements, one per row: what was understood, every doubt, and every fault with its cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.kit.errors import PlacedFault
from app.kit.table_reading import column_letter, format_of, read_csv, unreadable
from app.kit.xlsx_reading import Grid, grid_of, read_grids
from app.specifications.headings import Cells, Headings, HeadingsMissing, find_headings, folded
from app.specifications.mapping import ImportMapping, SheetMapping
from catalogue_schema.dates import DateUnreadable, parse_date
from catalogue_schema.requirements import (
    KINDS,
    REQUIREMENTS_AT_MOST,
    SIZE_CLASSES,
    Requirement,
    doubled_keys,
    folded_key,
    obligation_of,
    requirement_faults,
)
from catalogue_schema.text import clean, printable

ROWS_AT_MOST: Final = 20_000
"""Rows of one sheet that are read."""
_MEMBERS: Final = {
    "key": "ID",
    "kind": "種類",
    "category": "分類",
    "text": "本文",
    "obligation": "義務",
    "conform_by": "適合基準日",
    "note": "備考",
}


@dataclass
class Reading:
    """What a file says."""

    requirements: list[Requirement] = field(default_factory=list)
    places: list[tuple[str, int, str]] = field(default_factory=list)
    """Sheet, row and cell of each requirement's ID."""
    doubts: list[PlacedFault] = field(default_factory=list)
    """What was read, but may not be meant so."""
    faults: list[PlacedFault] = field(default_factory=list)
    """What could not be read: nothing of the file may be taken over."""

    def counts(self) -> dict[str, int]:
        """How many requirements of each kind."""
        return dict(Counter(item.kind for item in self.requirements))


def grids(
    content: bytes, mapping: ImportMapping, unpacked_at_most: int, reading: Reading
) -> Iterator[tuple[SheetMapping, Grid]]:
    kind = format_of(content)
    if kind == "jsonl":
        raise unreadable("format", "表のファイルではありません。", "xlsxかCSVのファイルを選んでください。")
    if kind == "csv":
        if len(mapping.sheets) != 1:
            message = "対応表にはシートが2つ以上ありますが、CSVには1つしかありません。"
            raise unreadable("sheets", message, "CSVの対応表には [[sheets]] を1つだけ書いてください。")
        table = read_csv(content, ROWS_AT_MOST)
        yield mapping.sheets[0], grid_of(table, [])
        return
    wanted = {folded(sheet.name): sheet for sheet in mapping.sheets}
    grids, others = read_grids(
        content,
        rows_at_most=ROWS_AT_MOST,
        unpacked_at_most=unpacked_at_most,
        wanted=lambda title: folded(title) in wanted,
    )
    found = {folded(grid.sheet): grid for grid in grids}
    for name, sheet in wanted.items():
        if name not in found:
            message = f"「{printable(sheet.name, 40)}」というシートがないか、空です。"
            there = "、".join([*(grid.sheet for grid in grids), *others][:20])
            reading.faults.append(
                PlacedFault("no_sheet", message, f"ファイルにあるシート: {there}", sheet=sheet.name)
            )
    for title in others:
        message = f"「{printable(title, 40)}」のシートは読んでいません。"
        reading.doubts.append(
            PlacedFault("unread_sheet", message, "必要なら対応表に加えてください。", sheet=title)
        )
    for name, grid in found.items():
        yield wanted[name], grid


class TableReader:
    """One requirement per row; a merged ID holds several rows together."""

    def __init__(
        self, sheet: SheetMapping, grid: Grid, mapping: ImportMapping, id_scheme: str, reading: Reading
    ) -> None:
        self.sheet, self.cells, self.mapping, self.id_scheme = sheet, Cells(grid), mapping, id_scheme
        self.reading = reading
        self.rows: list[int] = []
        self.found: list[Requirement] = []
        self.headings = Headings({}, 0)
        self._levels: list[str] = []

    def read(self) -> None:
        """Add the sheet's requirements, doubts and faults to the reading."""
        try:
            self.headings = find_headings(self.cells, self.sheet)
        except HeadingsMissing as missing:
            self.reading.faults += missing.faults
            return
        self.reading.doubts += self.headings.doubts
        first = self.sheet.first or self.headings.last_row + 1
        before = len(self.reading.faults)
        for number in self.cells.numbers:
            if number >= first:
                self.row(number)
        self.end()
        for item, number in zip(self.found, self.rows, strict=True):
            for fault in requirement_faults(item, self.id_scheme):
                if fault.code != "required" or not fault.member.startswith("obligation"):
                    self.fault(number, fault.member, fault.code, fault.message, fault.remedy)
            placed = self._placed(number, "key", "", "", "")
            self.reading.places.append((placed.sheet, number, placed.cell))
        if not self.found and len(self.reading.faults) == before:
            message = "要件の行がありません。"
            self.fault(self.headings.last_row, "", "empty", message, "見出しの下の行を確かめてください。")
        self.reading.requirements += self.found

    def row(self, number: int) -> None:
        """Read one row."""
        key = folded_key(self.text(number, "key"))
        text = self.text(number, "text")
        area = self.cells.area(number, self.headings.columns["key"][0])
        if key and area is not None and area.top < number and self.found and self.found[-1].key == key:
            self._continued(number, text)
            return
        if key == folded_key(self.sheet.columns["key"][0]):
            return  # the headings again, as on every printed page
        category = self.category(number)
        marks = {
            name: self.text(number, name) for name in self.headings.columns if name.startswith("obligation")
        }
        if not key and not any(marks.values()):
            # A line between the requirements: the heading of a part, or a remark below the table.
            if text:
                message = f"IDも印もない行に文章があります（{printable(text, 30)}）。"
                self.doubt(number, "text", "no_requirement", message, "要件としては読んでいません。")
            return
        conform_by = self.day(number)
        self.found.append(
            Requirement(
                key=key,
                kind=self.kind(number),
                category=category,
                text=clean(text),
                obligation=self.obligations(number),
                conform_by=conform_by,
                note=clean(self.text(number, "note")),
            )
        )
        self.rows.append(number)

    def end(self) -> None:
        """After the last row."""

    def _continued(self, number: int, text: str) -> None:
        last = self.found[-1]
        own = self.cells.own(number, self.headings.columns["text"][0])
        if own:
            message = f"ID {last.key} の結合されたセルの{number}行目の文章を、前の行に続けました。"
            self.doubt(number, "text", "joined_rows", message, "別の要件なら、IDを分けてください。")
            self.found[-1] = Requirement(
                last.key,
                last.kind,
                clean(f"{last.text}\n{text}"),
                last.obligation,
                last.category,
                last.conform_by,
                last.note,
            )
        for name in self.headings.columns:
            if name.startswith("obligation") and self.text(number, name):
                given = self._meaning(self.text(number, name))
                classes = SIZE_CLASSES if name == "obligation" else [name.partition("/")[2]]
                if any(given != last.obligation.get(size_class) for size_class in classes):
                    message = f"ID {last.key} の続きの行で、印が違います。"
                    self.fault(number, name, "ambiguous", message, "IDの結合を解除し、要件を分けてください。")

    def category(self, number: int) -> tuple[str, ...]:
        """The levels of the category; an empty one is that of the row above, as long as those before it are."""
        columns = self.headings.columns.get("category", ())
        levels: list[str] = []
        same = True
        for depth, column in enumerate(columns):
            text = clean(self.cells.value(number, column).replace("\n", " "))
            above = self._levels[depth] if depth < len(self._levels) else ""
            if not text and same and self.sheet.fill_down:
                text = above
            elif text != above:
                same = False
            levels.append(text)
        self._levels = levels
        return tuple(level for level in levels if level)

    def kind(self, number: int) -> str:
        """The kind by its column, or the sheet's."""
        raw = clean(self.text(number, "kind"))
        if not raw:
            return self.sheet.kind
        names = {name: code for code, name in KINDS.items()} | {code: code for code in KINDS}
        return self.sheet.kinds.get(raw) or names.get(raw) or raw

    def obligations(self, number: int) -> dict[str, str]:
        """The obligation by size class; a fault for every cell without a mark that is known."""
        found: dict[str, str] = {}
        for name in self.headings.columns:
            if not name.startswith("obligation"):
                continue
            raw = self.text(number, name)
            meaning = self._meaning(raw)
            if meaning is None:
                remedy = "◎、○、×、－ のどれかにするか、対応表の [marks] に加えてください。"
                message = f"印「{printable(raw, 20)}」の意味が分かりません。" if raw else "印がありません。"
                self.fault(number, name, "unknown_mark" if raw else "required", message, remedy)
                continue
            for size_class in SIZE_CLASSES if name == "obligation" else [name.partition("/")[2]]:
                found[size_class] = meaning
        return found

    def _meaning(self, raw: str) -> str | None:
        plain = clean(raw)
        return self.mapping.marks.get(plain) or (obligation_of(plain) if plain else None)

    def day(self, number: int) -> date | None:
        """The requirement's own day, if it has one."""
        raw = self.text(number, "conform_by")
        if not raw or self._meaning(raw) == "not_applicable":
            return None
        try:
            return parse_date(raw)
        except DateUnreadable as refused:
            self.fault(number, "conform_by", "date", refused.reason, refused.remedy)
            return None

    def text(self, number: int, name: str) -> str:
        """What stands in a column of the mapping; empty where there is none."""
        columns = self.headings.columns.get(name)
        return self.cells.value(number, columns[0]) if columns else ""

    def fault(self, row: int, member: str, code: str, message: str, remedy: str) -> None:
        """Add a fault with its cell."""
        self.reading.faults.append(self._placed(row, member, code, message, remedy))

    def doubt(self, row: int, member: str, code: str, message: str, remedy: str) -> None:
        """Add a doubt with its cell."""
        self.reading.doubts.append(self._placed(row, member, code, message, remedy))

    def _placed(self, row: int, member: str, code: str, message: str, remedy: str) -> PlacedFault:
        name, _, size_class = member.partition("/")
        columns = self.headings.columns.get(member) or self.headings.columns.get(name)
        label = _MEMBERS.get(name, name) + (
            f"（{SIZE_CLASSES[size_class]}）" if size_class in SIZE_CLASSES else ""
        )
        cell = f"{column_letter(columns[0])}{row}" if columns else f"A{row}"
        return PlacedFault(code, message, remedy, row, label, cell, self.cells.grid.sheet)


def judged(reading: Reading) -> Reading:
    """What can be said of all sheets together."""
    if len(reading.requirements) > REQUIREMENTS_AT_MOST:
        message = f"要件が{len(reading.requirements):,}件あります。"
        reading.faults.append(
            PlacedFault("too_many", message, f"一つの版は{REQUIREMENTS_AT_MOST:,}件までです。")
        )
    for position, earlier in doubled_keys(reading.requirements):
        sheet, row, cell = reading.places[position]
        there = f"{reading.places[earlier][0]} {reading.places[earlier][2]}".strip()
        message = f"ID {reading.requirements[position].key} は {there} にもあります。"
        remedy = "どちらかのIDを直してください。"
        reading.faults.append(PlacedFault("duplicate", message, remedy, row, _MEMBERS["key"], cell, sheet))
    return reading


def summary(reading: Reading) -> str:
    """What was understood, in one line."""
    kinds = "、".join(f"{KINDS.get(kind, kind)}{count}件" for kind, count in reading.counts().items())
    said = f"{kinds}を読みました。" if kinds else ""
    return said + (f"確かめてほしい所が{len(reading.doubts)}件あります。" if reading.doubts else "")


def places(faults: Sequence[PlacedFault]) -> list[dict[str, object]]:
    """Doubts as plain JSON."""
    return [
        {
            "sheet": each.sheet,
            "row": each.row,
            "column": each.column,
            "cell": each.cell,
            "code": each.code,
            "message": each.message,
            "remedy": each.remedy,
        }
        for each in faults
    ]
