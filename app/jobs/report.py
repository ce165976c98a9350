"""The faults of a job as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable

from app.jobs.views import PlacedFault
from app.kit.table_writing import csv_bytes

HEADERS = ("シート", "行", "項目", "番地", "誤り", "どうすればよいか", "種類")


def csv_report(faults: Iterable[PlacedFault]) -> bytes:
    """The faults as CSV."""
    rows = (
        (fault.sheet, fault.row, fault.column, fault.cell, fault.message, fault.remedy, fault.code)
        for fault in faults
    )
    return csv_bytes(HEADERS, rows)
