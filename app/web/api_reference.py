"""The OpenAPI description as plain views for a page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    """One parameter."""

    name: str
    place: str
    required: bool
    description: str
    allowed: str


@dataclass(frozen=True)
class Operation:
    """One operation; `example` is its request's body as JSON text, empty where it has none."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    example: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """The operations of one tag."""

    title: str
    operations: tuple[Operation, ...]


def reference(document: Mapping[str, Any]) -> tuple[Section, ...]:
    """Sections by tag, in the order of the description."""
    by_tag: dict[str, list[Operation]] = {}
    for path, operations in document.get("paths", {}).items():
        for method in _METHODS:
            operation = operations.get(method)
            if operation is not None:
                tag = (operation.get("tags") or ["その他"])[0]
                by_tag.setdefault(tag, []).append(_operation(document, path, method, operation))
    return tuple(Section(tag, tuple(found)) for tag, found in by_tag.items())


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]
) -> Operation:
    return Operation(
        id=operation.get("operationId", f"{method}-{path}"),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=tuple(_parameter(one) for one in operation.get("parameters", ())),
        example=_example(document, operation),
        answers=tuple(
            (status, answer.get("description", ""))
            for status, answer in sorted(operation.get("responses", {}).items())
        ),
    )


def _parameter(one: Mapping[str, Any]) -> Parameter:
    schema = one.get("schema", {})
    values = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    return Parameter(
        one["name"],
        {"query": "URL", "path": "住所", "header": "ヘッダー", "cookie": "クッキー"}.get(
            one["in"], one["in"]
        ),
        bool(one.get("required")),
        one.get("description") or schema.get("description") or "",
        "、".join(str(value) for value in values),
    )


def _example(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        schema = media.get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        target = document.get("components", {}).get("schemas", {}).get(name, schema)
        examples = [media["example"]] if "example" in media else target.get("examples", [])
        if examples:
            return json.dumps(examples[0], ensure_ascii=False, indent=2)
    return ""
