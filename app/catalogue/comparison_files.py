"""A comparison as a file for spreadsheets: CSV and xlsx of the rows that are on the screen."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from app.catalogue.comparison import NO_OFFER, Comparison
from app.kit.table_writing import CELL_LIMIT, xlsx_bytes

Row = tuple[str, ...]


def _tame(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r\n＝＋－＠" and text else text


def _lines(comparison: Comparison) -> Iterator[Row]:
    columns = comparison.columns
    yield ("掲載", "番号", *(column.id for column in columns))
    yield ("掲載", "事業者", *(column.vendor for column in columns))
    yield ("掲載", "版", *(f"第{column.revision}版" for column in columns))
    yield (
        "掲載",
        "公開日",
        *(f"{column.published_at:%Y-%m-%d}" if column.published_at else "" for column in columns),
    )
    yield (
        "掲載",
        "比較したサービス",
        *(column.offer.name if column.offer else NO_OFFER for column in columns),
    )
    yield ("掲載", "サービスの番号", *(column.offer.id if column.offer else "" for column in columns))
    yield (
        "掲載",
        "サービスの版",
        *(f"第{column.offer.revision}版" if column.offer else "" for column in columns),
    )
    prices = [
        (column.offer.monthly_price, column.offer.monthly_price_with_tax) if column.offer else (None, None)
        for column in columns
    ]
    yield ("掲載", "固定の月額（円、税抜）", *("" if plain is None else str(plain) for plain, _ in prices))
    yield ("掲載", "固定の月額（円、税込）", *("" if taxed is None else str(taxed) for _, taxed in prices))
    for group in comparison.groups:
        for row in group.rows:
            yield (group.label, row.field.label_ja, *(cell.text for cell in row.cells))
    yield ("比較した日", comparison.as_of.isoformat())


def _head(comparison: Comparison) -> Row:
    return ("区分", "項目", *(column.name for column in comparison.columns))


def as_csv(comparison: Comparison) -> str:
    """The table as CSV for spreadsheets: byte order mark, CRLF, formulas made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for line in (_head(comparison), *_lines(comparison)):
        writer.writerow([_tame(cell) for cell in line])
    return "\ufeff" + out.getvalue()


def as_xlsx(comparison: Comparison) -> bytes:
    """The same as xlsx: every cell a text, so that nothing runs; longer ones end where a cell does."""
    return xlsx_bytes(
        "比較",
        _head(comparison),
        (tuple(cell[:CELL_LIMIT] for cell in line) for line in _lines(comparison)),
    )
