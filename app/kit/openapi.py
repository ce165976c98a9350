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
_PARAMETERS = {
    "action": "software.registered",
    "cursor": "InN3XzAxSkRGMCI",
    "format": "json",
    "object_type": "software",
    "limit": 20,
    "page": 1,
    "prefecture": "東京都",
    "q": "窓口",
}
"""Examples of parameters by name; those that name a thing are made from its prefix, below."""
_PREFIXES = {
    "ids": "sw",
    "object": "sw",
    "offers": "of",
    "organisation": "org",
    "owner": "org",
    "software": "sw",
    "vendor": "org",
}
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
    for parameter in operation.get("parameters", ()):
        _exemplify(parameter)
    responses = operation.setdefault("responses", {})
    refusals: dict[str, list[Problem]] = {}
    for problem in _problems(path, method, operation):
        refusals.setdefault(str(problem.status), []).append(problem)
    for status, problems in refusals.items():
        known = responses.get(status, {})
        title = problems[0].title
        responses[status] = {
            "description": known.get("description", title) if status != "422" else title,
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {
                        problem.slug: {
                            "summary": problem.title,
                            "value": problem.body(instance=path) | {"request_id": "0123456789abcdef"},
                        }
                        for problem in problems
                    },
                }
            },
        }


def _exemplify(parameter: dict[str, Any]) -> None:
    """Give a parameter of the query an example where it has none: by its name, of its list, its default, a number."""
    schema = parameter.get("schema", {})
    if parameter.get("in") != "query" or {"example", "examples"} & set(parameter) or "examples" in schema:
        return
    choices = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    several = choices[0].get("type") == "array"
    item = choices[0]["items"] if several else choices[0]
    name = str(parameter["name"])
    kind = name.removesuffix("_id")
    if "enum" in item:
        example: Any = item["enum"][0]
    elif kind in _PREFIXES:
        example = f"{_PREFIXES[kind]}_01JDF000000000000000000000"
    elif name in _PARAMETERS:
        example = _PARAMETERS[name]
    else:
        numbers = {"integer": item.get("minimum", 1), "number": 1, "boolean": True}
        example = schema.get("default", numbers.get(str(item.get("type"))))
    if example is not None:
        parameter["example"] = [example] if several else example


def _problems(path: str, method: str, operation: dict[str, Any]) -> list[Problem]:
    """The refusals that an operation of this shape can give."""
    found: list[Problem] = [
        errors.Unauthenticated(),
        errors.Forbidden(),
        errors.Invalid([_FAULT]),
        errors.Unavailable(),
    ]
    parameters = {str(each.get("name", "")).lower() for each in operation.get("parameters", ())}
    # What is named in a path, a query (`ids`) or a body may not be there; a query may be unreadable (`cursor`).
    found += [errors.NotFound(), errors.Malformed()]
    if "{" in path or parameters & {"ids", "changed_since"} or "requestBody" in operation:
        found.append(errors.Gone(id="sw_0123", kind="withdrawn", ended_on="2026-11-01", note=""))
    if method != "get":
        found += [errors.StepUpRequired(), errors.CrossSite()]
        found += [
            errors.Conflict(),
            errors.TransitionRefused(verb="withdraw", state="draft", allowed=["submit"]),
        ]
        found.append(errors.TooLarge(limit=1_048_576))
    if "idempotency-key" in parameters:
        found.append(errors.IdempotencyConflict())
    if "requestBody" in operation:
        found.append(errors.UnsupportedMedia())
    # `If-Match` is asked for where others edit the same (PATCH), and obeyed where it is sent to others.
    if "if-match" in parameters:
        found.append(errors.PreconditionFailed(current='"1-2"'))
        if method == "patch":
            found.append(errors.PreconditionRequired())
    return found
