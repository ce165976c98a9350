"""Bad input over every route that takes a body: refused with problem+json that names the place, and nothing crashes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from httpx2 import Response

from app.main import FORM_AROUND_FILE, UPLOADS
from tests.access import table
from tests.access.asking import examples_of, filled
from tests.access.routes import RouteFacts
from tests.access.stage import Stage
from tests.access.table import Rule
from tests.world import Login

JSON = "application/json"
PROBLEM = "application/problem+json"
DEEP = '{"a":' * 20_000 + "1" + "}" * 20_000
WIDE = json.dumps({f"k{number}": number for number in range(50_000)})


def _targets(stage: Stage) -> list[tuple[RouteFacts, Rule, Login, str, Any]]:
    """Every API route with a JSON body, with somebody who may use it, its path and its example."""
    document = stage.running.app.openapi()
    examples = examples_of(document)
    found = []
    for name, rule in table.rules():
        route = RouteFacts(*name.split(" ", 1))
        if not route.is_api or name not in examples:
            continue
        if JSON not in document["paths"][route.path][route.method.lower()]["requestBody"]["content"]:
            continue  # a file: tests/bulk sends broken ones
        role = sorted(rule.own - {"visitor", "entry"})[0]
        login = stage.login(role)
        assert login is not None
        path = filled(route.path, stage.things(role, stage.own), rule.things)
        found.append((route, rule, login, path, examples[name]))
    assert len(found) >= 30
    return found


def _send(
    stage: Stage, login: Login | None, method: str, path: str, content: str | bytes, **headers: str
) -> Response:
    sent = {"Content-Type": JSON, "If-Match": "*", **headers}
    if login is not None:
        cookie = stage.running.settings.session_cookie
        sent |= {"Cookie": f"{cookie}={login.cookie}", "Sec-Fetch-Site": "same-origin"}
    answer = stage.running.visitor.request(method, path, content=content, headers=sent)
    stage.running.visitor.cookies.clear()
    return answer


def _check(answer: Response, statuses: tuple[int, ...], said: str) -> dict[str, Any]:
    assert answer.status_code in statuses, f"{said}: {answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"] == PROBLEM, said
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code, said
    assert problem["type"].startswith("/problems/"), said
    assert problem["title"], said
    assert problem["request_id"] == answer.headers["x-request-id"], said
    for fault in problem.get("errors", ()):
        assert set(fault) == {"pointer", "code", "message", "remedy"}, said
        assert fault["message"], said
        assert fault["remedy"], said
    return problem


@pytest.mark.parametrize(
    ("content", "statuses"),
    [
        ("", (400, 422)),
        ("{", (400,)),
        ("not json", (400,)),
        (b"\xff\xfe\x00", (400,)),
        (b'{"name": "\xff"}', (400,)),
        ('{"a": NaN}', (400, 422)),
        ('{"a": 1e999999}', (400, 422)),
        ("[" * 20_000, (400,)),
        (DEEP, (400, 422)),
        ("[]", (400, 422)),
        ("null", (400, 422)),
        ('"text"', (422,)),
        ("1", (422,)),
        ('{"no-such-field": 1}', (422,)),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_bodies_that_no_route_takes(
    api_stage: Stage, content: str | bytes, statuses: tuple[int, ...]
) -> None:
    for route, rule, login, path, _ in _targets(api_stage):
        answer = _send(api_stage, login, route.method, path, content)
        optional = content in ("", "null") and answer.status_code not in (400, 422)
        if optional:  # a body that may be left out
            assert answer.status_code < 500, path
            continue
        assert rule.own
        _check(answer, statuses, f"{route.method} {route.path} {content[:20]!r}")


def test_bodies_that_are_no_json(api_stage: Stage) -> None:
    for route, _, login, path, example in _targets(api_stage):
        for kind, content in (
            ("text/plain", json.dumps(example)),
            ("application/x-www-form-urlencoded", "name=a"),
            ("multipart/form-data; boundary=x", "--x--"),
            ("application/xml", "<a/>"),
        ):
            answer = _send(api_stage, login, route.method, path, content, **{"Content-Type": kind})
            _check(answer, (415, 422), f"{route.method} {route.path} as {kind}")


@pytest.mark.parametrize("character", ["\\ud800", "\\u0000", "\\u0007", "\\u202e"])
def test_characters_that_no_text_may_have(api_stage: Stage, character: str) -> None:
    """In every text of every example: refused where it is, or not text that anybody keeps."""
    asked = 0
    for route, _, login, path, example in _targets(api_stage):
        for pointer, changed in _texts(example, "MARK"):
            content = json.dumps(changed, ensure_ascii=True).replace("MARK", f"あ{character}い")
            answer = _send(api_stage, login, route.method, path, content.encode("utf-8"))
            said = f"{route.method} {route.path} {pointer}"
            asked += 1
            _check(answer, (400, 404, 409, 412, 422), said)
    assert asked >= 60


def _texts(value: Any, mark: str, pointer: str = "") -> list[tuple[str, Any]]:
    """The value with each of its strings replaced by the mark in turn."""
    if isinstance(value, str):
        return [(pointer, mark)]
    if isinstance(value, dict):
        return [
            (where, {**value, name: changed})
            for name, inner in value.items()
            for where, changed in _texts(inner, mark, f"{pointer}/{name}")
        ]
    if isinstance(value, list):
        return [
            (where, [*value[:index], changed, *value[index + 1 :]])
            for index, inner in enumerate(value)
            for where, changed in _texts(inner, mark, f"{pointer}/{index}")
        ]
    return []


def test_very_many_keys(api_stage: Stage) -> None:
    login = api_stage.own.logins["vendor_admin"]
    assert len(WIDE) < 1_048_576
    answer = _send(api_stage, login, "POST", "/api/v1/software", json.dumps({"answers": json.loads(WIDE)}))
    problem = _check(answer, (422,), "50,000 unknown answers")
    assert len(answer.content) < 2_000_000
    assert problem["errors"]
    answer = _send(api_stage, login, "POST", "/api/v1/software", WIDE)
    _check(answer, (422,), "50,000 unknown members")
    assert len(answer.content) < 2_000_000


def test_bodies_that_are_too_large(api_stage: Stage) -> None:
    large = json.dumps({"answers": {"summary": "あ" * 400_000}}, ensure_ascii=False)
    largest = api_stage.running.settings.import_limit_bytes + FORM_AROUND_FILE
    for route, _, login, path, _ in _targets(api_stage):
        sent = b"x" * (largest + 1) if UPLOADS.fullmatch(path) else large
        _check(_send(api_stage, login, route.method, path, sent), (413,), route.path)
        medium = b"x" * 70_000
        _check(_send(api_stage, None, route.method, path, medium), (401,), route.path)


def test_paths_and_queries_that_are_nonsense(api_stage: Stage) -> None:
    examples = examples_of(api_stage.running.app.openapi())
    asked = 0
    for name, rule in table.rules():
        route = RouteFacts(*name.split(" ", 1))
        if not route.is_api or "{" not in route.path:
            continue
        role = sorted(rule.own - {"visitor", "entry"})[0]
        login = api_stage.login(role)
        body = json.dumps(examples.get(name, {}))
        for nonsense in ("%00", "%ED%A0%80", "..%2F..", "%F0%9F%98%80", "x" * 3000, "' OR 1=1 --", "-1"):
            parts = [nonsense if part.startswith("{") else part for part in route.path.split("/")]
            content = body if route.method != "GET" else ""
            answer = _send(api_stage, login, route.method, "/".join(parts), content)
            asked += 1
            if (
                answer.status_code == 200
            ):  # nobody's list: whoever reads all organisations' reads an empty one
                assert answer.json()["items"] == [], name
                continue
            _check(answer, (400, 401, 403, 404, 405, 409, 410, 412, 422, 428), f"{name} {nonsense[:20]}")
    assert asked >= 300


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=bnVsbA",
        "cursor=%FF",
        "cursor=" + "A" * 500,
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=1e3",
        "limit=99999999999999999999999",
    ],
)
def test_pages_that_are_not_there(api_stage: Stage, query: str) -> None:
    document = api_stage.running.app.openapi()
    asked = 0
    for path, operations in document["paths"].items():
        names = {each["name"] for each in operations.get("get", {}).get("parameters", ())}
        if "cursor" not in names or "{" in path:
            continue
        for login in (*api_stage.agency.values(), *api_stage.own.logins.values()):
            answer = _send(api_stage, login, "GET", f"{path}?{query}", "")
            if answer.status_code == 403:
                continue
            asked += 1
            _check(answer, (400, 422), f"{path}?{query}")
    assert asked >= 20


def test_methods_and_addresses_that_do_not_exist(api_stage: Stage) -> None:
    seen = set()
    for name, _ in table.rules():
        route = RouteFacts(*name.split(" ", 1))
        seen.add(route.path)
        if route.is_api:
            path = filled(route.path, api_stage.things("auditor", api_stage.own), _.things)
            answer = _send(api_stage, None, "TRACE", path, "")
            _check(answer, (405,), name)
            assert answer.headers["allow"], name
    assert len(seen) > 60
    for path in ("/api/v1/", "/api/v1/softwares", "/api/v2/software", "/api/v1/software/x/y/z"):
        _check(api_stage.running.visitor.get(path), (404,), path)
