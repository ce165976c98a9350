"""What every answer of the API keeps to: times, ids, ETags, lists; and what a repeated request is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.kit.clock import MovableClock
from tests.access import table
from tests.access.asking import Asking, examples_of
from tests.access.routes import RouteFacts
from tests.access.stage import ROLES, Stage
from tests.catalogue_schema.given import SCHEMA
from tests.world import World

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
UTC = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")


def _strings(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{pointer}/{index}")


def test_every_answer_keeps_the_conventions(api_stage: Stage) -> None:
    asking = Asking(api_stage, examples_of(api_stage.running.app.openapi()))
    times, single, asked = 0, 0, 0
    for name, rule in table.rules():
        route = RouteFacts(*name.split(" ", 1))
        if not route.is_api:
            continue
        role = next(role for role in reversed(ROLES) if role in rule.own)
        answer = asking.ask(route, rule, role, api_stage.own)
        asked += 1
        assert answer.headers["x-request-id"], name
        kind = answer.headers.get("content-type", "")
        if answer.status_code >= 400:
            assert kind == "application/problem+json", name
        if "json" not in kind or "ndjson" in kind or not answer.content:
            continue
        for pointer, text in _strings(answer.json()):
            if TIME.match(text):
                times += 1
                assert UTC.fullmatch(text), f"{name} {pointer}: {text}"
        # An organisation's public card has none: its editable part is read at /settings.
        patched = route.path.removesuffix("/settings")
        is_card = route.path.endswith("/{organisation_id}")
        if route.method == "GET" and f"PATCH {patched}" in table.TABLE and not is_card:
            assert answer.status_code == 200, name
            single += 1
            assert re.fullmatch(r'"[^"]+"', answer.headers.get("etag", "")), f"{name}: no ETag"
    assert asked >= 100
    assert times >= 100
    assert single >= 4


def _register(client: TestClient, key: str, **answers: Any) -> Any:
    body = {"answers": {**SCHEMA.example("software"), **answers}}
    return client.post("/api/v1/software", json=body, headers={"Idempotency-Key": key})


@pytest.fixture
def vendor(world: World) -> TestClient:
    """A vendor's program."""
    return world.api(world.login(world.vendor(), "vendor_admin"))


def test_a_repeated_key_makes_nothing_twice(vendor: TestClient) -> None:
    first, again = _register(vendor, "key-1"), _register(vendor, "key-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert len(vendor.get("/api/v1/software?mine=true").json()["items"]) == 1


def test_a_key_with_another_body_is_refused(vendor: TestClient) -> None:
    _register(vendor, "key-1")
    refused = _register(vendor, "key-1", name="別の名前")
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/idempotency-conflict"
    assert len(vendor.get("/api/v1/software?mine=true").json()["items"]) == 1


def test_only_what_succeeded_is_kept(vendor: TestClient) -> None:
    assert _register(vendor, "key-1", contact_email="nobody").status_code == 422
    assert _register(vendor, "key-1").status_code == 201
    assert len(vendor.get("/api/v1/software?mine=true").json()["items"]) == 1


def test_a_key_is_kept_for_a_day(vendor: TestClient, clock: MovableClock) -> None:
    first = _register(vendor, "key-1").json()["id"]
    clock.move(hours=24)
    assert _register(vendor, "key-1").json()["id"] == first
    clock.move(seconds=1)
    assert _register(vendor, "key-1", name="一日後の登録").json()["id"] != first
    assert len(vendor.get("/api/v1/software?mine=true").json()["items"]) == 2


def test_a_key_is_ones_own(vendor: TestClient, world: World) -> None:
    _register(vendor, "key-1")
    rival = world.api(world.login(world.vendor(), "vendor_admin"))
    assert _register(rival, "key-1", name="別の名前").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "あ", "x" * 129, "a b"])
def test_a_key_that_is_none(vendor: TestClient, key: str) -> None:
    body = {"answers": SCHEMA.example("software")}
    headers = [(b"Idempotency-Key", key.encode())]
    assert vendor.post("/api/v1/software", json=body, headers=headers).status_code == 422


def test_a_stale_etag_changes_nothing_and_names_the_current_one(vendor: TestClient) -> None:
    made = _register(vendor, "key-1")
    path, first = f"/api/v1/software/{made.json()['id']}", made.headers["etag"]
    patch = {"answers": {"summary": "新しい概要です。"}}
    assert vendor.patch(path, json=patch).status_code == 428
    changed = vendor.patch(path, json=patch, headers={"If-Match": first})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first
    stale = vendor.patch(path, json={"answers": {"summary": "遅れた。"}}, headers={"If-Match": first})
    assert stale.status_code == 412
    assert stale.json()["current"] == changed.headers["etag"] == vendor.get(path).headers["etag"]


def test_a_second_submission_is_refused_with_what_is_possible(vendor: TestClient) -> None:
    path = f"/api/v1/software/{_register(vendor, 'key-1').json()['id']}"
    assert vendor.post(f"{path}/submission").status_code == 201
    second = vendor.post(f"{path}/submission")
    assert second.status_code == 409
    problem = second.json()
    assert problem["type"] == "/problems/transition-refused"
    assert problem["verb"] == "submission"
    assert "recall" in problem["allowed"]
