"""Reading official lists: a CSV file and a mapping that says which column is what. Nothing is written here.

Texts are UTF-8 or CP932 (so that 髙 and ① come through as they are) or the file is refused; a byte is never guessed at.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from stdnum.jp import cn

from app.kit.errors import FieldFault, Invalid, invalid
from catalogue_schema.dates import DateUnreadable, parse_date
from catalogue_schema.text import clean, first_refused, name_of, printable

LISTS = {"corporate_numbers": "法人番号", "qualifications": "全省庁統一資格", "ismap": "ISMAP"}
STATUSES = ("active", "closed", "merged", "cancelled")
FOLDER = Path(__file__).parent / "official"
LARGEST_BYTES = 64 * 1024 * 1024
COLUMNS = {"number", "name", "corporate_number", "status", "successor_number", "valid_from", "valid_until"}
REQUIRED = ("number", "name")
LONGEST = 300


@dataclass(frozen=True)
class ColumnMapping:
    """Which column is what: by its heading, or by its place from 1 where the file has no headings."""

    list_name: str
    heading: bool
    complete: bool
    columns: Mapping[str, str | int]
    statuses: Mapping[str, str]
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class OfficialRow:
    """One line of a list."""

    line: int
    number: str
    name: str
    corporate_number: str = ""
    status: str = "active"
    successor_number: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def sha256_of(data: bytes) -> str:
    """SHA-256 (hex) of a file's content."""
    return hashlib.sha256(data).hexdigest()


