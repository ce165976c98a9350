"""Files that are broken, in another encoding, or made to harm: read right, or refused with row and column."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from app.kit.errors import PlacedFault
from app.kit.table_reading import TableUnreadable, decoded, format_of, read_csv
from app.kit.table_writing import csv_bytes, neutralised, original, xlsx_bytes
from app.kit.xlsx_reading import read_xlsx

MIB = 1_048_576


def workbook(*rows: tuple[str, ...], merge: str = "") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "software"
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _read(content: bytes) -> None:
    if format_of(content) == "xlsx":
        read_xlsx(content, rows_at_most=100, unpacked_at_most=MIB)
    else:
        read_csv(content, 100)


def fault_of(content: bytes) -> PlacedFault:
    with pytest.raises(TableUnreadable) as refused:
        _read(content)
    assert refused.value.faults[0].message
    assert refused.value.faults[0].remedy
    return refused.value.faults[0]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932"])
def test_japanese_survives(codec: str) -> None:
    text = "kind,key,name\r\nsoftware,①,髙﨑㈱のｼｽﾃﾑ～\r\n"
    table = read_csv(text.encode(codec), 10)
    assert table.rows[0].cells == ("software", "①", "髙﨑㈱のｼｽﾃﾑ～")


def test_what_cannot_be_told_apart_is_refused_by_place() -> None:
    head = "kind,key,name\r\n"
    broken = (head + "software,A,窓口の申請").encode() + b"\xff" + "システム\r\n".encode()
    fault = fault_of(broken)
    assert (fault.code, fault.row, fault.column) == ("wrong_encoding", 2, "name")
    euc = (head + "software,B,アイウ\r\n").encode("euc_jp")
    fault = fault_of(euc)
    assert (fault.code, fault.row, fault.column) == ("wrong_encoding", 2, "name")
    assert fault_of(b"\xff\xfe" + head.encode("utf-16-le")).code == "wrong_encoding"
    fault = fault_of((head + "software,\x00,名\r\n").encode())
    assert (fault.code, fault.row, fault.column) == ("control_character", 2, "key")
    with pytest.raises(TableUnreadable) as refused:
        decoded(b'{"a": 1}\n{"a": "\xff\xff"}\n', "jsonl")
    assert refused.value.faults[0].row == 2


def test_quotes_and_sizes() -> None:
    assert fault_of(b'kind,key\r\n"software,A\r\n').code == "bad_csv"
    assert fault_of(b"kind\r\n" + b"a\r\n" * 101).code == "too_many_rows"
    assert fault_of(b"kind" + b"," * 500 + b"\r\n").code == "too_many_columns"
    assert fault_of(b" \r\n").code == "empty"
    assert fault_of(b"%PDF-1.7").code == "wrong_format"
    assert fault_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest").code == "old_or_encrypted"


def test_merged_cells_and_formulas_by_their_address() -> None:
    merged = fault_of(workbook(("id", "key"), ("a", "b"), merge="A2:B2"))
    assert (merged.code, merged.cell, merged.row, merged.sheet) == ("merged_cells", "A2:B2", 2, "software")
    formula = fault_of(workbook(("id", "key"), ("a", "=1+1")))
    assert (formula.code, formula.cell) == ("formula_without_value", "B2")
    error = fault_of(workbook(("id", "key"), ("#N/A", "b")))
    assert (error.code, error.cell) == ("error_value", "A2")


def _archive(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


def _with_sheet(sheet: bytes) -> bytes:
    source, target = io.BytesIO(workbook(("id",))), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return target.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_bombs_and_disguises() -> None:
    bomb = _with_sheet(SHEET % (b" " * 4 * MIB))
    assert len(bomb) < 100_000
    assert fault_of(bomb).code == "too_large"
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SHEET % b""
    assert fault_of(_with_sheet(entities)).code == "not_xlsx"
    far = SHEET % b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    assert fault_of(_with_sheet(far)).code == "too_many_rows"
    wide = SHEET % b'<row r="1"><c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>'
    assert fault_of(_with_sheet(wide)).code == "too_many_columns"
    assert fault_of(_archive(readme=b"no workbook")).code == "not_xlsx"
    assert fault_of(_archive(xl__workbook=b"x", xl__vbaProject=b"y")).code == "not_xlsx"
    macros = io.BytesIO(workbook(("id",)))
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    assert fault_of(macros.getvalue()).code == "macros"
    assert fault_of(workbook(("id",))[:-40]).code == "not_xlsx"


def test_lists_are_harmless_in_a_spreadsheet() -> None:
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=x", "''x", "普通", "#N/A", "_x000D_"]
    content = csv_bytes(["名称"], [[text] for text in texts]).decode("utf-8-sig")
    assert [line for line in content.splitlines() if line.strip('"')[:1] in tuple("=+-@\t\r")] == []
    assert [original(neutralised(text)) for text in texts] == texts
    assert csv_bytes(["数"], [[-5]]).endswith(b"-5\r\n"), "numbers stay numbers"
    held = [text for text in texts if text[0] not in "\t\r"]
    content_xlsx = xlsx_bytes("一覧", ["名称"], [[text] for text in held])
    (table,) = read_xlsx(content_xlsx, rows_at_most=99, unpacked_at_most=MIB)
    assert [row.cells[0] for row in table.rows] == held
