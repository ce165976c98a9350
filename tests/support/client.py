"""A test client that asks the application in the test's own thread.

Starlette's runs an event loop in a thread of its own for each client; handing a request over and back took a fifth of
the time of the whole suite. This one is the same client on another transport, httpx's own for ASGI, with one event loop
for the process. The application's lifespan is not run then: all it does is to let go of the index's files and the
database.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, Self

import httpx2
from starlette.testclient import TestClient as StarletteClient
from starlette.types import ASGIApp


class _Loop:
    """An event loop that stands still between two requests.

    They run in one task that never ends: the worker threads of AnyIO live as long as the task that started them.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._waiting: asyncio.Queue[tuple[Coroutine[Any, Any, httpx2.Response], asyncio.Future[Any]]]
        self._waiting = asyncio.Queue()
        self._task = self._loop.create_task(self._work())

    def run(self, asked: Coroutine[Any, Any, httpx2.Response]) -> httpx2.Response:
        """The answer, or what was raised instead."""
        answered: asyncio.Future[httpx2.Response] = self._loop.create_future()
        self._waiting.put_nowait((asked, answered))
        return self._loop.run_until_complete(answered)

    def close(self) -> None:
        """End the task, and with it the worker threads, for which the interpreter would wait."""
        self._task.cancel()
        self._loop.run_until_complete(asyncio.gather(self._task, return_exceptions=True))
        self._loop.close()

    async def _work(self) -> None:
        while True:
            asked, answered = await self._waiting.get()
            try:
                answered.set_result(await asked)
            except Exception as error:  # whatever it is, the test gets it
                answered.set_exception(error)


@cache
def _main_loop() -> _Loop:
    return _Loop()


def in_the_loop(work: Coroutine[Any, Any, Any]) -> None:
    """Run something in the loop in which the application answers, such as closing what it opened there."""
    _main_loop().run(work)


def end_loop() -> None:
    """End the process's event loop, if there is one."""
    if _main_loop.cache_info().currsize:
        _main_loop().close()
        _main_loop.cache_clear()


class _InThread(httpx2.BaseTransport):
    """Gives a request to the application and waits for the whole answer."""

    def __init__(self, client: TestClient, app: ASGIApp, *, raises: bool) -> None:
        self._client = client
        self._asgi = httpx2.ASGITransport(app, raise_app_exceptions=raises, client=("testclient", 50000))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask in this thread, or by Starlette's where several ask at once or a loop is running here (a browser's)."""
        if threading.current_thread() is not threading.main_thread() or _in_a_loop():
            return self._client.elsewhere().handle_request(request)
        request.read()
        return _main_loop().run(self._ask(request))

    async def _ask(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._asgi.handle_async_request(request)
        content = b"".join([part async for part in answer.aiter_raw()])
        return httpx2.Response(
            answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(content), request=request
        )


class TestClient(StarletteClient):
    """Starlette's client, on that transport."""

    __test__ = False

    def __init__(self, app: ASGIApp, *, raise_server_exceptions: bool = True, **options: Any) -> None:
        super().__init__(app, raise_server_exceptions=raise_server_exceptions, **options)
        self._starlettes = self._transport
        self._transport = _InThread(self, app, raises=raise_server_exceptions)
        self._lock, self._entered = threading.Lock(), False

    def elsewhere(self) -> httpx2.BaseTransport:
        """Starlette's transport, with one event loop in a thread for all who ask."""
        with self._lock:
            if not self._entered:
                super().__enter__()
                self._entered = True
        return self._starlettes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: Any) -> None:
        if self._entered:
            super().__exit__(*args)
        else:
            self.close()


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
