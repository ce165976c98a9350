"""The declarations as JSON Schema 2020-12, for API clients and the OpenAPI description.

It says all that JSON Schema can say; what it cannot (order of dates, unique names, kana) stays with
validation.
"""

from __future__ import annotations

from typing import Any

from catalogue_schema.declarations import Declarations
from catalogue_schema.model import Field as SchemaField
from catalogue_schema.model import Mode, Question

_TITLES = {"software": "ソフトウェアの登録内容", "offer": "サービス（価格）の登録内容"}
_ONE_LINE = r"^[^\u0000-\u001F\u007F-\u009F]*$"
_LINES = r"^[^\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F-\u009F]*$"


def build(declared: Declarations, subject: str, base_url: str, mode: Mode) -> dict[str, Any]:
    """The schema of one subject; ``mode="draft"`` requires nothing. ``$id`` only with a ``base_url``."""
    fields = declared.fields(subject)
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if base_url:
        schema["$id"] = f"{base_url.rstrip('/')}/{subject}/{declared.version}"
    schema |= {
        "title": _TITLES[subject],
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _field(declared, field, mode) for field in fields},
        "x-version": declared.version,
    }
    required = [field.name for field in fields if field.required]
    if mode == "complete" and required:
        schema["required"] = required
    return schema


def _field(declared: Declarations, field: SchemaField, mode: Mode) -> dict[str, Any]:
    result = _labels(field)
    result["x-group"] = field.group
    result["x-change"] = {"never": "major", "always": "minor"}.get(field.change.minor, field.change.minor)
    if field.kind != "rows":
        return result | _value(declared, field, mode)
    columns: dict[str, Any] = {
        column.name: _labels(column) | _value(declared, column, mode) for column in field.columns
    }
    item: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": columns}
    required = [column.name for column in field.columns if column.required]
    if mode == "complete" and required:
        item["required"] = required
    result |= {"type": "array", "maxItems": field.max_rows, "items": item}
    return result | ({"minItems": 1} if field.required and mode == "complete" else {})


def _labels(question: Question) -> dict[str, Any]:
    result: dict[str, Any] = {
        "title": question.label_ja,
        "x-label-en": question.label_en,
        "x-kind": question.kind,
    }
    if question.hint_ja:
        result["description"] = question.hint_ja
    if question.unit or question.kind == "money":
        result["x-unit"] = question.unit or "円"
    return result


def _value(declared: Declarations, question: Question, mode: Mode) -> dict[str, Any]:
    match question.kind:
        case "integer" | "money":
            return {"type": "integer", "minimum": question.minimum, "maximum": question.maximum}
        case "decimal":
            places = rf"(\.[0-9]{{1,{question.places}}}0*)?" if question.places else ""
            sign = "-?" if question.minimum < 0 else ""
            # A string, since a number in JSON may pass through a binary fraction on its way.
            return {"type": "string", "pattern": f"^{sign}(0|[1-9][0-9]{{0,12}}){places}$", "maxLength": 35}
        case "boolean":
            return {"type": "boolean"}
        case "choice":
            return _terms(declared, question)
        case "choices":
            items = {"type": "array", "items": _terms(declared, question), "uniqueItems": True}
            return items | {"maxItems": question.max_items} | _minimum(question, mode, "minItems")
        case "date":
            return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        case _:
            return _text(question) | _minimum(question, mode, "minLength")


def _minimum(question: Question, mode: Mode, keyword: str) -> dict[str, Any]:
    return {keyword: 1} if question.required and mode == "complete" else {}


def _terms(declared: Declarations, question: Question) -> dict[str, Any]:
    current = declared.vocabulary_of(question).current()
    return {
        "type": "string",
        "oneOf": [{"const": term.code, "title": term.ja, "x-label-en": term.en} for term in current],
    }


def _text(question: Question) -> dict[str, Any]:
    result: dict[str, Any] = {"type": "string", "maxLength": question.max_length}
    match question.kind:
        case "url":
            return result | {"format": "uri", "pattern": "^https?://"}
        case "email":
            return result | {"format": "email"}
        case "telephone":
            return result | {"pattern": r"^[0-9+][0-9-]*$"}
        case "long_text":
            return result | {"pattern": _LINES}
        case _:
            return result | {"pattern": _ONE_LINE}
