"""One question as multi-search queries, and their answers put together again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.embedded.filters import ordered
from search.embedded.schema import sort_name
from search.highlighting import Marks, highlight
from search.meilisearch.encoding import sort_key
from search.meilisearch.filters import Filters, both, keys_in, quoted
from search.meilisearch.front import NO_FRONT, Front
from search.meilisearch.layout import META, MOST_HITS, Layout, tie
from search.meilisearch.overlay import Overlay, added
from search.meilisearch.words import Cell
from search.query import Query
from search.results import FacetCount, Hit

LOCALES = ["jpn"]
MOST_RELAXED = 1_000
"""Most documents that one widened query brings in: there are few where widening is needed."""

Answer = dict[str, Any]
Key = tuple[Any, ...]
Counts = dict[str, dict[str, int]]
"""Documents by facet and value."""

META_QUERY: Answer = {
    "q": "",
    "filter": f"key = {quoted(META)}",
    "page": 1,
    "hitsPerPage": 1,
    "attributesToRetrieve": ["generation", "fingerprint"],
    "locales": LOCALES,
}
"""Which generation answers; asked in every request, so that it is told of the index that answered."""


@dataclass(frozen=True)
class Asking:
    """Builds queries for one `Query` and reads their answers."""

    layout: Layout
    query: Query
    overlay: Overlay | None = None
    front: Front = NO_FRONT

    @property
    def filters(self) -> Filters:
        """The query's conditions."""
        return Filters(self.layout, self.query.today)

    @property
    def visible(self) -> str:
        """What may be found at all, without what counts elsewhere."""
        instead = self.overlay.documents if self.overlay else ()
        return self.filters.visible(dict.fromkeys((*self.query.hidden_ids, *instead)))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Facets with a choice, whose counts leave it out."""
        return tuple(name for name in self.query.facets if name in self.query.selected)

    @property
    def free(self) -> tuple[str, ...]:
        """The others."""
        return tuple(name for name in self.query.facets if name not in self.query.selected)

    @property
    def narrowed(self) -> bool:
        """Whether there are conditions beside the words."""
        return bool(self.query.selected or self.query.ranges or self.query.filter is not None)

    def whole(
        self, cell: Cell, *, page: int, limit: int, scored: bool, keys: Iterable[str] | None = None
    ) -> list[Answer]:
        """A cell's hits with the counts of the free facets, then the counts of each chosen one.

        `keys` narrows to documents found before; the cell's words then do not matter.
        """
        q, found = (cell.q, "") if keys is None else ("", keys_in(keys))
        condition = both(self.visible, found, self.filters.chosen(self.query))
        main = self._plain(q, condition, page, limit)
        main |= {
            "sort": self.sort(scored=scored),
            "attributesToRetrieve": self.retrieved(),
            "showRankingScore": scored,
            "facets": [self.layout.facet(name) for name in self.free],
        }
        asked = [main]
        for name in self.chosen:
            condition = both(self.visible, found, self.filters.chosen(self.query, leave_out=name))
            asked.append(self._plain(q, condition, 1, 0) | {"facets": [self.layout.facet(name)]})
        return asked

    def first(self, cell: Cell, condition: str, *, page: int, limit: int) -> Answer:
        """Those of a cell's hits that a condition of the front holds for."""
        condition = both(self.visible, condition, self.filters.chosen(self.query))
        return self._plain(cell.q, condition, page, limit) | {
            "sort": self.sort(scored=True),
            "attributesToRetrieve": self.retrieved(),
            "showRankingScore": True,
        }

    def count(self, cell: Cell) -> Answer:
        """How many documents a cell finds before filters."""
        return self._plain(cell.q, self.visible, 1, 0)

    def keys(self, cell: Cell) -> Answer:
        """The best documents that a cell finds before filters: their keys and scores alone."""
        asked = self._plain(cell.q, self.visible, 1, MOST_RELAXED)
        tied = f"tie{self.query.rotation}"
        return asked | {"attributesToRetrieve": ["key"], "showRankingScore": True, "sort": [f"{tied}:asc"]}

    def sort(self, *, scored: bool) -> list[str]:
        """The order that the engine is asked for; with words its relevance comes before any of it."""
        tied = f"tie{self.query.rotation}:asc"
        if self.query.sort is None or scored:
            return [tied]
        return [f"{self._sorted_by}:{'desc' if self.query.sort.descending else 'asc'}", tied]

    def retrieved(self) -> list[str]:
        """What of a document is wanted."""
        texts = self.query.highlight_fields if self.query.highlight else ()
        wanted = ["key", "id", "revision", "revision_id", "parts", f"tie{self.query.rotation}", *texts]
        wanted += self.front.keys
        return wanted if self.query.sort is None else [*wanted, self._sorted_by]

    def counts(self, answers: Sequence[tuple[str, Answer]]) -> tuple[Counts, Counts]:
        """Counts by facet and value from (facet, answer), those of one facet added up; and those still hashed."""
        totals: Counts = {name: {} for name in self.query.facets}
        hashed: Counts = {name: {} for name in self.query.facets}
        for name, answer in answers:
            distribution = (answer.get("facetDistribution") or {}).get(self.layout.facet(name), {})
            plain, unread = self.filters.counts(name, distribution)
            for into, of in ((totals[name], plain), (hashed[name], unread)):
                for value, number in of.items():
                    into[value] = into.get(value, 0) + number
        return totals, hashed

    def ordered(self, totals: Mapping[str, dict[str, int]]) -> dict[str, tuple[FacetCount, ...]]:
        """Counts as `Results` lists them."""
        return {name: ordered(totals[name], self.query.selected.get(name, ())) for name in self.query.facets}

    def with_overlay(
        self, totals: dict[str, dict[str, int]], facets: Mapping[str, tuple[FacetCount, ...]]
    ) -> None:
        """Add the overlay's counts."""
        for name, counts in facets.items():
            added(totals[name], counts)

    def place(self, hit: Answer, *, scored: bool, ahead: bool = True) -> Key:
        """Where a hit comes among those of other cells."""
        tied = int(hit.get(f"tie{self.query.rotation}") or 0)
        return self._place(
            hit.get(self._sorted_by) if self.query.sort else None,
            (not ahead, self.front.tier(hit), -_score(hit, scored)),
            tied,
        )

    def place_of(self, hit: Hit, *, scored: bool, ahead: bool = True) -> Key:
        """The same for a hit of the overlay; by relevance it is approximate."""
        assert self.overlay is not None
        document = self.overlay.documents[hit.id]
        value: Any = None
        if self.query.sort is not None:
            match self.query.sort.name:
                case "name":
                    value = sort_key(sort_name(document.texts))
                case "updated_at":
                    value = int(document.updated_at.timestamp() * 1_000_000)
                case name:
                    numbers = document.number(name)
                    value = (max if self.query.sort.descending else min)(numbers, default=None)
        score = hit.score / (1 + hit.score) if scored else 0.0
        relevance = (not ahead, self.front.tier_of(document), -score)
        return self._place(value, relevance, tie(document, self.query.rotation))

    def hit(self, answer: Answer, marks: Marks, *, scored: bool) -> Hit:
        """A hit as the port knows it, marked by ourselves: the engine marks tokens, and in bytes."""
        wanted = self.query.highlight_fields if self.query.highlight else ()
        texts = {name: str(answer[name]) for name in wanted if name in answer}
        return Hit(
            id=str(answer["id"]),
            revision=int(answer["revision"]),
            revision_id=str(answer["revision_id"]),
            part_revision_ids=tuple(str(part) for part in answer.get("parts", ())),
            score=_score(answer, scored) if self.query.sort is None else 0.0,
            highlights=highlight(texts, marks) if self.query.highlight else {},
        )

    @property
    def _sorted_by(self) -> str:
        assert self.query.sort is not None
        return self.layout.sort(self.query.sort.name, descending=self.query.sort.descending)

    def _place(self, value: Any, relevance: Key, tied: int) -> Key:
        if self.query.sort is None:
            return (*relevance, tied)
        if value is None:
            return (1, 0, tied)
        return (0, _Backwards(value) if self.query.sort.descending else value, tied)

    def _plain(self, q: str, condition: str, page: int, limit: int) -> Answer:
        return {
            "q": q,
            "filter": condition,
            "page": page,
            "hitsPerPage": min(limit, MOST_HITS),
            "attributesToRetrieve": ["key"],
            "matchingStrategy": "all",
            "locales": LOCALES,
        }


class _Backwards:
    """Orders what it holds the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Backwards) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and bool(other.value == self.value)

    __hash__ = None  # type: ignore[assignment]  # it only orders


def _score(hit: Answer, scored: bool) -> float:
    return float(hit.get("_rankingScore") or 0.0) if scored else 0.0
