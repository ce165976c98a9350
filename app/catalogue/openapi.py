"""What the description says because of the schema: one parameter for each facet, and the answers of a listing."""

from __future__ import annotations

from typing import Any

from app.catalogue.facets import CatalogueFacet, catalogue_facets, parameters_of, sorts
from app.catalogue.query import LIMIT, LIMIT_AT_MOST
from catalogue_schema import Schema
from catalogue_schema.model import SUBJECTS
from search.engine import MAXIMUM_QUERY_LENGTH, ROTATIONS

SEARCH = "/api/v1/search"
ANSWERS = {"software": "SoftwareAnswers", "offer": "OfferAnswers"}
"""Names of the answers' schemas under components."""


def describe(document: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """Complete the document in place, so that a field added to the schema is described without code."""
    operation = document.get("paths", {}).get(SEARCH, {}).get("get")
    if operation is not None:
        operation["parameters"] = _plain(schema) + [
            parameter for facet in catalogue_facets(schema).values() for parameter in _facet(schema, facet)
        ]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for subject in SUBJECTS:
        answers = schema.json_schema(subject, mode="draft")
        answers.pop("$schema", None)
        schemas[ANSWERS[subject]] = answers
    _link(document, schemas)
    return document


def _link(document: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Where a request's body has free `answers` under /software or /offers, name their schema."""
    for path, operations in document.get("paths", {}).items():
        subject = {"software": "software", "offers": "offer"}.get(path.removeprefix("/api/v1/").split("/")[0])
        for operation in operations.values() if subject else ():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
                properties = schemas.get(name, {}).get("properties", {})
                if subject and "answers" in properties:
                    about = (
                        f"JSON Schema: #/components/schemas/{ANSWERS[subject]}（/api/v1/schemas/{subject}）"
                    )
                    properties["answers"] = {**properties["answers"], "description": about}


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _plain(schema: Schema) -> list[dict[str, Any]]:
    return [
        _parameter(
            "q",
            '探す言葉。空白で区切ると全てを含むもの、"…" はその並び、-… は除くもの',
            {"type": "string", "maxLength": MAXIMUM_QUERY_LENGTH},
        ),
        _parameter("page", "ページ（1から）", {"type": "integer", "minimum": 1, "default": 1}),
        _parameter(
            "limit",
            "1ページの件数",
            {"type": "integer", "minimum": 1, "maximum": LIMIT_AT_MOST, "default": LIMIT},
        ),
        _parameter(
            "sort",
            "並べ方（- は大きい順・新しい順）",
            {"type": "string", "enum": list(sorts(schema)), "default": "relevance"},
        ),
        _parameter(
            "order",
            "同順位の並びの番号（応答の order を渡すと同じ並びになります）",
            {"type": "integer", "minimum": 0, "maximum": ROTATIONS - 1},
        ),
        _parameter(
            "strict", "1にすると、少ないときにも条件を広げません", {"type": "string", "enum": ["0", "1"]}
        ),
    ]


def _facet(schema: Schema, facet: CatalogueFacet) -> list[dict[str, Any]]:
    if facet.kind == "range":
        return [
            _parameter(name, f"{facet.label}の{side}（{facet.unit or '数'}）", {"type": "number"})
            for name, side in zip(parameters_of(facet), ("下限", "上限"), strict=True)
        ]
    item: dict[str, Any] = {"type": "string"}
    if facet.kind == "flag":
        item["enum"] = ["true"]
    elif facet.vocabulary is not None:
        item["enum"] = [term.code for term in schema.vocabulary(facet.vocabulary).terms]
    parameter = _parameter(
        facet.name, f"{facet.label}（繰り返すと「または」）", {"type": "array", "items": item}
    )
    return [parameter | {"style": "form", "explode": True}]
