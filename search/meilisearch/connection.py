"""Where Meilisearch is and how patient we are with it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Connection:
    """Address, index and keys; times in seconds.

    `search_key` is what a process that searches needs, `worker_key` what the one that writes needs; neither needs the
    other's. `answer_seconds` is the most that one search may take, all its requests together; `connect_seconds`,
    `pool_seconds` and `write_seconds` bound the phases of one request. `task_seconds` is how long a change is waited
    for. `rest_seconds` is how long a failing engine is left alone.
    """

    url: str
    index: str = "listings"
    search_key: str = field(default="", repr=False)
    worker_key: str = field(default="", repr=False)
    answer_seconds: float = 0.7
    connect_seconds: float = 0.3
    pool_seconds: float = 0.3
    write_seconds: float = 0.5
    connections: int = 20
    rest_seconds: float = 2.0
    task_seconds: float = 60.0

    @property
    def aside(self) -> str:
        """The index beside the current one: built there, and after the swap the last one kept there."""
        return f"{self.index}_aside"
