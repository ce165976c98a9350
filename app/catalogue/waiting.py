"""Synchronous code asks the asynchronous search port: in the server's own loop where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from anyio import from_thread

T = TypeVar("T")


def wait_for(ask: Callable[[], Coroutine[Any, Any, T]], *, in_thread: bool = False) -> T:
    """The result of `ask()`. From an endpoint's thread it runs in the server's loop, elsewhere in one of its own.

    `in_thread`: the engine says that it can work right here, which spares the way to the loop and back.
    """
    if in_thread and not _in_a_loop():
        return _finished(ask())
    try:
        from_thread.check_cancelled()
    except RuntimeError:
        return asyncio.run(ask())
    return from_thread.run(ask)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _finished(asked: Coroutine[Any, Any, T]) -> T:
    """What a coroutine answers that waits for nothing."""
    try:
        asked.send(None)
    except StopIteration as answered:
        return cast(T, answered.value)
    asked.close()
    raise RuntimeError("an engine that works in the asker's thread waited for something")
