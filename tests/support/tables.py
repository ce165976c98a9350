"""Lists that were downloaded, read back as a spreadsheet would read them."""

from __future__ import annotations

import csv
import io

from httpx2 import Response
from openpyxl import load_workbook

from app.kit.table_writing import BOM, original


def rows_of(answer: Response) -> list[list[str]]:
    """Headings and rows of a CSV or xlsx answer, as texts; AssertionError where it is not saved as a file."""
    assert answer.headers["content-disposition"].startswith("attachment;"), answer.headers
    if answer.headers["content-type"].startswith("text/csv"):
        text = answer.content.decode("utf-8")
        assert text.startswith(BOM)
        return [[original(cell) for cell in row] for row in csv.reader(io.StringIO(text.removeprefix(BOM)))]
    sheet = load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0]
    return [
        ["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)
    ]


def text_of(answer: Response) -> str:
    """Everything that an answer says; that of an xlsx file too, which is compressed."""
    if answer.content.startswith(b"PK"):
        return "\n".join(cell for row in rows_of(answer) for cell in row)
    return answer.text
