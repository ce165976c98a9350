"""xlsx files from strangers: bounded before they are unpacked, scanned before they are read.

openpyxl reads values; what it does not tell in its streaming mode (merged cells, formulas whose value was never
computed, rows far out) is found by a scan of the sheets' XML first. Formulas are not evaluated: the value that the
spreadsheet program saved is taken, and a formula without one is a fault.
"""

from __future__ import annotations

import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring, iterparse
from openpyxl import load_workbook

from app.kit.errors import PlacedFault
from app.kit.table_reading import COLUMNS_AT_MOST, Row, Table, TableUnreadable, too_many_rows, unreadable

MEMBERS_AT_MOST: Final = 500
FAULTS_AT_MOST: Final = 200
SPARE_ROWS: Final = 1000
"""Blank rows that a sheet may have among or below the others."""
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RESAVE = "表計算ソフトで開き、.xlsx の形式で保存し直してください。"


@dataclass(frozen=True)
class Area:
    """Merged cells: rows as the spreadsheet numbers them, columns from 0, all of them inside."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        row, column = cell
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass(frozen=True)
class Grid:
    """A sheet as it is looked at: the rows that hold something by their number, and the merged areas."""

    sheet: str
    rows: Mapping[int, tuple[str, ...]]
    merged: tuple[Area, ...] = ()


def read_xlsx(content: bytes, *, rows_at_most: int, unpacked_at_most: int) -> list[Table]:
    """Every sheet that holds something; `unpacked_at_most` bounds the unpacked bytes of the whole file.

    Raises TableUnreadable with every fault: no xlsx, too large, macros, merged cells by their address, formulas without
    a value, error values.
    """
    with _refusing():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive, unpacked_at_most)
            parts = _sheet_parts(archive)
            faults: list[PlacedFault] = []
            for title, part in parts.items():
                with archive.open(part) as stream:
                    faults += _scan(title, stream, rows_at_most)
            _parse_others(archive, parts)
        if faults:
            raise TableUnreadable(faults)
        return list(_tables(content, rows_at_most))


def read_grids(
    content: bytes, *, rows_at_most: int, unpacked_at_most: int, wanted: Callable[[str], bool]
) -> tuple[list[Grid], list[str]]:
    """The sheets whose title is `wanted`, cell by cell with merged areas, and the titles of those left out.

    Raises TableUnreadable as `read_xlsx` does, but merged cells are no fault, and nothing in the other sheets is.
    """
    with _refusing():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive, unpacked_at_most)
            parts = _sheet_parts(archive)
            faults: list[PlacedFault] = []
            merged: dict[str, list[Area]] = {}
            for title, part in parts.items():
                if wanted(title):
                    with archive.open(part) as stream:
                        faults += _scan(title, stream, rows_at_most, merged.setdefault(title, []))
            _parse_others(archive, parts)
        if faults:
            raise TableUnreadable(faults)
        tables = _tables(content, rows_at_most, lambda title: title in merged)
        grids = [grid_of(table, merged[table.sheet]) for table in tables]
        return grids, [title for title in parts if title not in merged]


def grid_of(table: Table, merged: list[Area]) -> Grid:
    """A table as a grid: its first row is a row like the others."""
    rows = {1: table.headers} | {row.number: row.cells for row in table.rows}
    return Grid(table.sheet, rows, tuple(merged))


@contextmanager
def _refusing() -> Iterator[None]:
    """What the libraries raise for broken files, as refusals."""
    try:
        yield
    except (zipfile.BadZipFile, ParseError, DefusedXmlException, KeyError, ValueError, EOFError) as error:
        raise unreadable("not_xlsx", "xlsx のファイルとして読めません。", _RESAVE) from error
    except (NotImplementedError, RuntimeError) as error:  # encrypted members, unknown compression
        raise unreadable("not_xlsx", "暗号化されているか、特殊な圧縮のファイルです。", _RESAVE) from error


def _parse_others(archive: zipfile.ZipFile, parts: dict[str, str]) -> None:
    """Parse what is no sheet, so that nothing is left to openpyxl that expands or refers elsewhere."""
    for name in archive.namelist():
        if name.endswith(".xml") and name not in parts.values():
            with archive.open(name) as stream:
                for _, element in iterparse(stream, forbid_dtd=True):
                    element.clear()


def _check_archive(archive: zipfile.ZipFile, unpacked_at_most: int) -> None:
    # zipfile reads no more of a member than its directory declares, so the declared sizes are a bound.
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > MEMBERS_AT_MOST or total > unpacked_at_most:
        message = f"展開すると大きすぎるファイルです（{total:,}バイト、{unpacked_at_most:,}バイトまで）。"
        raise unreadable("too_large", message, "不要なシートや図を消すか、ファイルを分けてください。")
    names = [member.filename for member in members]
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise unreadable("macros", "マクロが含まれています。", "マクロのない .xlsx で保存し直してください。")
    if "xl/workbook.xml" not in names:
        raise unreadable("not_xlsx", "xlsx のファイルではありません。", _RESAVE)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Title of each sheet → its part in the archive."""
    targets: dict[str, str] = {}
    for relation in fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True):
        target = relation.get("Target") or ""
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        targets[relation.get("Id") or ""] = path
    found: dict[str, str] = {}
    for element in fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True).iter():
        if _local(element.tag) == "sheet":
            relation_id = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            found[element.get("name") or ""] = targets[relation_id]
    return found


