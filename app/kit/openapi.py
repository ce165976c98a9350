"""What every operation's description says alike: its summary, and the refusals with an example of each."""

from __future__ import annotations

from typing import Any

from app.kit import errors
from app.kit.errors import FieldFault, Problem

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details. 422 has `errors` with a JSON pointer to every fault.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message", "remedy"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "message", "remedy")},
            },
        },
    },
}
_CREDENTIAL = (errors.Unauthenticated(), errors.Forbidden(), errors.TooManyRequests())
_FAULT = FieldFault("/answers/name", "required", "「名称」は必要です。", "名称を入れてください。")


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Complete the document that FastAPI generated, in place: summaries from docstrings, refusals with examples."""
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    document["components"]["schemas"].pop("HTTPValidationError", None)
    document["components"]["schemas"].pop("ValidationError", None)
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if isinstance(operation, dict):
                _complete_operation(path, method, operation)
    return document


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    first, _, rest = str(operation.get("description", "")).partition("\n")
    if first:
        operation["summary"] = first.rstrip("。")
        if rest.strip():
            operation["description"] = rest.strip()
        else:
            operation.pop("description", None)
    responses = operation.setdefault("responses", {})
    for problem in _problems(path, method, operation):
        status = str(problem.status)
        known = responses.get(status, {})
        example = problem.body(instance=path) | {"request_id": "0123456789abcdef"}
        media = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
        responses[status] = {
            "description": known.get("description", problem.title) if status != "422" else problem.title,
            "content": {"application/problem+json": media},
        }


def _problems(path: str, method: str, operation: dict[str, Any]) -> list[Problem]:
    """The refusals that an operation of this shape can give."""
    found: list[Problem] = [*_CREDENTIAL, errors.Invalid([_FAULT]), errors.Unavailable()]
    parameters = {str(each.get("name", "")).lower() for each in operation.get("parameters", ())}
    # What is named in a path, a query (`ids`) or a body may not be there; a query may be unreadable (`cursor`).
    found += [errors.NotFound(), errors.Malformed()]
    if "{" in path or "ids" in parameters or "requestBody" in operation:
        found.append(errors.Gone(id="sw_0123", kind="withdrawn", ended_on="2026-11-01", note=""))
    if method != "get":
        found += [errors.Conflict(), errors.TooLarge(limit=1_048_576)]
    if "requestBody" in operation:
        found.append(errors.UnsupportedMedia())
    if method in ("patch", "put", "delete") or "if-match" in parameters:
        found += [errors.PreconditionFailed(current='"1-2"'), errors.PreconditionRequired()]
    return found
