"""A body's existing contracts as rows of a file: the columns, reading them, and writing the template and the export.

A row is judged by itself here; what it means for what the body has already is `contract_import`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from stdnum.jp import cn

from app.bulk import columns
from app.bulk.reading import Limits, header_faults
from app.bulk.records import Place
from app.kit.errors import PlacedFault
from app.kit.table_reading import (
    Table,
    column_letter,
    format_of,
    read_csv,
    unreadable,
)
from app.kit.table_writing import Value
from app.kit.xlsx_reading import read_xlsx
from catalogue_schema import Schema, text
from catalogue_schema.dates import EARLIEST, DateUnreadable, latest_allowed, parse_date
from catalogue_schema.model import MAX_YEN
from catalogue_schema.vocabulary import folded, nearest_of

SHEET: Final = "contracts"
EXAMPLE: Final = "（記入例）"
"""A row whose number begins so is the template's example, and is not read."""
NOTES: Final = "（説明）"
"""A row whose number begins so explains the columns, and is not read."""
AREAS: Final = "business_areas"
LONGEST: Final = 200
LONGEST_NOTE: Final = 2000
LONGEST_YEARS: Final = 50


@dataclass(frozen=True)
class Column:
    """One column: its name in files, how it is called, whether every row fills it, what to write, an example."""

    name: str
    label: str
    required: bool
    note: str
    example: Value


COLUMNS: Final = (
    Column(
        "number",
        "契約番号",
        True,
        "団体が付けた番号。同じ番号で相手も同じ契約は、二度は登録しません。",
        f"{EXAMPLE}総契-2026-001",
    ),
    Column("title", "契約件名", True, "200字以内。", "施設予約サービスの利用"),
    Column(
        "vendor_number",
        "事業者の法人番号",
        False,
        "13桁。このサイトに登録した事業者なら、その事業者に結び付けます。",
        "6999900012345",
    ),
    Column(
        "vendor_name",
        "事業者の名称",
        False,
        "法人番号がないか、このサイトに登録がない事業者では必須。",
        "架空予約システム株式会社",
    ),
    Column(
        "business_areas",
        "業務",
        True,
        "業務の名前かコード。いくつもあるときは「;」で区切ります。",
        "施設予約",
    ),
    Column("software_id", "ソフトウェアのID", False, "このサイトの掲載のID（sw_…）。分かるときだけ。", None),
    Column(
        "software_name",
        "ソフトウェアの名称",
        False,
        "ソフトウェアのIDがないときは必須。",
        "施設予約くん（架空）",
    ),
    Column("concluded_on", "契約日", True, "2026-04-01、R8.4.1、令和８年４月１日 のように。", "R8.4.1"),
    Column("starts_on", "期間（開始）", True, "契約日と同じ書き方。", "令和８年４月１日"),
    Column("ends_on", "期間（終了）", True, "開始の日以後。", "2027-03-31"),
    Column("total", "契約金額（税込）", True, "円の整数。0円から1兆円まで。", 1320000),
    Column(
        "publish_summary", "概要の公表", False, "はい・いいえ。空のときは、団体の設定に従います。", "いいえ"
    ),
    Column("note", "備考", False, "2,000字以内。", None),
)
LABELS: Final = {column.name: column.label for column in COLUMNS}


@dataclass
class ContractRow:
    """One row as it was read. `values` has only what could be understood; `faults` says the rest, with places."""

    place: Place
    cells: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[PlacedFault] = field(default_factory=list)

    def refuse(self, name: str, code: str, message: str, remedy: str) -> None:
        """Add a fault at a column."""
        said = f"「{LABELS[name]}」：{message}"
        self.faults.append(self.places.get(name, self.place).fault(code, said, remedy, name))

    def refused(self, name: str) -> bool:
        """Whether a fault was found at this column."""
        return any(fault.column == name for fault in self.faults)

    @property
    def party(self) -> str:
        """By what the other party is recognised."""
        return party_of(self.values.get("vendor_number", ""), self.values.get("vendor_name", ""))


