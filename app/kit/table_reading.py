"""Tables that people upload: text in UTF-8 or CP932, CSV, and rows with the addresses that a spreadsheet shows.

What cannot be read right is refused with its row and column, never guessed at: a file is read as UTF-8 (with or without
BOM), else as CP932 (the Shift_JIS of Windows, with 髙 and ①), and what could as well be something else is neither.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.kit.errors import PlacedFault
from app.kit.table_writing import original

Format = Literal["jsonl", "csv", "xlsx"]
COLUMNS_AT_MOST: Final = 400
FIELD_LIMIT: Final = 500_000
"""Characters in one cell of a CSV file; a table in a cell is JSON and long."""
csv.field_size_limit(FIELD_LIMIT)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNDEFINED = re.compile("[\x80\ue000-\uf8ff]")
"""What Python's CP932 makes of bytes that mean nothing there, and of 外字 that only one machine knows."""
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_SAVE_AS_UTF8 = "「CSV UTF-8（コンマ区切り）」の形式で保存し直してください。"


class TableUnreadable(Exception):
    """The file cannot be read; every fault that was found, with its place."""

    def __init__(self, faults: Sequence[PlacedFault]) -> None:
        super().__init__(faults[0].message if faults else "")
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Row:
    """One row: its number as the spreadsheet shows it, and the texts of its cells."""

    number: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        """Whether nothing is written in it."""
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Table:
    """One sheet: what stands in its first row, and the rows below that are not blank."""

    sheet: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


def column_letter(index: int) -> str:
    """The letters of a column, from 0: A, B, … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def unreadable(code: str, message: str, remedy: str, **place: object) -> TableUnreadable:
    """A refusal of the file for a single fault."""
    return TableUnreadable([PlacedFault(code, message, remedy, **place)])  # type: ignore[arg-type]  # named places


def format_of(content: bytes) -> Format:
    """What the bytes are, whatever the file is called. Raises TableUnreadable for what is none of the three."""
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    if content.startswith(_OLE):
        message = "古い形式（.xls）か、パスワードで保護されたファイルです。"
        raise unreadable(
            "old_or_encrypted", message, "パスワードを外し、.xlsx の形式で保存し直してください。"
        )
    if content.startswith(b"%PDF"):
        raise unreadable("wrong_format", "PDF です。", "xlsx、CSV、JSON Lines のファイルを選んでください。")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise unreadable("wrong_encoding", "文字コードが UTF-16 です。", _SAVE_AS_UTF8)
    if not content.strip():
        raise unreadable("empty", "ファイルが空です。", "見出しと、1行以上のデータを書いてください。")
    return "jsonl" if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "csv"


def decoded(content: bytes, kind: Format = "csv") -> str:
    """The text. Raises TableUnreadable with row and column for what is neither UTF-8 nor CP932 for certain."""
    marked = content.startswith(b"\xef\xbb\xbf")
    body = content[3:] if marked else content
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        if marked or _mostly_utf8(body):
            raise _bad_byte(body, error.start, "utf-8", "UTF-8", kind) from None
        text = _cp932(body, kind)
    if "\x00" in text:
        position = text.index("\x00")
        row, column = _place(text[:position], kind)
        raise unreadable(
            "control_character", "使えない文字（U+0000）があります。", _SAVE_AS_UTF8, row=row, column=column
        )
    return text


def _mostly_utf8(body: bytes) -> bool:
    # Japanese in UTF-8 with one broken byte would pass as CP932 in many places, as nonsense (縺ゅ＞).
    lenient = body.decode("utf-8", errors="replace")
    broken = lenient.count("\ufffd")
    return sum(1 for c in lenient if ord(c) > 127) - broken > broken


def _cp932(body: bytes, kind: Format) -> str:
    try:
        text = body.decode("cp932")
    except UnicodeDecodeError as error:
        raise _bad_byte(body, error.start, "cp932", "Shift_JIS（CP932）", kind) from None
    if undefined := _UNDEFINED.search(text):
        row, column = _place(text[: undefined.start()], kind)
        message = "どの文字か決まらないバイトか、外字があります。"
        remedy = f"その文字を書き直すか、{_SAVE_AS_UTF8}"
        raise unreadable("wrong_encoding", message, remedy, row=row, column=column)
    if found := _HALF_KANA.search(text):
        try:
            body.decode("euc_jp")
        except UnicodeDecodeError:
            return text
        row, column = _place(text[: found.start()], kind)
        message = "文字コードが EUC-JP か Shift_JIS か、決められません。"
        raise unreadable("wrong_encoding", message, _SAVE_AS_UTF8, row=row, column=column)
    return text


def _bad_byte(body: bytes, at: int, codec: str, name: str, kind: Format) -> TableUnreadable:
    row, column = _place(body[:at].decode(codec, errors="replace"), kind)
    message = f"{name} として読めないバイト 0x{body[at]:02X} があります。"
    return unreadable("wrong_encoding", message, _SAVE_AS_UTF8, row=row, column=column)


def _place(before: str, kind: Format) -> tuple[int, str]:
    """The row, and the column by its header, of what follows this text."""
    if kind != "csv":
        return before.count("\n") + 1, ""
    try:
        rows = list(csv.reader(io.StringIO(before + "x", newline="")))
    except csv.Error:
        return before.count("\n") + 1, ""
    index = len(rows[-1]) - 1
    known = len(rows) > 1 and index < len(rows[0])
    return len(rows), rows[0][index] if known else column_letter(index)


def read_csv(content: bytes, rows_at_most: int) -> Table:
    """A CSV file with a header row; commas, quotes as RFC 4180. Raises TableUnreadable."""
    text = decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    headers: tuple[str, ...] | None = None
    rows: list[Row] = []
    number = 0
    try:
        for cells in reader:
            number += 1
            if len(cells) > COLUMNS_AT_MOST:
                message = f"列が{COLUMNS_AT_MOST}を超えています。"
                raise unreadable("too_many_columns", message, "使わない列を消してください。", row=number)
            if headers is None:
                headers = tuple(original(cell).strip() for cell in cells)
                continue
            row = Row(number, tuple(original(cell) for cell in cells))
            if row.blank:
                continue
            rows.append(row)
            if len(rows) > rows_at_most:
                raise too_many_rows(rows_at_most, number)
    except csv.Error as error:
        message = f"CSV として読めません（{_reason(error)}）。"
        remedy = '引用符（"）の数と、セルの長さを確かめてください。'
        raise unreadable("bad_csv", message, remedy, row=number + 1) from error
    assert headers is not None  # the file is not empty
    return Table("", headers, tuple(rows))


def _reason(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"1つのセルが{FIELD_LIMIT:,}字を超えています"
    return "引用符が正しく閉じられていません"


def too_many_rows(most: int, number: int, sheet: str = "") -> TableUnreadable:
    """The refusal of a file with more rows than are taken at once."""
    message = f"行が多すぎます。一度に扱えるのは{most:,}行までです。"
    return unreadable("too_many_rows", message, "ファイルを分けてください。", row=number, sheet=sheet)
