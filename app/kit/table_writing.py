"""Lists as files for spreadsheets: CSV (UTF-8 with BOM) and xlsx, alike for every list of the service.

A text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) gets
an apostrophe before it in CSV; `table_reading` takes it away again. In xlsx it is written as text, never as a formula.
Numbers and dates stay numbers and dates.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, cast
from urllib.parse import quote

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from app.kit.clock import TOKYO

Value = str | int | Decimal | bool | date | datetime | None
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
WIDEST = 60
"""Columns of xlsx are made no wider than so many half-width characters."""
CELL_LIMIT = 32_767
"""What a cell of a spreadsheet can hold, in characters."""


def neutralised(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return "'" + text if _FORMULA.match(text) else text


def original(text: str) -> str:
    """The reverse of `neutralised`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, str):
        return neutralised(value)
    if isinstance(value, datetime):
        return value.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M:%S") if value.tzinfo else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """The table as CSV, line by line, the BOM in the first; lines end with CR LF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")

    def taken() -> str:
        line = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return line

    writer.writerow([neutralised(header) for header in headers])
    yield BOM + taken()
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        yield taken()


def csv_bytes(headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """The table as one CSV document."""
    return "".join(csv_lines(headers, rows)).encode("utf-8")


class WorkbookWriter:
    """An xlsx file, written sheet by sheet and row by row without holding the rows in memory.

    Texts longer than a cell can hold raise ValueError.
    """

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)

    def sheet(self, title: str, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Add a sheet: a bold first line that stays in view, then the rows."""
        sheet = self._book.create_sheet(title=title)
        sheet.freeze_panes = "A2"
        for index, header in enumerate(headers, 1):
            width = sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in header)
            sheet.column_dimensions[get_column_letter(index)].width = min(max(width + 2, 12), WIDEST)
        head = [self._cell(sheet, header) for header in headers]
        for cell in head:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.append(head)
        for row in rows:
            sheet.append([self._cell(sheet, value) for value in row])

    def save(self, target: IO[bytes]) -> None:
        """Write the file."""
        self._book.save(target)

    @staticmethod
    def _cell(sheet: Any, value: Value) -> Any:
        if isinstance(value, datetime):
            value = value.astimezone(TOKYO).replace(tzinfo=None) if value.tzinfo else value
        if isinstance(value, bool):
            value = "はい" if value else "いいえ"
        if not isinstance(value, str):
            return WriteOnlyCell(sheet, value=cast(Any, value))  # its types leave out what it writes well
        if len(value) > CELL_LIMIT:
            raise ValueError(f"a cell holds {CELL_LIMIT} characters at most")
        cell = WriteOnlyCell(sheet, value=value)
        cell.data_type = "s"  # after the value: "=1+1" and "#N/A" stay texts
        return cell


def xlsx_bytes(title: str, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """The table as an xlsx file of one sheet."""
    writer = WorkbookWriter()
    writer.sheet(title, headers, rows)
    target = io.BytesIO()
    writer.save(target)
    return target.getvalue()


def attachment(name: str) -> dict[str, str]:
    """Headers of an answer that is saved as a file."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}