def party_of(number: str | None, name: str) -> str:
    """A 法人番号, or the name without the differences of width and blanks that people make in typing."""
    return number or "name:" + "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def read_rows(
    schema: Schema, content: bytes, limits: Limits, today: date
) -> tuple[list[ContractRow], list[PlacedFault]]:
    """The rows of a file, each with its faults, and the faults that belong to no row.

    Raises TableUnreadable for a file that cannot be read at all.
    """
    table = _table(content, limits)
    headers = columns.headers_of(table.headers, LABELS)
    faults = list(header_faults(table, headers))
    named = {head.name for head in headers if head.known}
    for column in COLUMNS:
        if column.required and column.name not in named:
            message = f"「{column.label}」の列がありません。"
            remedy = f"1行目に「{columns.header(column.name, column.label)}」の見出しを加えてください。"
            faults.append(Place(1, sheet=table.sheet).fault("required", message, remedy, column.name))
    if faults:
        # Of rows under wrong headers only nonsense could be said.
        return [], faults
    rows = []
    for row in table.rows:
        found = ContractRow(Place(row.number, sheet=table.sheet))
        for head in headers:
            if head.name is not None:
                at = Place(row.number, f"{column_letter(head.index)}{row.number}", table.sheet)
                found.places[head.name] = at
                found.cells[head.name] = row.cells[head.index].strip() if head.index < len(row.cells) else ""
        if found.cells["number"].startswith((EXAMPLE, NOTES)):
            continue
        beyond = [index for index in range(len(headers), len(row.cells)) if row.cells[index].strip()]
        if beyond:
            at = Place(row.number, f"{column_letter(beyond[0])}{row.number}", table.sheet)
            remedy = "コンマの数と、見出しを確かめてください。"
            found.faults.append(at.fault("no_header", "見出しのない列に値があります。", remedy))
        _understand(schema, found, today)
        rows.append(found)
    return rows, []


def _table(content: bytes, limits: Limits) -> Table:
    kind = format_of(content)
    if kind == "jsonl":
        raise unreadable("wrong_format", "JSON です。", "xlsx か CSV のファイルを選んでください。")
    if kind == "csv":
        return read_csv(content, limits.entries)
    tables = read_xlsx(content, rows_at_most=limits.entries, unpacked_at_most=limits.unpacked_bytes)
    named = [table for table in tables if table.sheet == SHEET]
    if not named and len(tables) == 1:
        return tables[0]
    if not named:
        raise unreadable("no_sheet", f"「{SHEET}」のシートがありません。", "ひな形のシートに書いてください。")
    return named[0]


def _understand(schema: Schema, row: ContractRow, today: date) -> None:
    for column in COLUMNS:
        if column.required and not row.cells.get(column.name):
            row.refuse(column.name, "required", "何も書かれていません。", column.note)
    for name, longest in (
        ("number", LONGEST),
        ("title", LONGEST),
        ("vendor_name", LONGEST),
        ("software_name", LONGEST),
        ("note", LONGEST_NOTE),
    ):
        row.values[name] = _text(row, name, longest)
    row.values["vendor_number"] = _vendor_number(row)
    row.values["software_id"] = row.cells.get("software_id", "")
    if not row.cells.get("vendor_number") and not row.values["vendor_name"]:
        row.refuse("vendor_name", "required", "名称も法人番号もありません。", "どちらかを書いてください。")
    if not row.values["software_id"] and not row.values["software_name"]:
        remedy = "ソフトウェアの名称かIDを書いてください。"
        row.refuse("software_name", "required", "名称もIDもありません。", remedy)
    row.values[AREAS] = _areas(schema, row)
    for name in ("concluded_on", "starts_on", "ends_on"):
        row.values[name] = _day(row, name, today)
    starts, ends = row.values["starts_on"], row.values["ends_on"]
    if starts and ends and ends < starts:
        row.refuse(
            "ends_on", "end_before_start", "開始の日より前です。", f"{starts} 以後の日にしてください。"
        )
    elif starts and ends and ends.year - starts.year > LONGEST_YEARS:
        row.refuse("ends_on", "too_long", f"期間が{LONGEST_YEARS}年を超えます。", "日付を確かめてください。")
    row.values["total"] = _yen(row)
    row.values["publish_summary"] = _yes(row)


def _text(row: ContractRow, name: str, longest: int) -> str:
    cleaned = text.clean(row.cells.get(name, ""))
    refused = text.first_refused(cleaned, multiline=name == "note")
    if refused is not None:
        said = "改行" if refused == "\n" else f"使えない文字 {text.name_of(refused)}"
        row.refuse(name, "control_character", f"{said}があります。", "その文字を消してください。")
    elif len(cleaned) > longest:
        row.refuse(
            name, "too_long", f"{longest}字以内です。", f"{len(cleaned) - longest}字減らしてください。"
        )
    return cleaned


