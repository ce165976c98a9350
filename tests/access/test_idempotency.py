"""Two requests with one key at the same moment: one thing is made, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from app.access.idempotency import Idempotency
from catalogue_schema import load_schema
from tests.world import World

T = TypeVar("T")
HEADERS = {"Idempotency-Key": "same"}


def test_a_simultaneous_second_waits_or_is_told_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    login = world.login(world.vendor(), "vendor_admin")
    one, two = world.api(login), world.api(login)
    body = {"answers": load_schema().example("software")}
    made, go_on = threading.Event(), threading.Event()
    run = Idempotency.run

    def slow(
        self: Idempotency, create: Callable[[], T], again: Callable[[str], T], identify: Callable[[T], str]
    ) -> T:
        result = run(self, create, again, identify)
        if not self.replayed:
            made.set()
            assert go_on.wait(20)
        return result

    monkeypatch.setattr(Idempotency, "run", slow)

    def register(client: Any) -> Any:
        return client.post("/api/v1/software", json=body, headers=HEADERS)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(register, one)
        assert made.wait(20), "the first has made the thing and not committed it"
        second = pool.submit(register, two)
        time.sleep(0.7)
        early = second.done()
        go_on.set()
        answers = first.result(30), second.result(30)
    assert answers[0].status_code == 201
    if early:
        assert (answers[1].status_code, bool(answers[1].headers.get("retry-after"))) == (409, True)
        answers = answers[0], register(two)
    assert answers[1].status_code == 201, answers[1].text
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert len(one.get("/api/v1/software?mine=true").json()["items"]) == 1
