"""Where files are kept. Everything above knows this port alone, so that two nodes can share one store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol


class FileLost(Exception):
    """The store has no such file, or another content than the digest says."""


class FileStore(Protocol):
    """Files by the SHA-256 of their content, in hexadecimal."""

    def save(self, content: bytes) -> str:
        """Keep the content and answer its digest; once it returns, a crash does not lose it. The same twice is one."""
        ...

    def read(self, digest: str) -> bytes:
        """The content. Raises FileLost."""
        ...

    def sweep(self, owned: Collection[str], before: datetime) -> int:
        """Delete what `owned` does not name and nobody saved since `before` (timezone-aware); how many files."""
        ...
