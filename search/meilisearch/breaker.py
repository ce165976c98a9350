"""A circuit breaker: an engine that keeps failing is left alone for a while, then tried by one question."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from search.errors import EngineBusy, EngineUnavailable

FAILURES = 3
"""How many failures in a row open it. A busy engine opens it at once, for as long as it asks for."""
LONGEST_REST = 30.0


class Breaker:
    """Closed (questions pass), open (they fail at once), or trying one. Safe between threads.

    `rest_seconds` is how long it stays open; `clock` gives seconds that never go back.
    """

    def __init__(self, rest_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None
        self._trying = False
        self._last: EngineUnavailable | None = None

    def admit(self) -> None:
        """Let a question pass, or raise what the last one failed with."""
        with self._lock:
            if self._open_until is None:
                return
            if self._trying or self._clock() < self._open_until:
                assert self._last is not None
                raise type(self._last)(*self._last.args, **_details(self._last))
            self._trying = True

    def succeeded(self) -> None:
        """The engine has answered."""
        with self._lock:
            self._failures, self._open_until, self._trying, self._last = 0, None, False, None

    def failed(self, failure: EngineUnavailable) -> None:
        """It has not, or said that it cannot."""
        with self._lock:
            self._failures += 1
            self._last = failure
            if isinstance(failure, EngineBusy):
                self._open_until = self._clock() + min(failure.retry_after, LONGEST_REST)
            elif self._trying or self._failures >= FAILURES:
                self._open_until = self._clock() + self._rest
            self._trying = False

    def undecided(self) -> None:
        """The question was given up by whoever asked it: the next one may try."""
        with self._lock:
            self._trying = False


def _details(failure: EngineUnavailable) -> dict[str, float]:
    return {"retry_after": failure.retry_after} if isinstance(failure, EngineBusy) else {}
