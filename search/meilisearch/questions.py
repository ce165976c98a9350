"""The hot path: questions to Meilisearch over one pool of connections."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import httpx

from search.errors import EngineSlow, EngineUnavailable
from search.meilisearch.breaker import Breaker
from search.meilisearch.connection import Connection
from search.meilisearch.faults import fault

T = TypeVar("T")
Answer = dict[str, Any]
_CLIENT: ContextVar[httpx.AsyncClient] = ContextVar("client of the question being asked")


class Questions:
    """Asks `/multi-search` and `/health`.

    The pool belongs to the first event loop that asks twice (the server's). Whoever asks from another one, as a command
    does, gets connections for that question alone. `transport` is for tests.
    """

    def __init__(self, connection: Connection, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._connection = connection
        self._transport = transport
        self._breaker = Breaker(connection.rest_seconds)
        self._pool: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_before: weakref.ref[asyncio.AbstractEventLoop] | None = None

    async def answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The result of `ask`, within the time for one search and past the circuit breaker.

        Raises what `search.errors` has under `EngineUnavailable`.
        """
        self._breaker.admit()
        try:
            async with asyncio.timeout(self._connection.answer_seconds), self._connected():
                answer = await ask()
        except TimeoutError as late:
            slow = EngineSlow(f"Meilisearch: no answer within {self._connection.answer_seconds} s")
            self._breaker.failed(slow)
            raise slow from late
        except EngineUnavailable as failure:
            self._breaker.failed(failure)
            raise
        except BaseException:
            self._breaker.undecided()
            raise
        self._breaker.succeeded()
        return answer

    async def at_length(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The result of `ask`, which may take its time: each request is bounded, their number is not."""
        async with self._opened() as client:
            _CLIENT.set(client)
            return await ask()

    async def multi_search(self, queries: Sequence[Answer]) -> list[Answer]:
        """The results of the queries, in their order, by one request; within `answered`, like everything asked."""
        queries = [{"indexUid": self._connection.index, **query} for query in queries]
        results = (await self._request("POST", "/multi-search", {"queries": queries}))["results"]
        if len(results) != len(queries):
            raise EngineUnavailable("Meilisearch: as many results as queries were expected")
        return list(results)

    async def health(self) -> str:
        """What `/health` says."""
        return str((await self._request("GET", "/health")).get("status"))

    async def close(self) -> None:
        """Let go of the pool. Another question opens it again."""
        pool, loop = self._pool, self._loop
        self._pool = self._loop = None
        if pool is not None and loop is asyncio.get_running_loop():
            await pool.aclose()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        """Connections for one question: the pool, or ones that are closed after it."""
        loop = asyncio.get_running_loop()
        if self._loop is None or self._loop.is_closed():
            if self._asked_before is not None and self._asked_before() is loop:
                self._pool, self._loop = self._opened(), loop
            self._asked_before = weakref.ref(loop)
        if self._pool is not None and self._loop is loop:
            _CLIENT.set(self._pool)
            yield
            return
        async with self._opened() as client:
            _CLIENT.set(client)
            yield

    async def _request(self, method: str, path: str, body: Answer | None = None) -> Answer:
        return await self._sent(_CLIENT.get(), method, path, body)

    async def _sent(self, client: httpx.AsyncClient, method: str, path: str, body: Answer | None) -> Answer:
        try:
            try:
                response = await client.request(method, path, json=body)
            except (httpx.ConnectError, httpx.RemoteProtocolError):
                # Not connected, or a connection from the pool that the server had closed meanwhile: once more.
                response = await client.request(method, path, json=body)
        except httpx.TimeoutException as late:
            raise EngineSlow(f"Meilisearch: {type(late).__name__}") from late
        except httpx.HTTPError as broken:
            raise EngineUnavailable(f"Meilisearch: {type(broken).__name__}: {broken}") from broken
        return _read(response)

    def _opened(self) -> httpx.AsyncClient:
        connection = self._connection
        return httpx.AsyncClient(
            base_url=connection.url,
            headers={"Authorization": f"Bearer {connection.search_key}"},
            timeout=httpx.Timeout(
                connect=connection.connect_seconds,
                read=connection.answer_seconds,
                write=connection.write_seconds,
                pool=connection.pool_seconds,
            ),
            limits=httpx.Limits(
                max_connections=connection.connections,
                max_keepalive_connections=connection.connections,
                keepalive_expiry=30,
            ),
            transport=self._transport,
            trust_env=False,
        )


def _read(response: httpx.Response) -> Answer:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.is_success and isinstance(answer, dict):
        return answer
    details = answer if isinstance(answer, dict) else {}
    message = str(details.get("message") or response.text[:200])
    raise fault(details.get("code"), message, response.status_code, response.headers.get("Retry-After"))
