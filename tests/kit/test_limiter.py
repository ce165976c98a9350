"""At most so many requests at a time; the others wait and are all answered."""

import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from app.kit.http import LimiterMiddleware
from app.settings import Settings
from tests.support.application import Running, visitor


def test_no_more_than_the_places_run_and_all_are_answered() -> None:
    running, most, done = 0, 0, 0

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        running -= 1
        done += 1

    async def unused() -> dict[str, object]:
        raise AssertionError("nothing is received")

    async def ignored(message: object) -> None:
        raise AssertionError("nothing is sent")

    limited = LimiterMiddleware(slow, places=3)

    async def ask() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(30):
                group.start_soon(limited, {"type": "http"}, unused, ignored)

    anyio.run(ask)
    assert (most, done) == (3, 30)


def test_a_request_that_fails_gives_its_place_back() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("boom")

    limited = LimiterMiddleware(broken, places=1)

    async def unused() -> dict[str, object]:
        raise AssertionError

    async def ignored(message: object) -> None:
        raise AssertionError

    async def ask() -> int:
        failures = 0
        for _ in range(5):
            with anyio.fail_after(5):
                try:
                    await limited({"type": "http"}, unused, ignored)
                except RuntimeError:
                    failures += 1
        return failures

    assert anyio.run(ask) == 5


def test_the_application_is_limited(running: Running) -> None:
    inside, most, lock = 0, 0, threading.Lock()
    gate = threading.Event()

    @running.app.get("/probe-slow")
    def slow() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if inside == running.settings.concurrency:
                gate.set()
        gate.wait(10)
        with lock:
            inside -= 1

    # One portal for all, as one server has one event loop.
    with visitor(running.app) as client, ThreadPoolExecutor(60) as pool:
        statuses = list(pool.map(lambda _: client.get("/probe-slow").status_code, range(60)))
    assert statuses == [200] * 60
    assert most == running.settings.concurrency == 20


@pytest.mark.parametrize("places", [0, 40])
def test_the_places_stay_below_the_thread_pool(places: int) -> None:
    with pytest.raises(ValidationError, match="concurrency"):
        Settings(concurrency=places)
