"""One query of a multi-search, answered as the server does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cmp_to_key
from typing import Any

from tests.meilisearch_api.expressions import Filterable, condition, values_of
from tests.meilisearch_api.refusals import Refused
from tests.meilisearch_api.words import Term, Terms, Words, terms_of

Document = dict[str, Any]
_MAXIMUM_HITS = 1_000
_MAXIMUM_VALUES = 100


class Searching:
    """Asks one index in one state."""

    def __init__(self, uid: str, settings: Mapping[str, Any], documents: Mapping[str, Document]) -> None:
        self._uid = uid
        self._settings = settings
        self._documents = documents
        self._filterable = Filterable(settings.get("filterableAttributes", []))
        self._attributes = list(settings.get("searchableAttributes", []))
        self._words: Words | None = None

    def answer(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Hits, exact total, counts."""
        started = time.perf_counter()
        q = query.get("q") or ""
        self._check(query)
        keys, scores = self._matching(q, query)
        if "filter" in query:
            holds = condition(query["filter"], self._filterable)
            keys = [key for key in keys if holds(self._documents[key])]
        keys = self._sorted(keys, query.get("sort", []), scores)
        maximum = self._settings.get("pagination", {}).get("maxTotalHits", _MAXIMUM_HITS)
        page, size = query["page"], query["hitsPerPage"]
        total = min(len(keys), maximum)
        shown = keys[:maximum][(page - 1) * size : page * size] if page else []
        answer = {
            "indexUid": self._uid,
            "hits": [self._hit(key, query, scores) for key in shown],
            "query": q,
            "hitsPerPage": size,
            "page": page,
            "totalHits": total,
            "totalPages": -(-total // size) if size else 0,
        }
        if query.get("facets") is not None:
            answer["facetDistribution"] = self._distribution(keys, query["facets"])
            answer["facetStats"] = {}
        return answer | {"processingTimeMs": int((time.perf_counter() - started) * 1_000)}

    def _check(self, query: Mapping[str, Any]) -> None:
        for name in query.get("facets") or ():
            if not self._filterable.allows(name):
                raise Refused("invalid_search_facets", f"attribute `{name}` is not filterable")
        for entry in query.get("sort") or ():
            if entry.rpartition(":")[0] not in self._settings.get("sortableAttributes", []):
                raise Refused("invalid_search_sort", f"attribute `{entry}` is not sortable")
        if query.get("sort") and "sort" not in self._settings.get("rankingRules", []):
            raise Refused("invalid_search_sort", "the sort ranking rule must be specified")
        for name in query.get("attributesToSearchOn") or ():
            if name not in self._attributes:
                raise Refused(
                    "invalid_search_attributes_to_search_on", f"attribute `{name}` is not searchable"
                )

    def _matching(self, q: str, query: Mapping[str, Any]) -> tuple[list[str], dict[str, float]]:
        terms = terms_of(q)
        if not (terms.found or terms.absent):
            return list(self._documents), {}
        if self._words is None:
            self._words = Words(self._documents, self._attributes)
        only = query.get("attributesToSearchOn")
        found = self._found(terms, query.get("matchingStrategy", "last"), "locales" in query, only)
        for term in terms.absent:
            found -= self._words.holding(term)
        ranks = {
            key: self._words.first_attribute(key, terms.found, only or self._attributes) for key in found
        }
        # Monotonous in the rank; that it lies between 0 and 1 is all that is known of the real one.
        scores = {key: 1 / (1 + wrong + places / 10_000) for key, (wrong, places) in ranks.items()}
        return [key for key in self._documents if key in found], scores

    def _found(self, terms: Terms, strategy: str, localised: bool, only: Sequence[str] | None) -> set[str]:
        sets = [self._holding(term, localised, only) for term in terms.found]
        if not sets:
            return set(self._documents)
        together = set.intersection(*sets)
        if strategy == "all":
            return together
        # "last" drops words from the end, but never the first.
        return sets[0]

    def _holding(self, term: Term, localised: bool, only: Sequence[str] | None) -> set[str]:
        assert self._words is not None
        if not (term.latin or localised):
            return set()  # Kanji alone are taken for Chinese.
        found = self._words.holding(term)
        return found if only is None else {key for key in found if self._words.holds_in(key, term, only)}

    def _sorted(self, keys: list[str], sort: Sequence[str], scores: Mapping[str, float]) -> list[str]:
        """By relevance, then by the sort, which the ranking rules have last; then as they were written."""

        def compare(one: str, other: str) -> int:
            left, right = scores.get(one, 1.0), scores.get(other, 1.0)
            if left != right:
                return -1 if left > right else 1
            for entry in sort:
                name, _, direction = entry.rpartition(":")
                a, b = values_of(self._documents[one], name), values_of(self._documents[other], name)
                if not a or not b:
                    if bool(a) != bool(b):
                        return -1 if a else 1
                    continue
                if a[0] != b[0]:
                    return (-1 if a[0] < b[0] else 1) * (1 if direction == "asc" else -1)
            return 0

        return sorted(keys, key=cmp_to_key(compare))

    def _hit(self, key: str, query: Mapping[str, Any], scores: Mapping[str, float]) -> Document:
        wanted = query.get("attributesToRetrieve", ["*"])
        document = self._documents[key]
        hit = {name: value for name, value in document.items() if "*" in wanted or name in wanted}
        return hit | ({"_rankingScore": scores.get(key, 1.0)} if query.get("showRankingScore") else {})

    def _distribution(self, keys: Sequence[str], facets: Sequence[str]) -> dict[str, dict[str, int]]:
        most = self._settings.get("faceting", {}).get("maxValuesPerFacet", _MAXIMUM_VALUES)
        found: dict[str, dict[str, int]] = {}
        for name in facets:
            counts: dict[str, int] = {}
            for key in keys:
                for value in dict.fromkeys(str(value) for value in values_of(self._documents[key], name)):
                    counts[value] = counts.get(value, 0) + 1
            found[name] = dict(sorted(counts.items())[:most])
        return found
