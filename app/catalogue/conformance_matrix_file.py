"""The conformance matrix as xlsx: the table as it is narrowed, the counts, and what it is."""

from __future__ import annotations

import io
from typing import Final

from app.catalogue.conformance_matrix import OBLIGATIONS, SHOWN, Matrix
from app.conformance.statements import CAUTION, STATES, Statement
from app.kit.table_writing import Value, WorkbookWriter
from catalogue_schema.requirements import KINDS, SIZE_CLASSES
from catalogue_schema.requirements import OBLIGATIONS as MARKS

NOT_CLAIMED: Final = "この版への対応の登録なし"
UNANSWERED: Final = "未回答"


def said(cell: Statement | None) -> str:
    """What a cell says, with its condition or its day."""
    if cell is None:
        return UNANSWERED
    more = cell.how or (cell.planned_on.isoformat() if cell.planned_on else "")
    return STATES[cell.state] + (f"：{more}" if more else "")


def matrix_file(matrix: Matrix) -> bytes:
    """The matrix as an xlsx file."""
    names = [column.name for column in matrix.columns]
    writer = WorkbookWriter()
    headers = ("ID", "種類", "分類", "要件", f"義務（{SIZE_CLASSES[matrix.size_class]}）", "違い", *names)
    writer.sheet("適合の比較", headers, (_line(matrix, index) for index in range(len(matrix.rows))))
    counts: list[tuple[Value, ...]] = []
    for kind, label in OBLIGATIONS.items():
        for state, name in {"total": "要件の数", **STATES, "unanswered": UNANSWERED}.items():
            numbers = [
                getattr(each.coverage, kind)[state] if each.coverage else None for each in matrix.columns
            ]
            counts.append((label, name, *numbers))
    writer.sheet("件数", ("義務", "回答", *names), counts)
    about: list[tuple[Value, ...]] = [
        ("標準仕様書", matrix.specification.title + ("（見本）" if matrix.specification.sample else "")),
        ("版", matrix.version.number),
        ("団体区分", SIZE_CLASSES[matrix.size_class]),
        ("絞込み（義務）", OBLIGATIONS.get(matrix.obligation, "なし")),
        ("絞込み（回答）", SHOWN.get(matrix.show, "なし")),
        ("回答", "登録事業者の自己申告"),
        ("注意", CAUTION),
    ]
    about += [(f"{each.name}（{each.vendor}）", f"第{each.revision}版の回答") for each in matrix.columns]
    writer.sheet("このファイルについて", ("項目", "内容"), about)
    target = io.BytesIO()
    writer.save(target)
    return target.getvalue()


def _line(matrix: Matrix, index: int) -> tuple[Value, ...]:
    row = matrix.rows[index]
    item = row.requirement
    cells = [
        said(cell) if column.coverage else NOT_CLAIMED
        for column, cell in zip(matrix.columns, row.cells, strict=True)
    ]
    mark = "".join(MARKS[item.obligation[matrix.size_class]])
    differs = "違いあり" if row.differs else ""
    return (item.key, KINDS[item.kind], " ＞ ".join(item.category), item.text, mark, differs, *cells)