def _scan(
    title: str, stream: IO[bytes], rows_at_most: int, merged: list[Area] | None = None
) -> Iterator[PlacedFault]:
    """The faults of a sheet; merged cells are one each, unless they are to be collected in `merged`."""
    count = 0
    for _, element in iterparse(stream, forbid_dtd=True):
        tag = _local(element.tag)
        if tag == "c":
            fault = _cell_fault(title, element, rows_at_most)
            if fault is not None:
                count += 1
                yield fault
        elif tag == "row":
            if int(element.get("r") or 0) > rows_at_most + SPARE_ROWS:
                raise too_many_rows(rows_at_most, int(element.get("r") or 0), title)
            element.clear()
        elif tag == "mergeCell" and merged is not None:
            found = _RANGE.fullmatch(element.get("ref") or "")
            if found:
                merged.append(Area(int(found[2]), _index(found[1]), int(found[4]), _index(found[3])))
        elif tag == "mergeCell":
            count += 1
            area = element.get("ref") or ""
            yield PlacedFault(
                "merged_cells",
                f"セルが結合されています（{area}）。",
                "結合を解除し、それぞれのセルに値を書いてください。",
                row=_row_of(area),
                cell=area,
                sheet=title,
            )
        if count >= FAULTS_AT_MOST:
            return


def _row_of(address: str) -> int | None:
    found = _ADDRESS.match(address)
    return int(found[2]) if found else None


def _cell_fault(title: str, element: Any, rows_at_most: int) -> PlacedFault | None:
    address = element.get("r") or ""
    children = {_local(child.tag): child for child in element}
    place: dict[str, Any] = {"row": _row_of(address), "cell": address, "sheet": title}
    found = _ADDRESS.fullmatch(address)
    if found and _index(found[1]) >= COLUMNS_AT_MOST and ("v" in children or "is" in children):
        raise unreadable(
            "too_many_columns",
            f"列が{COLUMNS_AT_MOST}を超えています。",
            "使わない列を消してください。",
            **place,
        )
    computed = children["v"].text if "v" in children else None
    if "f" in children and not computed and element.get("t") != "str":
        return PlacedFault(
            "formula_without_value",
            "数式の計算結果が保存されていません。",
            "値を直接書いてください。",
            **place,
        )
    if element.get("t") == "e":
        return PlacedFault(
            "error_value", f"エラー値（{computed or '不明'}）です。", "正しい値を書いてください。", **place
        )
    return None


def _index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def _tables(
    content: bytes, rows_at_most: int, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[Table]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of styles and extensions that openpyxl does not keep: we only read values
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                if not wanted(sheet.title):
                    continue
                sheet.reset_dimensions()
                headers: tuple[str, ...] = ()
                rows: list[Row] = []
                for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                    texts = tuple(_text(value) for value in cells)
                    if number == 1:
                        headers = tuple(text.strip() for text in texts)
                        continue
                    row = Row(number, texts)
                    if not row.blank:
                        rows.append(row)
                    if len(rows) > rows_at_most:
                        raise too_many_rows(rows_at_most, number, sheet.title)
                if any(headers) or rows:
                    yield Table(sheet.title, headers, tuple(rows))
        finally:
            book.close()


def _text(value: object) -> str:
    """What a person would have typed for the value of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return (
            str(int(value))
            if value.is_integer() and abs(value) < 10**15
            else format(Decimal(repr(value)), "f")
        )
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)
