"""Synchronous code asks the asynchronous search port: in the server's own loop where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from anyio import from_thread

T = TypeVar("T")


def wait_for(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of `ask()`. From an endpoint's thread it runs in the server's loop, elsewhere in one of its own."""
    try:
        from_thread.check_cancelled()
    except RuntimeError:
        return asyncio.run(ask())
    return from_thread.run(ask)
