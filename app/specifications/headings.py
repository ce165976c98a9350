"""Finding the columns of a sheet by their headings: on any row, over several rows, under merged cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.kit.errors import PlacedFault
from app.kit.table_reading import column_letter
from app.kit.xlsx_reading import Area, Grid
from app.specifications.mapping import SheetMapping
from catalogue_schema.text import printable

SEARCHED_ROWS: Final = 40
"""Headings are looked for in the first rows only."""
HEIGHT: Final = 3
"""How many rows the headings of one table have at most."""
_LETTER = re.compile(r"@([A-Z]{1,3})")


class Cells:
    """A grid whose merged areas hold their value in every cell."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._areas: dict[int, list[Area]] = {}
        for area in grid.merged:
            if area.bottom - area.top > 5000:
                continue  # a merged column down to the end of the sheet says nothing about its rows
            for row in range(area.top, area.bottom + 1):
                self._areas.setdefault(row, []).append(area)

    def area(self, row: int, column: int) -> Area | None:
        """The merged area that the cell belongs to."""
        return next((area for area in self._areas.get(row, ()) if (row, column) in area), None)

    def own(self, row: int, column: int) -> str:
        """What is written in the cell itself."""
        cells = self.grid.rows.get(row, ())
        return plain(cells[column]) if column < len(cells) else ""

    def value(self, row: int, column: int) -> str:
        """What is written in the cell, or in the first cell of its merged area."""
        area = self.area(row, column)
        return self.own(area.top, area.left) if area else self.own(row, column)

    @property
    def width(self) -> int:
        """How many columns the longest row has."""
        return max((len(cells) for cells in self.grid.rows.values()), default=0)

    @property
    def numbers(self) -> list[int]:
        """The rows that hold something."""
        return sorted(self.grid.rows)


@dataclass(frozen=True)
class Headings:
    """Where the columns are."""

    columns: Mapping[str, tuple[int, ...]]
    """Column of the mapping → places from 0 (more than one for the levels of the category)."""
    last_row: int
    doubts: tuple[PlacedFault, ...] = ()


