"""The hot path: questions to Meilisearch over one pool of connections."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import httpx

from search.errors import EngineSlow, EngineUnavailable
from search.meilisearch.breaker import Breaker
from search.meilisearch.connection import Connection
from search.meilisearch.faults import fault

T = TypeVar("T")
Answer = dict[str, Any]


class Questions:
    """Asks `/multi-search` and `/health`.

    The pool belongs to the event loop that asks first (the server's). Whoever asks from another one, as a command
    does, gets connections for that question alone. `transport` is for tests.
    """

    def __init__(self, connection: Connection, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._connection = connection
        self._transport = transport
        self._breaker = Breaker(connection.rest_seconds)
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The result of `ask`, within the time for one search and past the circuit breaker.

        Raises what `search.errors` has under `EngineUnavailable`.
        """
        self._breaker.admit()
        try:
            async with asyncio.timeout(self._connection.answer_seconds):
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

    async def multi_search(self, queries: Sequence[Answer]) -> list[Answer]:
        """The results of the queries, in their order, by one request."""
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
        client, loop = self._client, self._loop
        self._client = self._loop = None
        if client is not None and loop is asyncio.get_running_loop():
            await client.aclose()

    async def _request(self, method: str, path: str, body: Answer | None = None) -> Answer:
        loop = asyncio.get_running_loop()
        if self._loop is None or self._loop.is_closed():
            self._client, self._loop = self._opened(), loop
        if self._loop is not loop or self._client is None:
            async with self._opened() as client:
                return await self._sent(client, method, path, body)
        return await self._sent(self._client, method, path, body)

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
