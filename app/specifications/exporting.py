"""Versions and differences as files: JSON by the published schema, xlsx and CSV for spreadsheets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlmodel import Session

from app.kit.table_writing import Value, WorkbookWriter, csv_bytes
from app.specifications import repository
from app.specifications.comparing import Comparison
from app.specifications.views import SpecificationView, VersionView
from catalogue_schema.requirements import KINDS, LEVELS_AT_MOST, OBLIGATIONS, SIZE_CLASSES, Requirement
from catalogue_schema.specification_document import FORMAT, requirement_json

FORMATS: Final = ("json", "xlsx", "csv")
MARKS: Final = {code: mark for code, (mark, _) in OBLIGATIONS.items()}
HEADERS: Final = (
    "ID",
    "種類",
    *(f"分類{level}" for level in range(1, LEVELS_AT_MOST + 1)),
    "要件",
    *SIZE_CLASSES.values(),
    "適合基準日",
    "備考",
)
MAPPING: Final = f"""[[sheets]]
name = "要件"
fill_down = false
[sheets.columns]
key = "ID"
kind = "種類"
category = [{", ".join(f'"分類{level}"' for level in range(1, LEVELS_AT_MOST + 1))}]
text = "要件"
note = "備考"
conform_by = "適合基準日"
[sheets.columns.obligation]
designated_city = "指定都市"
core_city = "中核市"
general = "一般市区町村"
"""
"""The mapping by which a file that was exported here is imported again."""


def document(session: Session, view: SpecificationView, version: VersionView) -> dict[str, Any]:
    """The version as JSON by the published schema."""
    return {
        "format": FORMAT,
        "specification": {
            "key": view.key,
            "title": view.title,
            "business_area": view.business_area,
            "ministry": view.ministry,
            "id_scheme": view.id_scheme,
            "sample": view.sample,
            "page_url": view.page_url,
        },
        "version": {
            "number": version.number,
            "status": version.status,
            "published_on": version.published_on.isoformat() if version.published_on else None,
            "conform_by": version.conform_by.isoformat() if version.conform_by else None,
            "errata": version.errata,
            "corrects": version.corrects,
            "based_on": version.based_on,
            "sources": [dict(source) for source in version.sources],
            "renumbered": dict(version.renumbered),
        },
        "requirements": [requirement_json(item) for item in repository.requirements_of(session, version.id)],
    }


def file_of(session: Session, view: SpecificationView, version: VersionView, wanted: str) -> bytes:
    """The version as a file of one of FORMATS."""
    if wanted == "json":
        text = json.dumps(document(session, view, version), ensure_ascii=False, indent=1)
        return (text + "\n").encode()
    items = repository.requirements_of(session, version.id)
    if wanted == "csv":
        return csv_bytes(HEADERS, map(_line, items))
    writer = WorkbookWriter()
    writer.sheet("要件", HEADERS, map(_line, items))
    writer.sheet("この版について", ("項目", "内容"), _about(view, version))
    return _saved(writer)


def _line(item: Requirement) -> tuple[Value, ...]:
    levels = [*item.category, *[""] * LEVELS_AT_MOST][:LEVELS_AT_MOST]
    marks = [MARKS.get(item.obligation.get(size_class, ""), "") for size_class in SIZE_CLASSES]
    return (item.key, KINDS[item.kind], *levels, item.text, *marks, item.conform_by, item.note)


def _about(view: SpecificationView, version: VersionView) -> Iterator[tuple[Value, ...]]:
    yield "標準仕様書", view.title + ("（見本）" if view.sample else "")
    yield "所管", view.ministry
    yield "版", version.number
    yield "公表日", version.published_on
    yield "適合基準日", version.conform_by
    for source in version.sources:
        yield "出典", f"{source['title']} {source.get('url', '')}".strip()
    if version.errata:
        yield "正誤", version.errata


def difference_lines(
    comparison: Comparison,
) -> list[tuple[str, str, str, Requirement | None, Requirement | None]]:
    """Every difference as one line: what, the ID before, the ID now, the requirement before and now."""
    found = comparison.differences
    lines: list[tuple[str, str, str, Requirement | None, Requirement | None]] = []
    lines += [("追加", "", item.key, None, item) for item in found.added]
    lines += [("削除", item.key, "", item, None) for item in found.removed]
    for change in found.changed:
        said = "・".join(name for member, name in CHANGES.items() if member in change.members)
        lines.append((said, change.before.key, change.after.key, change.before, change.after))
    return lines


CHANGES: Final = {
    "text": "本文の変更",
    "obligation": "義務の変更",
    "key": "IDの変更",
    "kind": "種類の変更",
    "category": "分類の変更",
    "conform_by": "適合基準日の変更",
    "note": "備考の変更",
}
"""What a changed member of a requirement is called."""


def differences_file(comparison: Comparison) -> bytes:
    """The differences as an xlsx file."""
    writer = WorkbookWriter()
    headers = ["変更", "変更前のID", "変更後のID", "種類", "分類", "変更前", "変更後"]
    for name in SIZE_CLASSES.values():
        headers += [f"{name} 変更前", f"{name} 変更後"]
    writer.sheet("差分", headers, map(_difference_line, difference_lines(comparison)))
    suggested = [
        (each.before.key, each.after.key, f"{each.likeness:.0%}", each.before.text, each.after.text)
        for each in comparison.differences.suggested
    ]
    writer.sheet("IDの変更かもしれないもの", ("前のID", "今のID", "近さ", "前の本文", "今の本文"), suggested)
    return _saved(writer)


def _difference_line(
    line: tuple[str, str, str, Requirement | None, Requirement | None],
) -> Sequence[Value]:
    said, old_key, new_key, before, after = line
    shown = after or before
    assert shown is not None  # a line is of one requirement at least
    cells: list[Value] = [said, old_key, new_key, KINDS[shown.kind], " ＞ ".join(shown.category)]
    cells += [before.text if before else "", after.text if after else ""]
    for size_class in SIZE_CLASSES:
        for item in (before, after):
            cells.append(MARKS.get(item.obligation.get(size_class, ""), "") if item else "")
    return cells


def _saved(writer: WorkbookWriter) -> bytes:
    target = io.BytesIO()
    writer.save(target)
    return target.getvalue()
