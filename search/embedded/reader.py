"""The embedded engine as readers see it: queries on an index folder that another process may write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from search.document import Document
from search.embedded.session import SearchSession
from search.embedded.storage import Storage
from search.embedded.view import View, Views
from search.errors import EngineUnavailable, UnknownFacet
from search.query import Query
from search.results import (
    NO_GENERATION,
    Capabilities,
    FacetCount,
    Health,
    Results,
    Suggestion,
)
from search.settings import IndexSettings

ENGINE = "embedded"
_T = TypeVar("_T")


class EmbeddedEngine:
    """`search.engine.SearchEngine` over a folder. Commits of the writer are seen by the next query.

    tantivy lets go of the interpreter while it works, so each call runs in a thread: the asker's own where it has one.
    """

    def __init__(self, directory: Path, settings: IndexSettings) -> None:
        self.settings = settings
        self._views = Views(Storage(directory), settings)

    async def search(self, query: Query) -> Results:
        """Answer a query; without an index there are no hits, in generation "none"."""
        query.check(self.settings)
        return await _in_a_thread(lambda: self._search(query))

    async def suggest(
        self, text: str, *, today: date, limit: int = 8, hidden_ids: tuple[str, ...] = ()
    ) -> tuple[Suggestion, ...]:
        """Names of products and vendors that hold what has been typed so far, best first."""
        query = Query(
            today=today, text=text, limit=limit, hidden_ids=hidden_ids, strict=True, highlight=False
        )
        return await self._with_session(lambda session: session.suggest(query), ())

    async def facet_values(
        self, name: str, text: str, query: Query, *, limit: int = 100
    ) -> tuple[FacetCount, ...]:
        """Values of one facet that contain `text`, counted under `query` without its own choice."""
        query.check(self.settings)
        if name not in self.settings.all_facets:
            raise UnknownFacet(name)
        return await self._with_session(
            lambda session: session.facet_values(name, text, query)[:limit], (), query.instead
        )

    async def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of everything indexed."""
        return await _in_a_thread(self._fingerprints)

    async def health(self) -> Health:
        """Whether the index can be read, and what is in it."""
        return await _in_a_thread(self._health)

    def capabilities(self) -> Capabilities:
        """Typing errors are forgiven in Latin words only; totals have no limit."""
        return Capabilities(ENGINE, typo_scripts=frozenset({"latin"}), in_thread=True)

    async def close(self) -> None:
        """Let go of the files."""
        await asyncio.to_thread(self._views.close)

    async def _with_session(
        self, ask: Callable[[SearchSession], _T], nothing: _T, instead: tuple[Document, ...] = ()
    ) -> _T:
        def work() -> _T:
            view = self._views.current()
            return nothing if view is None else _guarded(lambda: ask(SearchSession(view, instead)))

        return await _in_a_thread(work)

    def _search(self, query: Query) -> Results:
        started = time.perf_counter()
        view = self._views.current()
        if view is None:
            return Results((), 0, dict.fromkeys(query.facets, ()), ENGINE, NO_GENERATION, degraded=True)
        found = _guarded(lambda: SearchSession(view, query.instead).search(query))
        return Results(
            hits=found.hits,
            total=found.total,
            facets=found.facets,
            engine=ENGINE,
            generation=view.generation,
            relaxed=bool(found.match.how),
            how=found.match.how,
            dropped=found.match.dropped,
            degraded=view.stale,
            took_ms=(time.perf_counter() - started) * 1_000,
        )

    def _fingerprints(self) -> dict[str, str]:
        view = self._views.current()
        return {} if view is None else _guarded(view.fingerprints)

    def _health(self) -> Health:
        try:
            view: View | None = self._views.current()
        except EngineUnavailable as failure:
            return Health(False, ENGINE, NO_GENERATION, 0, stale=True, detail=str(failure))
        if view is None:
            return Health(True, ENGINE, NO_GENERATION, 0, stale=True, detail="no index has been built yet")
        return Health(True, ENGINE, view.generation, view.searcher.num_docs, stale=view.stale)


async def _in_a_thread(work: Callable[[], _T]) -> _T:
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # there is nothing that this thread would hold up
        return work()
    return await asyncio.to_thread(work)


def _guarded(ask: Callable[[], _T]) -> _T:
    """tantivy reports damaged files as `ValueError` or `OSError`; callers know `EngineUnavailable`."""
    try:
        return ask()
    except (ValueError, OSError) as failure:
        raise EngineUnavailable(f"the embedded search engine failed: {failure}") from failure
