"""The description (OpenAPI 3.1): complete, with valid examples, and with the names that others build on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

FIXED = (
    "/software",
    "/offers",
    "/organisations",
    "/agreements",
    "/reviews",
    "/search",
    "/comparisons",
    "/projects",
    "/projects/{}/searches",
    "/projects/{}/shortlist",
    "/projects/{}/selection",
    "/projects/{}/selection/confirmation",
    "/contracts",
    "/audit-events",
    "/tokens",
    "/me",
    "/schemas",
    "/jobs",
    "/jobs/{}/report",
    "/jobs/{}/cancellation",
    *(
        f"/software/{{}}/{verb}"
        for verb in (
            "submission",
            "recall",
            "withdrawal",
            "suspension",
            "resumption",
            "retirement",
            "sellers",
            "revisions",
        )
    ),
    *(
        f"/offers/{{}}/{verb}"
        for verb in (
            "submission",
            "recall",
            "withdrawal",
            "suspension",
            "resumption",
            "retirement",
            "revisions",
        )
    ),
    *(
        f"/agreements/{{}}/{verb}"
        for verb in ("signature", "acceptance", "suspension", "resumption", "termination")
    ),
    "/reviews/{}/claim",
    "/reviews/{}/decision",
    *(f"/contracts/{{}}/{verb}" for verb in ("confirmation", "dispute", "amendments", "termination")),
)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield f"{method.upper()} {path}", operation


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "components": document["components"]}


def _examples(document: dict[str, Any], media: dict[str, Any]) -> list[Any]:
    found = [media["example"]] if "example" in media else []
    found += [each["value"] for each in media.get("examples", {}).values()]
    schema = media.get("schema", {})
    for candidate in [schema, *schema.get("anyOf", ())]:
        name = str(candidate.get("$ref", "")).rpartition("/")[2]
        found += document["components"]["schemas"].get(name, candidate).get("examples", [])
    return found


def test_it_is_openapi_3_1_and_large_enough(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"]
    assert len(list(_operations(document))) >= 100
    assert all(path.startswith("/api/v1/") for path in document["paths"])


def test_the_fixed_names_are_there(document: dict[str, Any]) -> None:
    import re

    paths = {re.sub(r"\{[a-z_]+\}", "{}", path).removeprefix("/api/v1") for path in document["paths"]}
    assert [name for name in FIXED if name not in paths] == []


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    names = [operation.get("operationId") for _, operation in _operations(document)]
    assert len(set(names)) == len(names)
    for name, operation in _operations(document):
        assert operation.get("summary", "").strip(), name
        assert any("ぁ" <= letter <= "龥" for letter in operation["summary"]), f"{name}: not in Japanese"
        assert operation.get("tags"), name


def test_every_body_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    bodies = 0
    for name, operation in _operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            bodies += 1
            examples = _examples(document, media)
            assert examples, f"{name}: no example of its body"
            for example in examples:
                try:
                    jsonschema.validate(example, _resolved(document, media["schema"]))
                except jsonschema.ValidationError as error:
                    pytest.fail(f"{name}: its example is not valid: {error.message}")
    assert bodies >= 30


def test_every_error_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert "422" in errors or "401" in errors, name
        for status, answer in errors.items():
            assert set(answer["content"]) == {"application/problem+json"}, f"{name} {status}"
            media = answer["content"]["application/problem+json"]
            for slug, example in media["examples"].items():
                jsonschema.validate(example["value"], _resolved(document, media["schema"]))
                assert str(example["value"]["status"]) == status, f"{name} {status}"
                assert example["value"]["type"] == f"/problems/{slug}", f"{name} {status}"
                assert example["summary"], f"{name} {status}"


def test_only_refusals_that_can_come_are_named(document: dict[str, Any]) -> None:
    """As the requests of this service can be refused: nothing limits their rate, and versions are asked for by name."""
    for name, operation in _operations(document):
        headers = {each["name"].lower() for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert "429" not in operation["responses"], name
        assert ("412" in operation["responses"]) is ("if-match" in headers), name
        assert ("428" in operation["responses"]) is ("if-match" in headers and name.startswith("PATCH ")), (
            name
        )
        if name.startswith("GET "):
            assert "409" not in operation["responses"], name
            continue
        forbidden = operation["responses"]["403"]["content"]["application/problem+json"]["examples"]
        assert {"forbidden", "step-up-required", "cross-site"} == set(forbidden), name
        conflict = operation["responses"]["409"]["content"]["application/problem+json"]["examples"]
        assert ("idempotency-conflict" in conflict) is ("idempotency-key" in headers), name


def test_every_parameter_of_a_query_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    seen = 0
    for name, operation in _operations(document):
        for each in operation.get("parameters", ()):
            if each["in"] != "query":
                continue
            seen += 1
            examples = [each["example"]] if "example" in each else each["schema"].get("examples", [])
            examples += [one["value"] for one in each.get("examples", {}).values()]
            assert examples, f"{name}: no example of {each['name']}"
            for example in examples:
                jsonschema.validate(example, _resolved(document, each["schema"]))
    assert seen >= 40


def test_answers_are_described(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        good = {status: answer for status, answer in operation["responses"].items() if status < "400"}
        assert good, name
        for status, answer in good.items():
            assert status == "204" or answer.get("content"), f"{name} {status}"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    references = set(walk(document["paths"])) | set(walk(document["components"]))
    assert references
    for reference in references:
        if not reference.startswith("#/components/"):
            continue  # the answers' own JSON Schema names its parts in its own way
        _, kind, name = reference.removeprefix("#/").split("/")
        assert name in document["components"][kind], reference


def test_lists_page_by_cursor(document: dict[str, Any]) -> None:
    """A list that goes on takes `cursor` and `limit`, and answers `{items, next}`."""
    lists = 0
    for name, operation in _operations(document):
        parameters = {each["name"] for each in operation.get("parameters", ())}
        if "cursor" not in parameters:
            continue
        lists += 1
        assert "limit" in parameters, name
        reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert {"items", "next"} <= set(schema["properties"]), name
    assert lists >= 8


def test_what_is_patched_wants_and_gives_an_etag(document: dict[str, Any]) -> None:
    patches = 0
    for name, operation in _operations(document):
        if not name.startswith("PATCH "):
            continue
        patches += 1
        headers = {each["name"].lower() for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert "if-match" in headers, name
        assert {"412", "428"} <= set(operation["responses"]), name
    assert patches >= 5


def test_what_creates_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    created = 0
    for name, operation in _operations(document):
        if not name.startswith("POST ") or "201" not in operation["responses"]:
            continue
        created += 1
        headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert "Idempotency-Key" in headers, name
    assert created >= 12
