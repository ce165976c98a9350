"""Starts the stand-in for tests, or names the real server that they were given."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]
MASTER_KEY = "stand-in-master-key-0123456789"
REAL = "DMP_TEST_MEILISEARCH_URL"
REAL_KEY = "DMP_TEST_MEILISEARCH_MASTER_KEY"


class StandIn:
    """The stand-in as a process. `stop` and `start` again keep the port, and lose everything else."""

    def __init__(self, latency: float = 0.004) -> None:
        self.port = 0
        self._latency = latency
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, on the port of before."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.meilisearch_api", str(self.port), MASTER_KEY, str(self._latency)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def fail(self, **failures: float) -> None:
        """Fail in these ways from now on, and in no other: slow (seconds), busy, wrong_key, full_disk, full_tasks."""
        httpx.put(f"{self.url}/_stand_in/failures", json=failures, trust_env=False).raise_for_status()

    def asked(self) -> list[Mapping[str, Any]]:
        """What it was asked since this was last called, oldest first."""
        answer = httpx.post(f"{self.url}/_stand_in/asked", trust_env=False)
        return list(answer.raise_for_status().json())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def real_server() -> tuple[str, str] | None:
    """Address and master key of the real server that the contract suite is to run against, if one was named."""
    url = os.environ.get(REAL, "")
    return (url, os.environ.get(REAL_KEY, "")) if url else None
