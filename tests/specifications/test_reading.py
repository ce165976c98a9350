"""Ministries' files: the awkward one is understood; each corruption is understood or refused at its cell."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from app.kit.errors import Invalid, PlacedFault
from app.kit.table_reading import TableUnreadable
from app.specifications.files import read_file
from app.specifications.mapping import read_mapping
from app.specifications.reading import Reading
from tests.specifications.awkward import MAPPING, repacked, saved, spoilt, workbook

UNPACKED = 64 * 1024 * 1024


def _read(content: bytes, mapping: str = MAPPING, scheme: str = "function_id") -> Reading:
    try:
        return read_file(content, read_mapping(mapping), scheme, unpacked_at_most=UNPACKED)
    except TableUnreadable as refused:
        return Reading(faults=list(refused.faults))


def _said(faults: list[PlacedFault]) -> set[tuple[str, str, str]]:
    return {(fault.code, fault.sheet, fault.cell) for fault in faults}


def test_the_awkward_file_is_understood() -> None:
    reading = _read(saved(workbook()))
    assert reading.faults == []
    found = {item.key: item for item in reading.requirements}
    assert list(found) == [
        "0010001", "0010002", "1000003", "0020001", "0020002", "0020003", "0100001", "0100002",
    ]  # fmt: skip
    assert found["0010001"].text == "認定請求書を\n受け付けること。\n・郵送\n・電子申請"
    assert found["0010001"].category == ("認定", "請求")
    assert found["1000003"].category == ("認定", "審査")
    assert found["0020001"].category == ("支払",)
    assert found["0020003"].category == ("支払", "口座")
    assert found["0010002"].obligation == {
        "designated_city": "required", "core_city": "optional", "general": "optional",
    }  # fmt: skip
    assert found["1000003"].obligation["general"] == "not_applicable"
    assert found["0020001"].obligation["general"] == "prohibited"
    assert set(found["0020002"].obligation.values()) == {"required"}, "one merged mark for every size"
    assert found["0010002"].conform_by == date(2027, 4, 1)
    assert found["0010002"].note == "備考１"
    assert found["0020003"].text == "振込データを作成すること。\n全銀協の形式とする。"
    assert found["0100002"].kind == "form"
    assert found["0100002"].obligation["core_city"] == "optional"
    assert _said(reading.doubts) == {
        ("unread_sheet", "表紙", ""),
        ("unread_sheet", "改版履歴", ""),
        ("unread_column", "機能要件", "J5"),
        ("joined_rows", "機能要件", "D13"),
        ("no_requirement", "機能要件", "D18"),
    }


def _set(cell: str, value: Any) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        sheet[cell] = value

    return change


def _move_headings(sheet: Any) -> None:
    sheet.insert_rows(3, 2)
    # openpyxl leaves merged areas where they were: they are put where a spreadsheet program would put them.
    for area in list(sheet.merged_cells.ranges):
        if area.min_row > 3:
            area.shift(0, 2)


def _move_merged_heading(sheet: Any) -> None:
    sheet.unmerge_cells("E4:G4")
    sheet["H4"] = None
    sheet.merge_cells("F4:G4")


def _far_rows(members: dict[str, bytes]) -> None:
    name = "xl/worksheets/sheet2.xml"
    rows = b"".join(b'<row r="%d"/>' % number for number in range(20, 60_000))
    last = b'<row r="1048576"/>'
    members[name] = members[name].replace(b"</sheetData>", rows + last + b"</sheetData>")


def _bomb(members: dict[str, bytes]) -> None:
    members["xl/worksheets/sheet2.xml"] = b" " * (UNPACKED + 1)


def _macros(members: dict[str, bytes]) -> None:
    members["xl/vbaProject.bin"] = b"macro"


def _external(members: dict[str, bytes]) -> None:
    members["xl/externalLinks/externalLink1.xml"] = (
        b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    )


def _entities(members: dict[str, bytes]) -> None:
    name = "xl/worksheets/sheet2.xml"
    members[name] = b'<!DOCTYPE a [<!ENTITY b "c">]>' + members[name].partition(b"?>")[2]


def _computed(members: dict[str, bytes]) -> None:
    name = "xl/worksheets/sheet2.xml"
    cell = re.search(rb'<c r="D7"[^>]*>.*?</c>', members[name])
    assert cell is not None
    value = "計算された本文".encode()
    members[name] = members[name].replace(
        cell[0], b'<c r="D7" t="str"><f>A1&amp;"x"</f><v>' + value + b"</v></c>"
    )


def _rename(sheet: Any) -> None:
    sheet.title = "機能要件一覧"


def _full_width_name(sheet: Any) -> None:
    sheet.title = "機 能 要 件"


def _unmerge_id(sheet: Any) -> None:
    sheet.unmerge_cells("C12:C13")


def _no_rows(sheet: Any) -> None:
    for area in [str(each) for each in sheet.merged_cells.ranges]:
        if int(area.partition(":")[0][1:]) > 5:
            sheet.unmerge_cells(area)
    sheet.delete_rows(6, 20)


F = "機能要件"
CORRUPTIONS: dict[str, tuple[bytes | Callable[[], bytes], set[tuple[str, str, str]]]] = {
    "wrong sheet name": (lambda: spoilt(_rename), {("no_sheet", F, "")}),
    "sheet name with blanks": (lambda: spoilt(_full_width_name), set()),
    "duplicated ID": (lambda: spoilt(_set("C9", "００１０００１")), {("duplicate", F, "C9")}),
    "ID of another sheet": (
        lambda: spoilt(_set("A3", "0010002"), "帳票要件"),
        {("duplicate", "帳票要件", "A3")},
    ),
    "ID that lost its zeros": (lambda: spoilt(_set("C7", 10002)), {("format", F, "C7")}),
    "no ID": (lambda: spoilt(_set("C7", None)), {("required", F, "C7")}),
    "headings two rows lower": (lambda: spoilt(_move_headings), set()),
    "merged heading moved": (lambda: spoilt(_move_merged_heading), {("no_heading", F, "")}),
    "heading renamed": (lambda: spoilt(_set("D4", "要件の内容")), {("no_heading", F, "")}),
    "heading twice": (lambda: spoilt(_set("J4", "備考")), {("ambiguous_heading", F, "J5")}),
    "unknown mark": (lambda: spoilt(_set("F7", "△")), {("unknown_mark", F, "F7")}),
    "no mark": (lambda: spoilt(_set("G7", None)), {("required", F, "G7")}),
    "formula nobody computed": (lambda: spoilt(_set("D7", "=A1")), {("formula_without_value", F, "D7")}),
    "formula with its value": (lambda: repacked(_computed), set()),
    "error value": (lambda: spoilt(_set("D7", "#REF!")), {("error_value", F, "D7")}),
    "impossible day": (lambda: spoilt(_set("H7", "令和9年2月30日")), {("date", F, "H7")}),
    "no text": (lambda: spoilt(_set("D7", None)), {("required", F, "D7")}),
    "invisible characters": (lambda: spoilt(_set("D7", "請求\u202e日")), {("characters", F, "D7")}),
    "ID no longer merged": (lambda: spoilt(_unmerge_id), set()),
    "no requirement left": (lambda: spoilt(_no_rows), {("empty", F, "A5")}),
    "1,048,576 empty rows": (lambda: repacked(_far_rows), {("too_many_rows", F, "")}),
    "zip bomb": (lambda: repacked(_bomb), {("too_large", "", "")}),
    "macro file": (lambda: repacked(_macros), {("macros", "", "")}),
    "external link": (lambda: repacked(_external), set()),
    "entities": (lambda: repacked(_entities), {("not_xlsx", "", "")}),
    "no spreadsheet": (b"PK\x03\x04 broken", {("not_xlsx", "", "")}),
    "old format": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {("old_or_encrypted", "", "")}),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_understood_or_refused_at_its_cell(name: str) -> None:
    made, expected = CORRUPTIONS[name]
    content = made if isinstance(made, bytes) else made()
    reading = _read(content)
    assert _said(reading.faults) == expected, reading.faults
    assert all(fault.message and fault.remedy for fault in reading.faults)
    if not expected:
        assert len(reading.requirements) == 8
    if name == "headings two rows lower":
        assert ("header_moved", F, "A7") in _said(reading.doubts)
    if name == "formula with its value":
        assert {item.key: item.text for item in reading.requirements}["0010002"] == "計算された本文"
    if name == "ID no longer merged":
        assert ("no_requirement", F, "D13") in _said(reading.doubts)


def test_reading_needs_little_memory() -> None:
    book = workbook()
    sheet = book["帳票要件"]
    for number in range(300):
        sheet.append([f"02{number:05}", "あ" * 1000, "◎"])
    content = saved(book)
    tracemalloc.start()
    try:
        assert len(_read(content).requirements) == 308
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 * 1024 * 1024


PROSE = """
[[sheets]]
layout = "prose"
[sheets.columns]
section = "項番"
title = "項目"
text = "内容"
"""


def test_prose_by_section_becomes_one_requirement_per_list() -> None:
    rows = [
        "第一世代の仕様書,,",
        "項番,項目,内容",
        '１.１.１,日本人住民データ,"住民データを管理すること。\n【実装すべき機能】\n次の項目を管理すること。\n・氏名\n・生年月日"',
        ',,"・住所\n【実装してもしなくても良い機能】\n旧氏の検索"',
        '1.1.2,外国人住民データ,"【実装しない機能】\n・通称の自動付与"',
    ]
    reading = _read("\r\n".join(rows).encode(), PROSE, "own")
    assert reading.faults == []
    assert [(item.key, item.text) for item in reading.requirements] == [
        ("1.1.1/必須", "次の項目を管理すること。\n・氏名\n・生年月日\n・住所"),
        ("1.1.1/任意", "旧氏の検索"),
        ("1.1.2/不可", "・通称の自動付与"),
    ]
    assert reading.requirements[0].category == ("1.1.1 日本人住民データ", "実装すべき機能")
    assert set(reading.requirements[2].obligation.values()) == {"prohibited"}
    assert _said(reading.doubts) == {("outside_lists", "", "C3")}


def test_a_wrong_mapping_is_refused_with_every_fault() -> None:
    wrong = """
    [specification]
    colour = "red"
    [marks]
    "△" = "maybe"
    [[sheets]]
    name = "あ"
    layout = "spiral"
    header = 0
    [sheets.columns]
    key = 3
    [sheets.columns.obligation]
    village = "村"
    """
    with pytest.raises(Invalid) as refused:
        read_mapping(wrong)
    assert {fault.pointer for fault in refused.value.faults} >= {
        "/mapping/specification/colour",
        "/mapping/marks/△",
        "/mapping/sheets/0/layout",
        "/mapping/sheets/0/header",
        "/mapping/sheets/0/columns/key",
        "/mapping/sheets/0/columns/obligation",
        "/mapping/sheets/0/columns/obligation/general",
    }
    with pytest.raises(Invalid):
        read_mapping("[[sheets")
