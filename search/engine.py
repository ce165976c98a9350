"""The port: what every search engine offers. Adapters implement it, callers import everything from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from search.document import ROTATIONS, TEXT_FIELDS, Document
from search.errors import (
    EngineUnavailable,
    IndexStale,
    QueryRefused,
    QueryTooLong,
    RebuildDiffers,
    SearchFailure,
    UnknownFacet,
    UnknownName,
    UnknownRange,
    UnknownSort,
    WriterBusy,
)
from search.query import (
    MAXIMUM_QUERY_LENGTH,
    And,
    Exists,
    Filter,
    In,
    Not,
    Or,
    Query,
    Range,
    Sort,
)
from search.results import (
    NO_GENERATION,
    Capabilities,
    FacetCount,
    Health,
    Hit,
    IndexCheck,
    IndexStats,
    Relaxation,
    Results,
    Span,
    Suggestion,
)
from search.settings import BUILT_IN_SORTS, IndexSettings

STRICT_ENOUGH = 3
"""With fewer strict hits than this (before filters), every engine relaxes unless the query is strict."""


class SearchEngine(Protocol):
    """Asks the index. Safe to share between tasks and threads; holds no database session."""

    settings: IndexSettings

    async def search(self, query: Query) -> Results:
        """Answer a query. Raises `UnknownFacet`, `UnknownRange`, `UnknownSort`, `EngineUnavailable`."""
        ...

    async def suggest(
        self,
        text: str,
        *,
        today: date,
        limit: int = 8,
        hidden_ids: tuple[str, ...] = (),
    ) -> tuple[Suggestion, ...]:
        """Names of products and vendors that go with what has been typed so far, best first."""
        ...

    async def facet_values(
        self, name: str, text: str, query: Query, *, limit: int = 100
    ) -> tuple[FacetCount, ...]:
        """Values of one facet that contain `text` (folded), counted under `query` without its own choice."""
        ...

    async def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of everything indexed, to be compared with the database."""
        ...

    async def health(self) -> Health:
        """Whether the engine answers. Never raises for an engine that is down: it says so."""
        ...

    def capabilities(self) -> Capabilities:
        """What this engine can do."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class IndexWriter(Protocol):
    """Changes the index; one process at a time. Synchronous: only the worker and the command line write."""

    settings: IndexSettings

    def apply(self, upserts: Iterable[Document], deletions: Iterable[str] = ()) -> None:
        """Put documents in (replacing those of the same id) and take ids out; durable when this returns.

        Of several upserts of one id the last counts; a deletion of an id that is also put in does nothing.
        Raises `IndexStale`, and `UnknownFacet` or `UnknownRange` for names outside the settings, before
        anything changed; `EngineUnavailable` where the engine failed, and then nothing changed either.
        """
        ...

    def rebuild(self, documents: Iterable[Document]) -> str:
        """Build the whole index aside, swap it in at once, and return the name of the new generation.

        Searches go on in the old one meanwhile, and so does `apply` from another thread: what it changes is in the
        new generation too. If `documents` raises, nothing changed, and the next rebuild may go on from what was
        built. Raises `RebuildDiffers` where what was built is not what was given, `WriterBusy` during another one.
        """
        ...

    def stats(self) -> IndexStats:
        """Generation, number of documents, size."""
        ...

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of everything indexed."""
        ...

    def check(self, expected: Mapping[str, str]) -> IndexCheck:
        """Compare the index with fingerprints by id from the database."""
        ...

    def close(self) -> None:
        """Give the lock back."""
        ...


__all__ = [
    "BUILT_IN_SORTS",
    "MAXIMUM_QUERY_LENGTH",
    "NO_GENERATION",
    "ROTATIONS",
    "STRICT_ENOUGH",
    "TEXT_FIELDS",
    "And",
    "Capabilities",
    "Document",
    "EngineUnavailable",
    "Exists",
    "FacetCount",
    "Filter",
    "Health",
    "Hit",
    "In",
    "IndexCheck",
    "IndexSettings",
    "IndexStale",
    "IndexStats",
    "IndexWriter",
    "Not",
    "Or",
    "Query",
    "QueryRefused",
    "QueryTooLong",
    "Range",
    "RebuildDiffers",
    "Relaxation",
    "Results",
    "SearchEngine",
    "SearchFailure",
    "Sort",
    "Span",
    "Suggestion",
    "UnknownFacet",
    "UnknownName",
    "UnknownRange",
    "UnknownSort",
    "WriterBusy",
]