def _vendor_number(row: ContractRow) -> str:
    written = unicodedata.normalize("NFKC", row.cells.get("vendor_number", ""))
    plain = re.sub(r"[\s-]", "", written).removeprefix("T")
    if not plain:
        return ""
    if not (len(plain) == 13 and plain.isascii() and plain.isdigit()):
        said = f"13桁の数字ではありません（「{text.printable(plain, 30)}」）。"
        # Spreadsheets turn long numbers into 9.01E+12.
        remedy = "セルの書式を「文字列」にして、法人番号公表サイトの13桁を書いてください。"
        row.refuse("vendor_number", "format", said, remedy)
    elif not cn.is_valid(plain):
        remedy = f"残りの12桁が正しければ、先頭は{cn.calc_check_digit(plain[1:])}です。打ち間違いを確かめてください。"
        row.refuse("vendor_number", "check-digit", "検査数字（先頭の1桁）が合いません。", remedy)
    return plain


def _areas(schema: Schema, row: ContractRow) -> list[str]:
    vocabulary = schema.vocabulary(AREAS)
    by_name = {folded(term.ja): term.code for term in vocabulary.current()}
    found: list[str] = []
    for part in re.split(r"[;；\n]", row.cells.get(AREAS, "")):
        written = part.strip()
        if not written:
            continue
        code = written if vocabulary.term(written) is not None else by_name.get(folded(written))
        if code is None:
            near = nearest_of(written, {folded(term.ja): term.ja for term in vocabulary.current()})
            remedy = f"「{near}」のことではありませんか。" if near else ""
            said = f"「{text.printable(written, 40)}」という業務はありません。"
            row.refuse(AREAS, "unknown_term", said, f"{remedy}業務の名前は、取込みの画面の一覧にあります。")
        elif code not in found:
            found.append(code)
    return found


def _day(row: ContractRow, name: str, today: date) -> date | None:
    written = row.cells.get(name, "")
    if not written:
        return None
    try:
        found = parse_date(written)
    except DateUnreadable as error:
        row.refuse(name, "not_a_date", error.reason, error.remedy)
        return None
    if not EARLIEST <= found <= latest_allowed(today):
        remedy = f"{latest_allowed(today)} までの日付にしてください。"
        row.refuse(name, "date_out_of_range", "1900年より前、または30年より先の日付です。", remedy)
        return None
    return found


def _yen(row: ContractRow) -> int | None:
    written = unicodedata.normalize("NFKC", row.cells.get("total", ""))
    plain = re.sub(r"[\s,¥\\]", "", written).removesuffix("円")
    if not plain:
        return None
    negative = plain[0] in "-▲△−"
    digits = plain[1:] if negative else plain
    whole = re.fullmatch(r"([0-9]{1,18})(?:\.0+)?", digits)
    remedy = "円の整数で書いてください（例：1320000）。"
    if whole is None:
        row.refuse(
            "total", "not_a_number", f"「{text.printable(written, 30)}」は円の整数として読めません。", remedy
        )
        return None
    amount = int(whole[1])
    if negative and amount:
        row.refuse(
            "total",
            "negative_total",
            f"合計が0円より小さくなっています（-{amount:,}円）。",
            "0円以上の額を書いてください。",
        )
        return None
    if amount > MAX_YEN:
        row.refuse("total", "too_large", "1兆円を超えます。", "桁を確かめてください。")
        return None
    return amount


def _yes(row: ContractRow) -> bool | None:
    written = unicodedata.normalize("NFKC", row.cells.get("publish_summary", "")).casefold()
    known = {"": None, "はい": True, "true": True, "1": True, "いいえ": False, "false": False, "0": False}
    if written not in known:
        row.refuse(
            "publish_summary",
            "wrong_type",
            "はい・いいえではありません。",
            "はい、いいえ、または空にしてください。",
        )
    return known.get(written)


def headers() -> list[str]:
    """The first row of template and export."""
    return [columns.header(column.name, column.label) for column in COLUMNS]


def template() -> Iterator[list[Value]]:
    """The rows of the template: what to write in each column, and an example. Neither is read at the import."""
    notes: list[Value] = [("必須。" if column.required else "") + column.note for column in COLUMNS]
    yield [f"{NOTES}{notes[0]}", *notes[1:]]
    yield [column.example for column in COLUMNS]


def exported(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[Value]]:
    """The rows of an export; values as `ContractRow.values` has them."""
    for row in rows:
        yield [
            columns.SEPARATOR.join(row[AREAS])
            if column.name == AREAS
            else row[column.name] or _blank(row, column)
            for column in COLUMNS
        ]


def _blank(row: Mapping[str, Any], column: Column) -> Value:
    """A zero and a No are values; everything else that is empty is an empty cell."""
    value = row[column.name]
    return value if value is False or (value == 0 and column.name == "total") else None
