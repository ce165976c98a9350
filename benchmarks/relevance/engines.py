"""The engines that are measured: one entry each, nothing else to change for a new one.

Only engines that really search belong here, never a double of one: its ranking would be that of whoever wrote it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from search.embedded import open_engine, open_writer
from search.engine import IndexSettings, IndexWriter, SearchEngine

MEILISEARCH_URL = "DMP_TEST_MEILISEARCH_URL"
"""Names a real server in the environment; without it Meilisearch is not measured, and the report says so."""


@dataclass(frozen=True)
class Opened:
    """An engine and the writer of its index, which is empty."""

    engine: SearchEngine
    writer: IndexWriter


Opener = Callable[[Path, IndexSettings], AbstractContextManager[Opened]]
"""Opens an engine on an empty index; the folder is its own, for whatever it keeps."""


@contextmanager
def embedded(folder: Path, settings: IndexSettings) -> Iterator[Opened]:
    """The embedded engine."""
    with open_writer(folder, settings) as writer:
        yield Opened(open_engine(folder, settings), writer)


ENGINES: dict[str, Opener] = {"embedded": embedded}


def measured() -> dict[str, Opener]:
    """The engines that can be measured here. Raises LookupError where a server is named that nothing can open."""
    if os.environ.get(MEILISEARCH_URL) and "meilisearch" not in ENGINES:
        raise LookupError(f"{MEILISEARCH_URL} is set, but this version has no adapter for Meilisearch")
    return {
        name: opener
        for name, opener in ENGINES.items()
        if name != "meilisearch" or os.environ.get(MEILISEARCH_URL)
    }
