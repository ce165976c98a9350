"""A version of a standard specification as one JSON document: its published schema, reading, writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from catalogue_schema.dates import DateUnreadable, parse_date
from catalogue_schema.requirements import (
    ID_SCHEMES,
    KEY_LONGEST,
    KINDS,
    LEVEL_LONGEST,
    LEVELS_AT_MOST,
    NOTE_LONGEST,
    OBLIGATIONS,
    REQUIREMENTS_AT_MOST,
    SIZE_CLASSES,
    TEXT_LONGEST,
    Requirement,
    doubled_keys,
    folded_key,
    requirement_faults,
)
from catalogue_schema.text import clean, printable

FORMAT: Final = "dmp-specification/1"
_MEMBERS: Final = frozenset({"key", "kind", "category", "text", "obligation", "conform_by", "note"})


@dataclass(frozen=True)
class DocumentFault:
    """One fault of a document: where (JSON pointer), which rule, why, and what would be right."""

    pointer: str
    code: str
    message: str
    remedy: str


def requirement_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one requirement."""
    return {
        "type": "object",
        "required": ["key", "kind", "text", "obligation"],
        "additionalProperties": False,
        "properties": {
            "key": {"type": "string", "maxLength": KEY_LONGEST, "description": "機能ID（7桁）など"},
            "kind": {"enum": list(KINDS), "description": "、".join(KINDS.values())},
            "category": {
                "type": "array",
                "maxItems": LEVELS_AT_MOST,
                "items": {"type": "string", "maxLength": LEVEL_LONGEST},
                "description": "大分類から順に",
            },
            "text": {"type": "string", "minLength": 1, "maxLength": TEXT_LONGEST},
            "obligation": {
                "type": "object",
                "required": list(SIZE_CLASSES),
                "additionalProperties": False,
                "properties": {
                    code: {"enum": list(OBLIGATIONS), "description": name}
                    for code, name in SIZE_CLASSES.items()
                },
            },
            "conform_by": {
                "type": ["string", "null"],
                "format": "date",
                "description": "この要件だけの適合基準日",
            },
            "note": {"type": "string", "maxLength": NOTE_LONGEST},
        },
    }


def document_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a document, as it is published."""
    text = {"type": "string"}
    day = {"type": ["string", "null"], "format": "date"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "標準仕様書の一つの版",
        "type": "object",
        "required": ["format", "requirements"],
        "additionalProperties": False,
        "properties": {
            "format": {"const": FORMAT},
            "specification": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(("key", "title", "business_area", "ministry", "page_url"), text),
                    "id_scheme": {"enum": list(ID_SCHEMES)},
                    "sample": {"type": "boolean"},
                },
            },
            "version": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "number": text,
                    "status": text,
                    "published_on": day,
                    "conform_by": {**day, "description": "適合基準日"},
                    "errata": {"type": "string", "description": "正誤の内容"},
                    "corrects": {"type": ["string", "null"], "description": "正す版の番号"},
                    "based_on": {"type": ["string", "null"], "description": "改める前の版の番号"},
                    "sources": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["title"],
                            "additionalProperties": False,
                            "properties": {"title": text, "url": text},
                        },
                    },
                    "renumbered": {
                        "type": "object",
                        "additionalProperties": text,
                        "description": "新しいID → 前の版でのID",
                    },
                },
            },
            "requirements": {
                "type": "array",
                "maxItems": REQUIREMENTS_AT_MOST,
                "items": requirement_schema(),
            },
        },
    }


def requirement_json(item: Requirement) -> dict[str, Any]:
    """A requirement as the document has it."""
    return {
        "key": item.key,
        "kind": item.kind,
        "category": list(item.category),
        "text": item.text,
        "obligation": {code: item.obligation[code] for code in SIZE_CLASSES if code in item.obligation},
        "conform_by": item.conform_by.isoformat() if item.conform_by else None,
        "note": item.note,
    }


def read_requirements(
    given: Sequence[Any], id_scheme: str, pointer: str = "/requirements"
) -> tuple[list[Requirement], list[DocumentFault]]:
    """The requirements of a document, and every fault."""
    faults: list[DocumentFault] = []
    found: list[Requirement] = []
    if len(given) > REQUIREMENTS_AT_MOST:
        message = f"要件が{len(given):,}件あります。"
        return [], [DocumentFault(pointer, "too_many", message, f"{REQUIREMENTS_AT_MOST:,}件までです。")]
    for index, value in enumerate(given):
        item, wrong = _read(value, f"{pointer}/{index}")
        faults += wrong
        if item is None:
            item = Requirement("", "function", "?", dict.fromkeys(SIZE_CLASSES, "not_applicable"))
        else:
            faults += [
                DocumentFault(f"{pointer}/{index}/{each.member}", each.code, each.message, each.remedy)
                for each in requirement_faults(item, id_scheme)
            ]
        found.append(item)
    for position, earlier in doubled_keys(found):
        message = f"ID {found[position].key} は{earlier + 1}番目の要件にもあります。"
        remedy = "どちらかのIDを直してください。"
        faults.append(DocumentFault(f"{pointer}/{position}/key", "duplicate", message, remedy))
    return found, faults


def _read(value: Any, pointer: str) -> tuple[Requirement | None, list[DocumentFault]]:
    if not isinstance(value, Mapping):
        fault = DocumentFault(pointer, "wrong_type", "要件はオブジェクトです。", "{…} の形で書いてください。")
        return None, [fault]
    faults = list(_type_faults(value, pointer))
    if faults:
        return None, faults
    obligation = value.get("obligation", {})
    day: date | None = None
    if value.get("conform_by"):
        try:
            day = parse_date(value["conform_by"])
        except DateUnreadable as refused:
            faults.append(DocumentFault(f"{pointer}/conform_by", "date", refused.reason, refused.remedy))
    item = Requirement(
        key=folded_key(value.get("key", "")),
        kind=value.get("kind", ""),
        text=clean(value.get("text", "")),
        obligation=dict(obligation),
        category=tuple(clean(level) for level in value.get("category", ())),
        conform_by=day,
        note=clean(value.get("note", "")),
    )
    return item, faults


def _type_faults(value: Mapping[str, Any], pointer: str) -> Iterator[DocumentFault]:
    for name in value:
        if name not in _MEMBERS:
            message = f"{printable(name, 40)} という項目はありません。"
            yield DocumentFault(pointer, "unknown_member", message, "、".join(sorted(_MEMBERS)))
    for name in ("key", "kind", "text", "note"):
        if not isinstance(value.get(name, ""), str):
            yield DocumentFault(
                f"{pointer}/{name}", "wrong_type", "文字列ではありません。", '"…" で書いてください。'
            )
    if not isinstance(value.get("conform_by"), str | None):
        message = "日付は文字列か null です。"
        yield DocumentFault(
            f"{pointer}/conform_by", "wrong_type", message, '"2028-04-01" のように書いてください。'
        )
    category = value.get("category", [])
    if not isinstance(category, list) or not all(isinstance(level, str) for level in category):
        yield DocumentFault(f"{pointer}/category", "wrong_type", "分類は文字列の並びです。", '["大分類", …]')
    obligation = value.get("obligation", {})
    if not isinstance(obligation, Mapping) or not all(isinstance(each, str) for each in obligation.values()):
        message = "義務は団体区分と義務の組です。"
        yield DocumentFault(f"{pointer}/obligation", "wrong_type", message, '{"general": "required", …}')
