"""Two engines as one: what the first cannot answer in time, the second answers, and says so.

Readers fall back; the writer keeps both. Both give the same answers to the same documents (the contract suite), so a
visitor loses nothing but, at worst, the newest changes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TypeVar

from search.document import Document
from search.engine import IndexWriter, SearchEngine
from search.errors import EngineUnavailable, WriterBusy
from search.query import Query
from search.results import (
    NO_GENERATION,
    Capabilities,
    FacetCount,
    Health,
    IndexCheck,
    IndexStats,
    Results,
    Suggestion,
)
from search.synonyms import Synonyms

log = logging.getLogger("dmp.search")
_T = TypeVar("_T")

DIFFERENT = "different"
"""Instead of a fingerprint where two indexes do not hold the same document."""


@dataclass(frozen=True)
class Alarm:
    """What is wrong with the first engine, by name, since when, and in its own words."""

    name: str
    since: datetime
    detail: str


class FailoverEngine:
    """`search.engine.SearchEngine` that asks `primary`, and `standby`, where there is one, while that is unavailable.

    An answer of the standby has `stand_in` and `degraded` set. The primary is asked again with every question (its
    own circuit breaker spares it), so it is used again as soon as it answers.
    """

    def __init__(self, primary: SearchEngine, standby: SearchEngine | None) -> None:
        self.settings = primary.settings
        self._primary = primary
        self._standby = standby
        self._lock = threading.Lock()
        self._alarm: Alarm | None = None

    @property
    def alarm(self) -> Alarm | None:
        """The fault at present, None while the primary answers."""
        return self._alarm

    async def search(self, query: Query) -> Results:
        """Answer a query. Raises `EngineUnavailable` where neither engine has an index."""
        try:
            return await self._asked(lambda: self._primary.search(query))
        except EngineUnavailable as failure:
            if self._standby is None:
                raise
            results = await self._standby.search(query)
            if results.generation == NO_GENERATION:
                raise failure from None
            return replace(results, degraded=True, stand_in=True)

    async def suggest(
        self, text: str, *, today: date, limit: int = 8, hidden_ids: tuple[str, ...] = ()
    ) -> tuple[Suggestion, ...]:
        """Suggestions of whichever engine answers."""
        try:
            return await self._asked(
                lambda: self._primary.suggest(text, today=today, limit=limit, hidden_ids=hidden_ids)
            )
        except EngineUnavailable:
            if self._standby is None:
                raise
            return await self._standby.suggest(text, today=today, limit=limit, hidden_ids=hidden_ids)

    async def facet_values(
        self, name: str, text: str, query: Query, *, limit: int = 100
    ) -> tuple[FacetCount, ...]:
        """Facet values of whichever engine answers."""
        try:
            return await self._asked(lambda: self._primary.facet_values(name, text, query, limit=limit))
        except EngineUnavailable:
            if self._standby is None:
                raise
            return await self._standby.facet_values(name, text, query, limit=limit)

    async def fingerprints(self) -> dict[str, str]:
        """The primary's: it is the one that has to agree with the database."""
        return await self._asked(self._primary.fingerprints)

    async def health(self) -> Health:
        """The primary's health, which also sets or clears the alarm."""
        health = await self._primary.health()
        if health.available:
            self._clear()
        else:
            name, _, detail = health.detail.partition(": ")
            self._raise(name or EngineUnavailable.alarm, detail)
        return health

    def capabilities(self) -> Capabilities:
        """The primary's."""
        return self._primary.capabilities()

    async def close(self) -> None:
        """Let go of both."""
        await self._primary.close()
        if self._standby is not None:
            await self._standby.close()

    async def _asked(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        try:
            answer = await ask()
        except EngineUnavailable as failure:
            self._raise(failure.alarm, str(failure))
            raise
        self._clear()
        return answer

    def _raise(self, name: str, detail: str) -> None:
        with self._lock:
            known = self._alarm
            if known is not None and known.name == name:
                return
            self._alarm = Alarm(name, datetime.now(UTC), detail)
        log.error("alarm=%s engine=%s: %s", name, self.capabilities().engine, detail)

    def _clear(self) -> None:
        with self._lock:
            known, self._alarm = self._alarm, None
        if known is not None:
            log.warning("alarm=%s is over: %s answers again", known.name, self.capabilities().engine)


class MirroredWriter:
    """`search.engine.IndexWriter` that keeps two indexes: the standby's first, so that it is never behind.

    What the primary refuses is raised after the standby has it; writing it once more does no harm. `primary` is opened
    when it is first needed, and again after it could not be: a worker starts while the engine is down. Threads may
    share it.
    """

    def __init__(self, open_primary: Callable[[], IndexWriter], standby: IndexWriter) -> None:
        self.settings = standby.settings
        self._open_primary = open_primary
        self._opened: IndexWriter | None = None
        self._standby = standby
        self._opening = threading.Lock()
        self._rebuilding = threading.Lock()
        self._mutex = threading.Lock()
        self._meanwhile: dict[str, Document | None] | None = None
        """What was changed since the rebuild under way began, by id; None while there is none."""

    def apply(self, upserts: Iterable[Document], deletions: Iterable[str] = ()) -> None:
        """Change both."""
        documents, gone = tuple(upserts), tuple(deletions)
        self._standby.apply(documents, gone)
        with self._mutex:
            # Before the primary has it: what the primary's rebuild does not see itself is in here.
            if self._meanwhile is not None:
                self._meanwhile |= {
                    **dict.fromkeys(gone),
                    **{document.id: document for document in documents},
                }
        self._primary.apply(documents, gone)

    def rebuild(self, documents: Iterable[Document]) -> str:
        """Rebuild both; answers the primary's generation. The standby is whole even if the primary cannot be.

        A standby that is of use is not built again while the primary is away: nothing would come of the whole.
        """
        if not self._rebuilding.acquire(blocking=False):
            raise WriterBusy("the search index is already being rebuilt")
        try:
            held = self._standby.stats()
            if held.documents and not held.stale:
                self._primary.stats()
            with self._mutex:
                self._meanwhile = {}
            known: dict[str, Document] = {}
            self._standby.rebuild(_kept(documents, known))
            return self._primary.rebuild(self._newest(known))
        finally:
            with self._mutex:
                self._meanwhile = None
            self._rebuilding.release()

    def adopt_synonyms(self, synonyms: Synonyms) -> None:
        """Give both the table."""
        self._standby.adopt_synonyms(synonyms)
        self._primary.adopt_synonyms(synonyms)

    def stats(self) -> IndexStats:
        """The primary's; stale where either is."""
        found = self._primary.stats()
        return replace(found, stale=found.stale or self._standby.stats().stale)

    def fingerprints(self) -> dict[str, str]:
        """Of everything in either; where the two do not hold the same document, a fingerprint that none has."""
        primary, standby = self._primary.fingerprints(), self._standby.fingerprints()
        return {
            id_: primary[id_] if primary.get(id_) == standby.get(id_) else DIFFERENT
            for id_ in (*primary, *(standby.keys() - primary.keys()))
        }

    def check(self, expected: Mapping[str, str]) -> IndexCheck:
        """What differs in either."""
        found = [self._standby.check(expected), self._primary.check(expected)]
        return IndexCheck(
            missing=tuple(sorted({id_ for check in found for id_ in check.missing})),
            outdated=tuple(sorted({id_ for check in found for id_ in check.outdated})),
            surplus=tuple(sorted({id_ for check in found for id_ in check.surplus})),
            stale=any(check.stale for check in found),
        )

    def close(self) -> None:
        """Give both back."""
        if self._opened is not None:
            self._opened.close()
        self._standby.close()

    @property
    def _primary(self) -> IndexWriter:
        with self._opening:
            if self._opened is None:
                self._opened = self._open_primary()
            return self._opened

    def _newest(self, known: dict[str, Document]) -> Iterator[Document]:
        """What the standby was built of, with what has changed meanwhile; read once the primary takes note itself."""
        with self._mutex:
            changes = dict(self._meanwhile or {})
        for id_, document in changes.items():
            if document is None:
                known.pop(id_, None)
            else:
                known[id_] = document
        yield from known.values()


def _kept(documents: Iterable[Document], known: dict[str, Document]) -> Iterator[Document]:
    """The documents, each noted as it passes."""
    for document in documents:
        known[document.id] = document
        yield document
