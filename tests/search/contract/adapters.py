"""The engines that the contract suite runs against: one entry each, nothing else to change for a new one."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from search import meilisearch
from search.embedded import open_engine, open_writer
from search.engine import (
    Document,
    IndexSettings,
    IndexWriter,
    Query,
    Results,
    SearchEngine,
)
from tests.meilisearch_api.process import MASTER_KEY, StandIn, real_server

T = TypeVar("T")

TODAY = date(2026, 11, 23)
SETTINGS = IndexSettings(
    facets=("cloud", "area", "vendor.size"),
    lapse_facets=("certificate",),
    ranges=("price", "users"),
    sortable=("price",),
)


@dataclass
class Adapter:
    """An engine with its writer, and a loop of their own to run it on."""

    engine: SearchEngine
    writer: IndexWriter
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for an answer of the engine."""
        return self.runner.run(work)

    def ask(self, text: str = "", **options: Any) -> Results:
        """Search on `TODAY`."""
        return self.run(self.engine.search(Query(**{"today": TODAY, "text": text, "limit": 100, **options})))

    def ids(self, text: str = "", **options: Any) -> set[str]:
        """Ids of what a search finds; `total` has to agree with them."""
        results = self.ask(text, **options)
        assert len(results.hits) == results.total
        return {hit.id for hit in results.hits}

    def load(self, documents: Iterable[Document]) -> None:
        """Replace everything in the index."""
        self.writer.rebuild(documents)


@contextmanager
def embedded(directory: Path, settings: IndexSettings) -> Iterator[Adapter]:
    """The embedded engine in a temporary folder."""
    with open_writer(directory, settings) as writer:
        adapter = Adapter(open_engine(directory, settings), writer)
        with adapter.runner:
            yield adapter
            adapter.run(adapter.engine.close())


@contextmanager
def over_http(_: Path, settings: IndexSettings) -> Iterator[Adapter]:
    """Meilisearch: the stand-in, or the real server that `DMP_TEST_MEILISEARCH_URL` names. Indexes are used again."""
    free = _FREE.setdefault(settings, [])
    connection = free.pop() if free else _made(settings)
    with meilisearch.open_writer(connection, settings) as writer:
        if writer.stale:
            writer.rebuild(())
        if left := writer.fingerprints():
            writer.apply((), left)
        adapter = Adapter(meilisearch.open_engine(connection, settings), writer)
        with adapter.runner:
            yield adapter
            adapter.run(adapter.engine.close())
    free.append(connection)


_FREE: dict[IndexSettings, list[meilisearch.Connection]] = {}


def _made(settings: IndexSettings) -> meilisearch.Connection:
    """A new index with its keys; dropped at the end of the process."""
    url, master_key = server()
    patient = meilisearch.Connection(
        url, f"contract_{uuid4().hex[:12]}", answer_seconds=20.0, connect_seconds=5.0
    )
    keys = meilisearch.create_keys(patient, master_key)
    connection = replace(patient, search_key=keys.search, worker_key=keys.worker)
    atexit.register(meilisearch.drop, connection)
    return connection


@cache
def server() -> tuple[str, str]:
    """Address and master key of the server that this process's tests ask; the stand-in ends with the process."""
    real = real_server()
    if real is not None:
        return real
    stand_in = StandIn()
    atexit.register(stand_in.stop)
    return stand_in.url, MASTER_KEY


ADAPTERS: dict[str, Callable[[Path, IndexSettings], AbstractContextManager[Adapter]]] = {
    "embedded": embedded,
    "meilisearch": over_http,
}


def document(id_: str, name: str = "", **options: Any) -> Document:
    """A document with the name given and anything else by keyword; `texts` are added to the name."""
    texts = {"name": name, **options.pop("texts", {})}
    defaults = {"revision": 1, "revision_id": f"{id_}-r1", "updated_at": datetime(2026, 11, 1, tzinfo=UTC)}
    return Document(**{**defaults, **options, "id": id_, "texts": texts})