def plain(text: str) -> str:
    """A cell's text with one kind of line break and without what Excel writes for the other (`_x000D_`)."""
    return text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def folded(text: str) -> str:
    """What two headings share that people read as the same: no blanks, no line breaks, full width as half width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def find_headings(cells: Cells, sheet: SheetMapping) -> Headings:
    """The columns of the mapping in this sheet. Raises HeadingsMissing with a fault for each that is not there."""
    if sheet.header is not None:
        tried = [_Block(cells, top, sheet.header) for top in _tops(sheet.header)]
        found = next((block for block in tried if block.holds(sheet)), None)
        if found is not None:
            return found.headings(sheet)
    blocks = [
        _Block(cells, top, last)
        for last in range(1, SEARCHED_ROWS + 1)
        for top in _tops(last)
        if last in cells.grid.rows
    ]
    complete = next((block for block in blocks if block.holds(sheet)), None)
    if complete is not None:
        return complete.headings(sheet, moved=sheet.header is not None)
    best = max(blocks, key=lambda block: (block.count(sheet), -block.last), default=_Block(cells, 1, 1))
    raise HeadingsMissing(list(best.missing(sheet)))


def _tops(last: int) -> Iterator[int]:
    for height in range(1, HEIGHT + 1):
        if last - height + 1 >= 1:
            yield last - height + 1


class HeadingsMissing(Exception):
    """The sheet has no table as the mapping says; a fault for every heading that is missing or there twice."""

    def __init__(self, faults: Sequence[PlacedFault]) -> None:
        super().__init__(faults[0].message if faults else "")
        self.faults = tuple(faults)


class _Block:
    """Some rows that may be the headings of a table."""

    def __init__(self, cells: Cells, top: int, last: int) -> None:
        self.cells, self.top, self.last = cells, top, last
        self._labels: dict[str, list[int]] | None = None

    @property
    def labels(self) -> dict[str, list[int]]:
        """Every heading, and every path of headings from the top (`団体区分/中核市`), → its columns."""
        if self._labels is None:
            self._labels = {}
            for column in range(self.cells.width):
                texts: list[str] = []
                for row in range(self.top, self.last + 1):
                    text = folded(self.cells.value(row, column))
                    if text and (not texts or texts[-1] != text):
                        texts.append(text)
                for label in {*texts, "/".join(texts)} - {""}:
                    self._labels.setdefault(label, []).append(column)
        return self._labels

    def place(self, wanted: str) -> list[int]:
        """The columns that the heading may mean: none, one, or several where it is not clear."""
        letter = _LETTER.fullmatch(wanted)
        if letter:
            index = 0
            for char in letter[1]:
                index = index * 26 + ord(char) - ord("A") + 1
            return [index - 1]
        found = self.labels.get(folded(wanted), [])
        if len(found) > 1:
            area = self.cells.area(self.last, found[0]) or self.cells.area(self.top, found[0])
            if area is not None and all(area.left <= column <= area.right for column in found):
                return found[:1]
        return found

    def _wanted(self, sheet: SheetMapping) -> Iterator[tuple[str, str]]:
        for name, headings in sheet.columns.items():
            for heading in headings:
                yield name, heading

    def count(self, sheet: SheetMapping) -> int:
        """How many of the headings are here."""
        return sum(1 for _, heading in self._wanted(sheet) if self.place(heading))

    def holds(self, sheet: SheetMapping) -> bool:
        """Whether every heading is here, each at one place, and at least one of them is written out here."""
        wanted = [heading for _, heading in self._wanted(sheet)]
        named = any(not _LETTER.fullmatch(heading) for heading in wanted)
        if not named:
            return sheet.header is None or sheet.header == self.last
        ends_here = any(
            self.cells.value(self.last, self.place(heading)[0])
            for heading in wanted
            if not _LETTER.fullmatch(heading) and self.place(heading)
        )
        return ends_here and all(len(self.place(heading)) == 1 for heading in wanted)

    def headings(self, sheet: SheetMapping, *, moved: bool = False) -> Headings:
        """Where the columns are, with what is doubtful."""
        places: dict[str, list[int]] = {}
        for name, heading in self._wanted(sheet):
            places.setdefault(name, []).append(self.place(heading)[0])
        doubts = []
        if moved:
            message = f"見出しは{sheet.header}行目ではなく、{self.last}行目にありました。"
            doubts.append(self._placed("header_moved", message, "その行を見出しとして読みました。", 0))
        used = {column for columns in places.values() for column in columns}
        for column in range(self.cells.width):
            heading = folded(self.cells.value(self.last, column))
            if column not in used and heading:
                message = f"「{printable(heading, 40)}」の列は読んでいません。"
                doubts.append(
                    self._placed("unread_column", message, "必要なら対応表に加えてください。", column)
                )
        return Headings({name: tuple(each) for name, each in places.items()}, self.last, tuple(doubts))

    def missing(self, sheet: SheetMapping) -> Iterator[PlacedFault]:
        """A fault for every heading that is not here, or here more than once."""
        there = [label for label in self.labels if "/" not in label][:20]
        for name, heading in self._wanted(sheet):
            found = self.place(heading)
            if not found:
                message = f"「{printable(heading, 40)}」という見出しがありません（対応表の {name}）。"
                remedy = f"{self.top}〜{self.last}行目にある見出し: {'、'.join(there) or 'なし'}"
                yield PlacedFault("no_heading", message, remedy, self.last, heading, "", sheet.name)
            elif len(found) > 1:
                where = "、".join(f"{column_letter(column)}{self.last}" for column in found)
                message = f"「{printable(heading, 40)}」という見出しが{where}にあります。"
                remedy = "「団体区分/中核市」のように上の段から書くか、@C のように列の文字で書いてください。"
                cell = f"{column_letter(found[1])}{self.last}"
                yield PlacedFault("ambiguous_heading", message, remedy, self.last, heading, cell, sheet.name)

    def _placed(self, code: str, message: str, remedy: str, column: int) -> PlacedFault:
        cell = f"{column_letter(column)}{self.last}"
        return PlacedFault(code, message, remedy, self.last, "", cell, self.cells.grid.sheet)
