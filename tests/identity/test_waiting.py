"""While we wait for an issuer: no database connection is held, answers are bounded, and waiting is rationed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import anyio
import httpx2
import pytest
from fastapi import FastAPI

from app.demo.provider import RunningProvider
from app.identity.issuers import ANSWER_BYTES, CONVERSATIONS, BoundedTransport
from app.kit.clock import MovableClock
from app.kit.database import Database
from tests.identity.conftest import Browser, ProviderClock


class WatchingClock(MovableClock):
    """Notes, whenever the provider looks at the time, how many connections the service holds."""

    def __init__(self, start: datetime, database: Database) -> None:
        super().__init__(start)
        self.pool = database.engine.pool
        self.held: list[int] = []

    def now(self) -> datetime:
        """The time, with a look at the pool."""
        self.held.append(self.pool.checkedout())  # type: ignore[attr-defined]  # both engines have a QueuePool
        return super().now()


def test_no_connection_is_held_meanwhile(
    browser: Browser,
    provider: RunningProvider,
    provider_clock: ProviderClock,
    clock: MovableClock,
    database: Database,
) -> None:
    url = browser.callback("gbizid", "prime-1")
    watching = WatchingClock(clock.now(), database)
    provider_clock.clock = watching
    assert browser.site.get(url).status_code == 303
    assert len(watching.held) >= 2
    assert set(watching.held) == {0}


def test_waiting_is_rationed_so_that_the_rest_of_the_site_goes_on(browser: Browser, app: FastAPI) -> None:
    issuers = app.state.login.issuers
    issuers._busy = CONVERSATIONS
    answer = browser.begin("gbizid")
    assert answer.status_code == 503
    assert "込み合っています" in answer.text
    assert browser.site.get("/login").status_code == 200
    issuers._busy = 0
    assert browser.begin("gbizid").status_code == 303
    assert issuers._busy == 0


class Drip(httpx2.AsyncByteStream):
    """An answer without end, one kilobyte at a time."""

    sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 1024
            yield b"x" * 1024


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "10"}])
def test_an_answer_without_end_is_cut_off(headers: dict[str, str]) -> None:
    drip = Drip()
    transport = BoundedTransport()
    transport._inner = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=headers, stream=drip))  # type: ignore[assignment]  # a stand-in for the network

    async def read() -> None:
        async with httpx2.AsyncClient(transport=transport) as client:
            await client.get("https://issuer.example/")

    with pytest.raises(httpx2.ReadError):
        anyio.run(read)
    assert drip.sent <= ANSWER_BYTES + 2048


def test_a_compressed_answer_is_not_opened() -> None:
    transport = BoundedTransport()
    answer = httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=Drip())
    transport._inner = httpx2.MockTransport(lambda _: answer)  # type: ignore[assignment]  # a stand-in for the network

    async def read() -> None:
        async with httpx2.AsyncClient(transport=transport) as client:
            await client.get("https://issuer.example/")

    with pytest.raises(httpx2.ReadError):
        anyio.run(read)
