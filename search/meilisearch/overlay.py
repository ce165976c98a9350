"""Documents that count in place of the index's own for one question, asked in memory by the embedded engine.

Both engines give the same answers to the same documents, so their totals and counts can be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from search.document import Document
from search.embedded.overlay import in_memory
from search.embedded.schema import Layout
from search.embedded.session import Found, SearchSession
from search.embedded.view import View
from search.query import Query
from search.results import FacetCount
from search.settings import IndexSettings


@dataclass(frozen=True)
class Overlay:
    """The documents of `Query.instead` and how they answer."""

    documents: Mapping[str, Document]
    session: SearchSession

    def matches(self, query: Query) -> int:
        """How many are found by the words alone, strictly."""
        bare = replace(_alone(query), filter=None, selected={}, ranges={}, facets=(), strict=True, limit=0)
        return self.session.search(bare).total

    def found(self, query: Query, *, strict: bool) -> Found:
        """All that are found."""
        return self.session.search(replace(_alone(query), strict=strict, limit=len(self.documents)))


def overlay_of(query: Query, settings: IndexSettings) -> Overlay | None:
    """The overlay of a query, None where it has none."""
    if not query.instead:
        return None
    layout = Layout(settings)
    documents = {document.id: document for document in query.instead}
    view = View("overlay", layout, in_memory(layout, tuple(documents.values())), stale=False)
    return Overlay(documents, SearchSession(view))


def added(into: dict[str, int], counts: tuple[FacetCount, ...]) -> None:
    """Add one engine's counts to another's."""
    for value, number in counts:
        into[value] = into.get(value, 0) + number


def _alone(query: Query) -> Query:
    return replace(query, instead=(), page=1)