def read_mapping(list_name: str, path: Path | None = None) -> ColumnMapping:
    """The mapping of a list: the file given, or the one that comes with the product.

    Raises Invalid for an unknown list and for a mapping that cannot be meant, naming every fault.
    """
    if list_name not in LISTS:
        raise invalid("/list", "unknown_term", "その一覧はありません。", "、".join(LISTS))
    try:
        data = tomllib.loads((path or FOLDER / f"{list_name}.toml").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"対応表を読めません（{error}）。"
        raise invalid("/mapping", "unreadable", message, "TOML で書いてください。") from error
    faults = []

    def fault(where: str, message: str, remedy: str) -> None:
        faults.append(FieldFault(f"/mapping/{where}", "mapping", message, remedy))

    if data.get("list") != list_name:
        fault(
            "list",
            f"対応表は {printable(data.get('list'))} のものです。",
            f'list = "{list_name}" にしてください。',
        )
    heading = bool(data.get("heading", True))
    columns, facts = dict(data.get("columns", {})), dict(data.get("facts", {}))
    statuses = {str(key): str(value) for key, value in data.get("status", {}).items()}
    for unknown in sorted(set(columns) - COLUMNS):
        fault(f"columns/{unknown}", f"{unknown} という項目はありません。", "、".join(sorted(COLUMNS)))
    for missing in [name for name in REQUIRED if name not in columns]:
        fault(f"columns/{missing}", f"{missing} の列が決まっていません。", "列を書いてください。")
    for name, place in {**columns, **facts}.items():
        good = isinstance(place, str) and bool(place) if heading else isinstance(place, int) and place >= 1
        if not good:
            said = "見出しの名前" if heading else "1から数えた列の番号"
            fault(f"columns/{name}", "列の書き方が違います。", f"{said}で書いてください。")
    for raw, status in statuses.items():
        if status not in STATUSES:
            fault(f"status/{raw}", f"{printable(status)} という状態はありません。", "、".join(STATUSES))
    if "status" in columns and not statuses:
        fault("status", "状態の列の値の意味がありません。", "[status] に値と状態を書いてください。")
    if faults:
        raise Invalid(faults)
    return ColumnMapping(list_name, heading, bool(data.get("complete", False)), columns, statuses, facts)


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 or CP932. Raises Invalid for anything else; nothing is replaced or guessed."""
    if len(data) > LARGEST_BYTES:
        message = f"ファイルが大きすぎます（{len(data)}バイト）。"
        raise invalid("/file", "too_large", message, f"{LARGEST_BYTES}バイトまでに分けてください。")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        data.decode("euc_jp")
    except UnicodeDecodeError:
        pass
    else:
        # Its bytes are half-width katakana to CP932: it would be read, and wrongly.
        raise invalid(
            "/file", "encoding", "EUC-JP のようです。", "UTF-8 か Shift_JIS（CP932）で保存してください。"
        )
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError as error:
        raise _unreadable(data, error.start) from error
    # Python reads the bytes 00 and FD to FF as something; in a text of either encoding they are nothing.
    odd = next((place for place, byte in enumerate(data) if byte == 0 or byte >= 0xFD), None)
    if odd is not None:
        raise _unreadable(data, odd)
    return text


def _unreadable(data: bytes, place: int) -> Invalid:
    line = data[:place].count(b"\n") + 1
    message = f"UTF-8 でも Shift_JIS（CP932）でもありません（{line}行目）。"
    return invalid("/file", "encoding", message, "UTF-8 で保存し直してください。")


def read_rows(data: bytes, mapping: ColumnMapping) -> list[OfficialRow]:
    """Every line of the file. Raises Invalid with every fault, each at /rows/<line>/<column>."""
    reader = csv.reader(io.StringIO(decode(data), newline=""), strict=True)
    faults: list[FieldFault] = []
    rows: list[OfficialRow] = []
    seen: dict[str, int] = {}
    places: dict[str, int] | None = None if mapping.heading else _numbered(mapping)
    line = 0
    try:
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if places is None:
                places = _placed(mapping, cells, faults)
                continue
            row = _row(mapping, places, cells, line, faults)
            if row is None:
                continue
            if (first := seen.setdefault(row.number, line)) != line:
                message = f"{row.number} は{first}行目にもあります。"
                faults.append(
                    FieldFault(f"/rows/{line}/number", "duplicate", message, "一つにしてください。")
                )
            rows.append(row)
    except csv.Error as error:
        message = f"CSVとして読めません（{error}）。"
        faults.append(FieldFault(f"/rows/{line + 1}", "csv", message, "引用符を確かめてください。"))
    if not rows and not faults:
        faults.append(FieldFault("/file", "empty", "一行もありません。", "中身を確かめてください。"))
    if faults:
        raise Invalid(faults)
    return rows


def _numbered(mapping: ColumnMapping) -> dict[str, int]:
    return {name: int(place) - 1 for name, place in {**mapping.columns, **mapping.facts}.items()}


def _placed(mapping: ColumnMapping, headings: Sequence[str], faults: list[FieldFault]) -> dict[str, int]:
    """Where each column is, by the headings; a heading that is not there is a fault."""
    known = {unicodedata.normalize("NFKC", clean(text)): place for place, text in enumerate(headings)}
    found = {}
    for name, wanted in {**mapping.columns, **mapping.facts}.items():
        place = known.get(unicodedata.normalize("NFKC", str(wanted)))
        if place is None:
            message = f"「{wanted}」という見出しの列がありません。"
            remedy = f"ある見出し: {'、'.join(printable(text, 20) for text in headings)}"
            faults.append(FieldFault(f"/rows/1/{name}", "columns", message, remedy))
        else:
            found[name] = place
    return found


def _row(
    mapping: ColumnMapping,
    places: Mapping[str, int],
    cells: Sequence[str],
    line: int,
    faults: list[FieldFault],
) -> OfficialRow | None:
    before = len(faults)

    def fault(column: str, code: str, message: str, remedy: str = "") -> None:
        faults.append(FieldFault(f"/rows/{line}/{column}", code, message, remedy))

    if places and max(places.values()) >= len(cells):
        fault("", "columns", f"{len(cells)}列しかありません。", f"{max(places.values()) + 1}列が必要です。")
        return None
    given = {name: clean(cells[place]) for name, place in places.items()}
    for name, value in given.items():
        if (refused := first_refused(value, multiline=name in mapping.facts)) is not None:
            fault(
                name,
                "characters",
                f"使えない文字 {name_of(refused)} があります。",
                "文字コードを確かめてください。",
            )
        elif len(value) > LONGEST:
            fault(name, "too_long", f"{len(value)}字あります。", f"{LONGEST}字までです。")
    for name in REQUIRED:
        if name in given and not given[name]:
            fault(name, "required", "空です。", "値を入れてください。")
    number = _digits(given.get("number", ""))
    if number and (trouble := _number_trouble(mapping.list_name, number)):
        fault("number", "format", f"「{printable(number)}」は{trouble}", "先頭の0を落としていませんか。")
    for name in ("corporate_number", "successor_number"):
        value = _digits(given.get(name, ""))
        if value and not cn.is_valid(value):
            fault(
                name,
                "format",
                f"「{printable(value)}」は法人番号ではありません。",
                "13桁と検査数字を確かめてください。",
            )
    status = mapping.statuses.get(given.get("status", "")) if "status" in places else "active"
    if status is None:
        remedy = "対応表の [status] に書き足すか、値を直してください。"
        fault("status", "unknown_term", f"「{printable(given['status'])}」という状態を知りません。", remedy)
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until"):
        try:
            days[name] = parse_date(given[name]) if given.get(name) else None
        except DateUnreadable as unreadable:
            fault(name, "date", unreadable.reason, unreadable.remedy)
    if len(faults) > before or status is None:
        return None
    return OfficialRow(
        line=line,
        number=number,
        name=given.get("name", ""),
        corporate_number=_digits(given.get("corporate_number", ""))
        or (number if mapping.list_name == "corporate_numbers" else ""),
        status=status,
        successor_number=_digits(given.get("successor_number", "")),
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
        facts={name: given[name] for name in mapping.facts if given.get(name)},
    )


def _digits(value: str) -> str:
    """Full-width digits and letters as half-width ones: １２３ → 123."""
    return unicodedata.normalize("NFKC", value)


def _number_trouble(list_name: str, number: str) -> str:
    if list_name == "corporate_numbers" and not cn.is_valid(number):
        return "法人番号ではありません（13桁か検査数字が違います）。"
    if list_name == "qualifications" and not (len(number) == 10 and number.isascii() and number.isdigit()):
        return "業者コード（半角数字10桁）ではありません。"
    return ""
