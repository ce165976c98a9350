"""A workbook as ministries publish them: a cover, headings on rows 4 and 5 under merged cells, full-width IDs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook

MAPPING = """
[specification]
key = "awkward"
title = "扱いにくい標準仕様書"
business_area = "child_allowance"
ministry = "こども家庭庁"

[version]
number = "1.0"
conform_by = "令和８年４月１日"

[[sheets]]
name = "機能要件"
header = 5
[sheets.columns]
key = "機能ID"
category = ["大分類", "中分類"]
text = "機能要件"
note = "備考"
conform_by = "適合基準日"
[sheets.columns.obligation]
designated_city = "実装区分/指定都市"
core_city = "実装区分/中核市"
general = "実装区分/一般市区町村"

[[sheets]]
name = "帳票要件"
kind = "form"
[sheets.columns]
key = "帳票ID"
text = "帳票名称"
obligation = "区分"
"""


TEXT = "認定請求書を\r\n受け付けること。\r\n・郵送\r\n・電子申請"


def workbook() -> Workbook:
    """The workbook, for a test to spoil."""
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "表紙"
    cover["B2"] = "児童手当システム標準仕様書　別紙２　機能要件"
    cover["B3"] = "=1+1"  # nobody computed it; nothing of this sheet is read
    sheet = book.create_sheet("機能要件")
    sheet["A1"] = "別紙２　機能要件"
    sheet.merge_cells("A1:K1")
    sheet["A2"] = "◎：実装必須　○：標準オプション　×：実装不可　－：対象外"
    head = ["大分類", "中分類", "機能ID", "機能要件", "実装区分", "", "", "適合基準日", "備考", "参考"]
    for column, text in enumerate(head, 1):
        if text:
            sheet.cell(4, column, text)
    for column, text in ((5, "指定都市"), (6, "中核市"), (7, "一般\n市区町村")):
        sheet.cell(5, column, text)
    sheet.merge_cells("E4:G4")
    for letter in "ABCDHIJ":
        sheet.merge_cells(f"{letter}4:{letter}5")
    rows = [
        (
            "認定",
            "請求",
            "００１０００１",
            TEXT,
            "◎",
            "◎",
            "◎",
            "",
            "",
            "",
        ),
        ("", "", "0010002", "請求日を管理すること。", "◎", "〇", "○", "令和9年4月1日", "備考１", ""),
        ("", "審査", 1_000_003, "所得を審査すること。", "◎", "◎", "－", "", "", "参考１"),
        ("支払", "", "0020001", "支払日を設定すること。", "○", "○", "×", "", "", ""),
        ("大分類", "中分類", "機能ID", "機能要件", "指定都市", "中核市", "一般市区町村", "", "", ""),
        ("", "口座", "0020002", "口座を登録すること。", "◎", None, None, "", "", ""),
        ("", "", "0020003", "振込データを作成すること。", "◎", "◎", "◎", "", "", ""),
        ("", "", "", "全銀協の形式とする。", "", "", "", "", "", ""),
    ]
    for number, cells in enumerate(rows, 6):
        for column, value in enumerate(cells, 1):
            if value not in ("", None):
                sheet.cell(number, column, value)
    sheet.merge_cells("A6:A8")
    sheet.merge_cells("B6:B7")
    sheet.merge_cells("E11:G11")  # one mark for every size
    sheet.merge_cells("C12:C13")  # one requirement over two rows
    sheet["A16"] = "※この表は、検討会の議論による。"
    sheet["D18"] = "問合せ先は総務課"
    forms = book.create_sheet("帳票要件")
    forms["A2"] = "帳票ID"
    forms["B2"] = "帳票名称"
    forms["C2"] = "区分"
    forms.append(["0100001", "認定通知書", "実装必須"])
    forms.append(["0100002", "督促状", "標準オプション"])
    book.create_sheet("改版履歴").append(["1.0", "初版"])
    return book


def saved(book: Workbook) -> bytes:
    """The file."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def spoilt(change: Callable[[Any], None], sheet: str = "機能要件") -> bytes:
    """The file after `change` was done to one of its sheets."""
    book = workbook()
    change(book[sheet])
    return saved(book)


def repacked(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The file after `change` was done to the members of its archive."""
    with zipfile.ZipFile(io.BytesIO(saved(workbook()))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()
