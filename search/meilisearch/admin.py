"""The official client, for everything but searching: its errors as ours, and tasks waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from meilisearch import Client
from meilisearch.errors import (
    MeilisearchApiError,
    MeilisearchCommunicationError,
    MeilisearchError,
    MeilisearchTimeoutError,
)
from meilisearch.models.task import TaskInfo

from search.errors import EngineSlow, EngineUnavailable
from search.meilisearch.faults import fault

T = TypeVar("T")

REQUEST_SECONDS = 10
_FIRST_WAIT = 0.005
_LONGEST_WAIT = 0.5


class Admin:
    """One key's way to settings, documents, tasks, keys and swaps. The client opens a connection for every call."""

    def __init__(self, url: str, key: str, task_seconds: float) -> None:
        self.client = Client(url.rstrip("/"), key, timeout=REQUEST_SECONDS)
        self._task_seconds = task_seconds

    def ask(self, call: Callable[[Client], T]) -> T:
        """The result of a call. Raises `EngineUnavailable` in one of its kinds."""
        try:
            return call(self.client)
        except MeilisearchApiError as refused:
            raise fault(refused.code, refused.message, refused.status_code) from refused
        except MeilisearchTimeoutError as late:
            raise EngineSlow(f"Meilisearch: no answer within {REQUEST_SECONDS} s") from late
        except MeilisearchCommunicationError as broken:
            raise EngineUnavailable(f"Meilisearch: {broken.message[:300]}") from broken
        except MeilisearchError as other:
            raise EngineUnavailable(f"Meilisearch: {other.message[:300]}") from other

    def find(self, call: Callable[[Client], T]) -> T | None:
        """The same, None where what is asked for is not there."""
        try:
            return self.ask(call)
        except EngineUnavailable as failure:
            cause = failure.__cause__
            if isinstance(cause, MeilisearchApiError) and cause.status_code == 404:
                return None
            raise

    def done(self, call: Callable[[Client], TaskInfo]) -> None:
        """Ask for a change and wait until it is made. Raises what its task failed with."""
        self.wait(self.ask(call).task_uid)

    def wait(self, task_uid: int) -> None:
        """Wait for a task, ever longer between two looks. A failure shows only in the task itself."""
        until = time.monotonic() + self._task_seconds
        pause = _FIRST_WAIT
        while True:
            task = self.ask(lambda client: client.get_task(task_uid))
            if task.status == "succeeded":
                return
            if task.status in ("failed", "canceled"):
                error: dict[str, Any] = task.error or {}
                raise fault(error.get("code"), str(error.get("message") or f"task {task_uid} {task.status}"))
            if time.monotonic() > until:
                raise EngineSlow(f"Meilisearch: task {task_uid} not done within {self._task_seconds} s")
            time.sleep(pause)
            pause = min(pause * 1.6, _LONGEST_WAIT)
