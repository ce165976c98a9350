"""One question to one view: match, relax, order, count, mark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tantivy
from tantivy import Occur, Order
from tantivy import Query as TantivyQuery

from search.embedded.filters import Filters, ordered, unscored
from search.embedded.matching import Match, Matcher
from search.embedded.view import View
from search.engine import STRICT_ENOUGH
from search.folding import fold_text
from search.highlighting import highlight
from search.query import Query, Sort
from search.query_text import QueryText, parse
from search.results import FacetCount, Hit, Suggestion

_STEPS_PER_POINT = 2
_LOOK_AHEAD = 64
_SUGGEST_FROM = ("name", "kana", "vendor")

Key = float | int | str | None


@dataclass(frozen=True)
class Found:
    """What `EmbeddedEngine` turns into `Results`."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[FacetCount, ...]]
    match: Match


class SearchSession:
    """Answers from one view, so that hits, total and facets of an answer agree with each other."""

    def __init__(self, view: View) -> None:
        self._searcher = view.searcher
        self._layout = view.layout
        self._matcher = Matcher(view.layout.schema)

    def search(self, query: Query) -> Found:
        """Answer `query`, relaxed if need be. A page past the end has no hits."""
        text = parse(query.text)
        filters = Filters(self._layout, self._searcher, query.today)
        match = self._match(text, query, filters)
        base = _both(match.query, filters.visible(query.hidden_ids))
        wanted = _both(base, filters.chosen(query))
        total = self._count(wanted)
        page: list[tuple[float, tantivy.DocAddress]] = []
        if query.limit and query.offset < total:
            page = self._page(wanted, query, total, scored=bool(text.words))
        hits = tuple(self._hit(address, score, match, query) for score, address in page)
        return Found(hits, total, self._facets(base, wanted, query, filters), match)

    def facet_values(self, name: str, text: str, query: Query) -> tuple[FacetCount, ...]:
        """Counts of one facet under `query` without its own choice, for values that contain `text`."""
        filters = Filters(self._layout, self._searcher, query.today)
        match = self._match(parse(query.text), query, filters)
        base = _both(match.query, filters.visible(query.hidden_ids))
        totals = self._aggregate(_both(base, filters.chosen(query, leave_out=name)), [name], filters)[name]
        needle = fold_text(text.strip())
        return ordered({value: number for value, number in totals.items() if needle in fold_text(value)})

    def suggest(self, query: Query) -> tuple[Suggestion, ...]:
        """Names and vendors that hold the words of `query`, each once."""
        text = parse(query.text)
        if not text.words or not query.limit:
            return ()
        filters = Filters(self._layout, self._searcher, query.today)
        match = Matcher(self._layout.schema, _SUGGEST_FROM).strict(text)
        wanted = _both(match.query, filters.visible(query.hidden_ids))
        found: dict[tuple[str, str], Suggestion] = {}
        for _, address in self._searcher.search(wanted, limit=query.limit * 4, count=False).hits:
            source = self._source(address)
            texts = {name: source["texts"].get(name, "") for name in _SUGGEST_FROM}
            marked = highlight(texts, match.marks)
            if "name" in marked or "kana" in marked:
                id_ = str(self._searcher.doc(address)["id"][0])
                found.setdefault(("name", id_), Suggestion("name", texts["name"], id_))
            if "vendor" in marked:
                found.setdefault(("vendor", texts["vendor"]), Suggestion("vendor", texts["vendor"]))
        return tuple(found.values())[: query.limit]

    def _match(self, text: QueryText, query: Query, filters: Filters) -> Match:
        """The strict match, or the first wider one that finds enough, or else the widest that finds more."""
        strict = self._matcher.strict(text)
        if query.strict or not text.words:
            return strict
        visible = filters.visible(query.hidden_ids)
        best, most = strict, self._count(_both(strict.query, visible))
        if most >= STRICT_ENOUGH:
            return strict
        for wider in self._matcher.relaxations(text):
            number = self._count(_both(wider.query, visible))
            if number > most:
                best, most = wider, number
            if most >= STRICT_ENOUGH:
                break
        return best

    def _page(
        self, wanted: TantivyQuery, query: Query, total: int, *, scored: bool
    ) -> list[tuple[float, tantivy.DocAddress]]:
        """Scores and addresses of the page, ordered by key, then by the tie key of the rotation.

        tantivy orders by one key only, so as many as might tie with the last of the page are taken and put in
        order here. Without words the tie key is the only one, and no more than the page is taken.
        """
        tie = f"tie{query.rotation}"
        if query.sort is None and not scored:
            result = self._searcher.search(
                wanted, query.limit, count=False, order_by_field=tie, order=Order.Asc, offset=query.offset
            )
            return [(0.0, address) for _, address in result.hits]
        end = min(query.offset + query.limit, total)
        taken = end + _LOOK_AHEAD
        while True:
            hits = self._ranked(wanted, query.sort, min(taken, total))
            if len(hits) >= total or hits[-1][0] != hits[end - 1][0]:
                break
            taken *= 4
        ties = self._searcher.fast_field_values(tie, [address for _, _, address in hits])
        order: dict[Key, int] = {}
        for key, _, _ in hits:
            order.setdefault(key, len(order))
        ranked = sorted(zip(hits, ties, strict=True), key=lambda pair: (order[pair[0][0]], pair[1]))
        return [(score, address) for (_, score, address), _ in ranked[query.offset : end]]

    def _ranked(
        self, wanted: TantivyQuery, sort: Sort | None, limit: int
    ) -> list[tuple[Key, float, tantivy.DocAddress]]:
        if sort is None:
            scored = self._searcher.search(wanted, limit, count=False).hits
            return [(round(score * _STEPS_PER_POINT), float(score), address) for score, address in scored]
        field = self._sort_field(sort)
        if field is None:
            return [(None, 0.0, address) for _, address in self._searcher.search(wanted, limit).hits]
        result = self._searcher.search(
            wanted,
            limit,
            count=False,
            order_by_field=field,
            order=Order.Desc if sort.descending else Order.Asc,
        )
        return [(key, 0.0, address) for key, address in result.hits]

    def _sort_field(self, sort: Sort) -> str | None:
        """The field to sort by; None where the index, built under older settings, has none."""
        if sort.name == "name":
            return "sort_name"
        if sort.name == "updated_at":
            return "updated_at"
        field = self._layout.numbers.get(sort.name)
        return field and f"{field}_{'high' if sort.descending else 'low'}"

    def _facets(
        self, base: TantivyQuery, wanted: TantivyQuery, query: Query, filters: Filters
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Disjunctive counts: facets without a choice together, each of the others without its own."""
        chosen = [name for name in query.facets if name in query.selected]
        totals = self._aggregate(wanted, [name for name in query.facets if name not in chosen], filters)
        for name in chosen:
            totals |= self._aggregate(_both(base, filters.chosen(query, leave_out=name)), [name], filters)
        return {name: ordered(totals[name], query.selected.get(name, ())) for name in query.facets}

    def _aggregate(
        self, query: TantivyQuery, names: list[str], filters: Filters
    ) -> dict[str, dict[str, int]]:
        asked = {
            str(place): aggregation
            for place, name in enumerate(names)
            if (aggregation := filters.aggregation(name)) is not None
        }
        answer: dict[str, Any] = self._searcher.aggregate(query, asked) if asked else {}
        return {
            name: filters.counts(name, answer.get(str(place), {}).get("buckets", []))
            for place, name in enumerate(names)
        }

    def _count(self, query: TantivyQuery) -> int:
        result = self._searcher.search(query, 1, count=True)
        return int(result.count or 0)  # type: ignore[attr-defined]  # missing from the stub of 0.27

    def _hit(self, address: tantivy.DocAddress, score: float, match: Match, query: Query) -> Hit:
        source = self._source(address)
        texts = {name: source["texts"][name] for name in query.highlight_fields if name in source["texts"]}
        return Hit(
            id=str(source["id"]),
            revision=int(source["revision"]),
            revision_id=str(source["revision_id"]),
            score=score,
            highlights=highlight(texts, match.marks) if query.highlight else {},
        )

    def _source(self, address: tantivy.DocAddress) -> dict[str, Any]:
        document = self._searcher.doc(address)
        source: dict[str, Any] = json.loads(document["source"][0])
        return source | {"id": document["id"][0]}


def _both(scored: TantivyQuery, condition: TantivyQuery) -> TantivyQuery:
    """Documents of both, with the score of the first."""
    return TantivyQuery.boolean_query([(Occur.Must, scored), (Occur.Must, unscored(condition))])
