"""The engines that are measured: one entry each, nothing else to change for a new one.

Only engines that really search belong here, never a double of one: its ranking would be that of whoever wrote it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from search import meilisearch
from search.embedded import open_engine, open_writer
from search.engine import IndexSettings, IndexWriter, SearchEngine

MEILISEARCH_URL = "DMP_TEST_MEILISEARCH_URL"
"""Names a real server in the environment; without it Meilisearch is not measured, and the report says so."""
MEILISEARCH_KEY = "DMP_TEST_MEILISEARCH_MASTER_KEY"


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


@contextmanager
def over_http(_: Path, settings: IndexSettings) -> Iterator[Opened]:
    """Meilisearch on the named server, in an index of its own that is dropped at the end."""
    patient = meilisearch.Connection(
        os.environ[MEILISEARCH_URL], f"relevance_{uuid4().hex[:12]}", answer_seconds=20.0, connect_seconds=5.0
    )
    keys = meilisearch.create_keys(patient, os.environ.get(MEILISEARCH_KEY, ""))
    connection = replace(patient, search_key=keys.search, worker_key=keys.worker)
    try:
        with meilisearch.open_writer(connection, settings) as writer:
            yield Opened(meilisearch.open_engine(connection, settings), writer)
    finally:
        meilisearch.drop(connection)


ENGINES: dict[str, Opener] = {"embedded": embedded, "meilisearch": over_http}


def measured() -> dict[str, Opener]:
    """The engines that can be measured here."""
    return {
        name: opener
        for name, opener in ENGINES.items()
        if name != "meilisearch" or os.environ.get(MEILISEARCH_URL)
    }
