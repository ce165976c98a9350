"""The mapping file of a specification: what the file is about, and which sheet and column of it is what (TOML)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.kit.errors import FieldFault, Invalid, invalid
from catalogue_schema.requirements import KINDS, MARKS, OBLIGATIONS, SIZE_CLASSES
from catalogue_schema.text import printable

LAYOUTS: Final = {"table": "1行に1つの要件", "prose": "項番ごとの文章と、3つの一覧"}
PROSE_LISTS: Final = {
    "required": "実装すべき機能",
    "optional": "実装してもしなくても良い機能",
    "prohibited": "実装しない機能",
}
"""The three lists of first-generation specifications, by the obligation that they stand for."""
LONGEST: Final = 20_000
"""Characters of a mapping file."""
_TABLE_COLUMNS: Final = frozenset({"key", "category", "text", "note", "conform_by", "kind", "obligation"})
_PROSE_COLUMNS: Final = frozenset({"section", "title", "category", "text", "note", *PROSE_LISTS})
_SHEET: Final = frozenset({"name", "layout", "kind", "header", "first", "columns", "kinds", "fill_down"})
_SPECIFICATION: Final = frozenset(
    {"key", "title", "business_area", "ministry", "id_scheme", "sample", "page_url"}
)
_VERSION: Final = frozenset(
    {"number", "published_on", "conform_by", "sources", "errata", "corrects", "based_on"}
)


@dataclass(frozen=True)
class SheetMapping:
    """One sheet: where its columns are, by their headings, or `@C` for the column C."""

    name: str
    """The title of the sheet; empty in a CSV file."""
    layout: str
    kind: str
    """The kind of every requirement of the sheet, where no column says it."""
    columns: Mapping[str, tuple[str, ...]]
    """`obligation/general` and the like for a column per size class, `obligation` for one column for all."""
    header: int | None = None
    """The last row of the headings; None: it is looked for."""
    first: int | None = None
    """The first row with data; None: the one after the headings."""
    fill_down: bool = True
    """Whether an empty category is that of the row above."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """What stands in the column `kind` → the kind."""


@dataclass(frozen=True)
class ImportMapping:
    """A whole mapping file."""

    sheets: tuple[SheetMapping, ...]
    marks: Mapping[str, str]
    """Every mark → its obligation: the usual ones and those that the file adds. An empty text is an empty cell."""
    specification: Mapping[str, Any] = field(default_factory=dict)
    version: Mapping[str, Any] = field(default_factory=dict)


def read_mapping(text: str) -> ImportMapping:
    """The mapping. Raises Invalid with every fault, each at /mapping/…"""
    if len(text) > LONGEST:
        raise invalid("/mapping", "too_long", f"{len(text):,}字あります。", f"{LONGEST:,}字までです。")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"TOMLとして読めません（{error}）。"
        raise invalid("/mapping", "unreadable", message, "書き方を確かめてください。") from error
    reader = _Reader()
    reader.only("", data, {"specification", "version", "marks", "sheets"})
    sheets = data.get("sheets", [])
    if not isinstance(sheets, list) or not sheets or not all(isinstance(each, dict) for each in sheets):
        reader.fault("sheets", "読むシートが決まっていません。", "[[sheets]] を一つ以上書いてください。")
        sheets = []
    found = tuple(reader.sheet(f"sheets/{index}", each) for index, each in enumerate(sheets))
    names = [sheet.name for sheet in found]
    if len(set(names)) != len(names):
        reader.fault("sheets", "同じ名前のシートが2つあります。", "シートごとに1つにしてください。")
    marks = reader.marks(data.get("marks", {}))
    specification = reader.part("specification", data.get("specification", {}), _SPECIFICATION)
    version = reader.part("version", data.get("version", {}), _VERSION)
    if reader.faults:
        raise Invalid(reader.faults)
    return ImportMapping(found, marks, specification, version)


class _Reader:
    """Collects the faults."""

    def __init__(self) -> None:
        self.faults: list[FieldFault] = []

    def fault(self, where: str, message: str, remedy: str, code: str = "mapping") -> None:
        self.faults.append(FieldFault(f"/mapping/{where}", code, message, remedy))

    def only(self, where: str, given: Mapping[str, Any], known: set[str] | frozenset[str]) -> None:
        for name in given:
            if name not in known:
                place = f"{where}/{name}" if where else name
                message = f"{printable(name, 40)} という項目はありません。"
                self.fault(place, message, "、".join(sorted(known)))

    def part(self, where: str, given: Any, known: frozenset[str]) -> Mapping[str, Any]:
        if not isinstance(given, dict):
            self.fault(where, f"{where} は項目の組です。", f"[{where}] の下に書いてください。")
            return {}
        self.only(where, given, known)
        return given

    def marks(self, given: Any) -> Mapping[str, str]:
        if not isinstance(given, dict):
            self.fault("marks", "marks は印と意味の組です。", '[marks] の下に "◎" = "required" と書きます。')
            return MARKS
        for mark, meaning in given.items():
            if meaning not in OBLIGATIONS:
                message = f"「{printable(meaning, 30)}」という義務はありません。"
                self.fault(f"marks/{mark}", message, "、".join(OBLIGATIONS))
        return {**MARKS, **{str(mark): str(meaning) for mark, meaning in given.items()}}

    def sheet(self, where: str, given: Mapping[str, Any]) -> SheetMapping:
        self.only(where, given, _SHEET)
        layout = given.get("layout", "table")
        if layout not in LAYOUTS:
            message = f"「{printable(layout, 30)}」という並び方はありません。"
            self.fault(f"{where}/layout", message, "、".join(LAYOUTS))
        kind = given.get("kind", "function")
        if kind not in KINDS:
            message = f"「{printable(kind, 30)}」という種類はありません。"
            self.fault(f"{where}/kind", message, "、".join(KINDS))
        for name in ("header", "first"):
            number = given.get(name)
            if number is not None and (not isinstance(number, int) or number < 1 or number > 1000):
                self.fault(f"{where}/{name}", "行は1から1000までの整数です。", "表計算で見える行番号です。")
        if not isinstance(given.get("fill_down", True), bool):
            self.fault(f"{where}/fill_down", "true か false です。", "分類の空欄を上の行で補うかどうかです。")
        kinds = given.get("kinds", {})
        for raw, meaning in kinds.items() if isinstance(kinds, dict) else ():
            if meaning not in KINDS:
                message = f"「{printable(meaning, 30)}」という種類はありません。"
                self.fault(f"{where}/kinds/{raw}", message, "、".join(KINDS))
        columns = self._columns(f"{where}/columns", given.get("columns"), str(layout))
        return SheetMapping(
            name=str(given.get("name", "")).strip(),
            layout=str(layout),
            kind=str(kind),
            columns=columns,
            header=given.get("header"),
            first=given.get("first"),
            fill_down=given.get("fill_down", True) is True,
            kinds={str(raw): str(meaning) for raw, meaning in kinds.items()}
            if isinstance(kinds, dict)
            else {},
        )

    def _columns(self, where: str, given: Any, layout: str) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(given, dict):
            self.fault(
                where,
                "列が決まっていません。",
                f"[sheets.columns] に {self._needs(layout)} を書いてください。",
            )
            return {}
        known = _PROSE_COLUMNS if layout == "prose" else _TABLE_COLUMNS
        self.only(where, given, known)
        columns: dict[str, tuple[str, ...]] = {}
        for name, value in given.items():
            if name == "obligation" and isinstance(value, dict):
                for size_class, heading in value.items():
                    if size_class not in SIZE_CLASSES:
                        message = f"{printable(size_class, 30)} という団体区分はありません。"
                        self.fault(f"{where}/obligation", message, "、".join(SIZE_CLASSES))
                    self._heading(
                        columns, f"{where}/obligation/{size_class}", f"obligation/{size_class}", heading
                    )
                for size_class in SIZE_CLASSES:
                    if size_class not in value:
                        message = f"{SIZE_CLASSES[size_class]}の列が決まっていません。"
                        self.fault(f"{where}/obligation/{size_class}", message, "列を書いてください。")
            else:
                self._heading(columns, f"{where}/{name}", name, value)
        missing = _missing(columns, layout)
        if missing:
            self.fault(
                where,
                f"列が足りません（{'、'.join(missing)}）。",
                "見出しの名前を書いてください。",
                "required",
            )
        return columns

    def _heading(self, columns: dict[str, tuple[str, ...]], where: str, name: str, value: Any) -> None:
        several: Sequence[Any] = value if isinstance(value, list) and name == "category" else [value]
        if not several or not all(isinstance(each, str) and each.strip() for each in several):
            self.fault(
                where, "列の書き方が違います。", "見出しの名前か、@C のように列の文字で書いてください。"
            )
            return
        columns[name] = tuple(each.strip() for each in several)

    @staticmethod
    def _needs(layout: str) -> str:
        return "section と text" if layout == "prose" else "key、text、obligation"


def _missing(columns: Mapping[str, tuple[str, ...]], layout: str) -> list[str]:
    if layout == "prose":
        lists = "text" in columns or any(name in columns for name in PROSE_LISTS)
        return [name for name in ("section",) if name not in columns] + ([] if lists else ["text"])
    marked = any(name.startswith("obligation") for name in columns)
    return [name for name in ("key", "text") if name not in columns] + ([] if marked else ["obligation"])
