"""One question to one view: match, relax, order, count, mark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy
from tantivy import Occur, Order
from tantivy import Query as TantivyQuery

from search.document import Document
from search.embedded.filters import Filters, ordered, unscored
from search.embedded.matching import Match, Matcher
from search.embedded.overlay import Part, parts_of
from search.embedded.view import View
from search.engine import STRICT_ENOUGH
from search.folding import fold_text
from search.highlighting import highlight, lines_marked
from search.query import Query, Sort
from search.query_text import QueryText, parse
from search.results import FacetCount, Hit, Suggestion

_STEPS_PER_POINT = 2
_LOOK_AHEAD = 64
_SUGGEST_FROM = ("name", "kana", "vendor")

Key = float | int | str | None
Place = tuple[int, tantivy.DocAddress]
"""The part of the view, and where in it."""


@dataclass(frozen=True)
class Found:
    """What `EmbeddedEngine` turns into `Results`."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[FacetCount, ...]]
    match: Match


class SearchSession:
    """Answers from one view, so that hits, total and facets of an answer agree with each other."""

    def __init__(self, view: View, instead: Sequence[Document] = ()) -> None:
        self._searcher = view.searcher
        self._layout = view.layout
        self._parts = parts_of(view, instead)
        self._searchers = tuple(part.searcher for part in self._parts)

    def search(self, query: Query) -> Found:
        """Answer `query`, relaxed if need be. A page past the end has no hits."""
        text = parse(query.text)
        filters = Filters(self._layout, self._searchers, query.today)
        match, found = self._match(text, query, filters)
        base = _both(match.query, filters.visible(query.hidden_ids))
        narrowed = bool(query.selected or query.ranges or query.filter is not None)
        wanted = _both(base, filters.chosen(query)) if narrowed else base
        total = self._count(wanted) if narrowed or found is None else found
        page: list[tuple[float, Place]] = []
        if query.limit and query.offset < total:
            page = self._page(wanted, query, total, scored=bool(text.words))
        hits = tuple(self._hit(place, score, match, query) for score, place in page)
        return Found(hits, total, self._facets(base, wanted, query, filters), match)

    def facet_values(self, name: str, text: str, query: Query) -> tuple[FacetCount, ...]:
        """Counts of one facet under `query` without its own choice, for values that contain `text`."""
        filters = Filters(self._layout, self._searchers, query.today)
        match, _ = self._match(parse(query.text), query, filters)
        base = _both(match.query, filters.visible(query.hidden_ids))
        totals = self._aggregate(_both(base, filters.chosen(query, leave_out=name)), [name], filters)[name]
        needle = fold_text(text.strip())
        return ordered({value: number for value, number in totals.items() if needle in fold_text(value)})

    def suggest(self, query: Query) -> tuple[Suggestion, ...]:
        """Names and vendors that hold the words of `query`, each once."""
        text = parse(query.text)
        if not text.words or not query.limit:
            return ()
        filters = Filters(self._layout, self._searchers, query.today)
        match = Matcher(self._layout.schema, query.synonyms, _SUGGEST_FROM).strict(text)
        wanted = _both(match.query, filters.visible(query.hidden_ids))
        found: dict[tuple[str, str], Suggestion] = {}
        for _, address in self._searcher.search(wanted, limit=query.limit * 4, count=False).hits:
            source = _source(self._searcher, address)
            texts = {name: source["texts"].get(name, "") for name in _SUGGEST_FROM}
            marked = highlight(texts, match.marks)
            id_ = str(source["id"])
            if "name" in marked or "kana" in marked:
                found.setdefault(("name", id_), Suggestion("name", texts["name"], id_))
            for line in lines_marked(texts["vendor"], marked.get("vendor", ())):
                found.setdefault(("vendor", line), Suggestion("vendor", line))
        return tuple(found.values())[: query.limit]

    def _match(self, text: QueryText, query: Query, filters: Filters) -> tuple[Match, int | None]:
        """The strict match, or the first wider one that finds enough, or else the widest that finds more.

        With it how many it finds before filters, where that was counted.
        """
        matcher = Matcher(self._layout.schema, query.synonyms)
        strict = matcher.strict(text)
        if query.strict or not text.words:
            return strict, None
        visible = filters.visible(query.hidden_ids)
        best, most = strict, self._count(_both(strict.query, visible))
        if most >= STRICT_ENOUGH:
            return strict, most
        for wider in matcher.relaxations(text):
            number = self._count(_both(wider.query, visible))
            if number > most:
                best, most = wider, number
            if most >= STRICT_ENOUGH:
                break
        return best, most

    def _page(
        self, wanted: TantivyQuery, query: Query, total: int, *, scored: bool
    ) -> list[tuple[float, Place]]:
        """Scores and places of the page, ordered by key, then by the tie key of the rotation.

        tantivy orders by one key only, so as many as might tie with the last of the page are taken and put in
        order here. Without words the tie key is the only one, and no more than the page is taken.
        """
        tie = f"tie{query.rotation}"
        if query.sort is None and not scored and len(self._parts) == 1:
            result = self._searcher.search(
                wanted, query.limit, count=False, order_by_field=tie, order=Order.Asc, offset=query.offset
            )
            return [(0.0, (0, address)) for _, address in result.hits]
        end = min(query.offset + query.limit, total)
        taken = end + _LOOK_AHEAD
        while True:
            hits = self._ranked(wanted, query, min(taken, total), scored=scored)
            if len(hits) >= total or hits[-1][0] != hits[end - 1][0]:
                break
            taken *= 4
        order: dict[Key, int] = {}
        for key, _, _ in hits:
            order.setdefault(key, len(order))
        ties = self._ties(tie, [place for _, _, place in hits])
        ranked = sorted(zip(hits, ties, strict=True), key=lambda pair: (order[pair[0][0]], pair[1]))
        return [(score, place) for (_, score, place), _ in ranked[query.offset : end]]

    def _ties(self, field: str, places: list[Place]) -> list[int]:
        found: dict[int, int] = {}
        for number, part in enumerate(self._parts):
            mine = [(index, address) for index, (of, address) in enumerate(places) if of == number]
            values = part.searcher.fast_field_values(field, [address for _, address in mine])
            found |= {index: int(value or 0) for (index, _), value in zip(mine, values, strict=True)}
        return [found[index] for index in range(len(places))]

    def _ranked(
        self, wanted: TantivyQuery, query: Query, limit: int, *, scored: bool
    ) -> list[tuple[Key, float, Place]]:
        """The best of every part, in order of their keys."""
        ranked = [
            (key, score, (number, address))
            for number, part in enumerate(self._parts)
            for key, score, address in self._ranked_in(part, wanted, query.sort, limit, scored=scored)
        ]
        if len(self._parts) > 1:
            downwards = query.sort.descending if query.sort else True
            valued = [hit for hit in ranked if hit[0] is not None]
            valued.sort(key=lambda hit: hit[0], reverse=downwards)  # type: ignore[arg-type,return-value]  # no None is left, and one field has one type
            ranked = valued + [hit for hit in ranked if hit[0] is None]
        return ranked[:limit]

    def _ranked_in(
        self, part: Part, wanted: TantivyQuery, sort: Sort | None, limit: int, *, scored: bool
    ) -> list[tuple[Key, float, tantivy.DocAddress]]:
        wanted = part.narrowed(wanted)
        if sort is None:
            hits = part.searcher.search(wanted, limit, count=False).hits
            if not scored:
                return [(0, 0.0, address) for _, address in hits]
            return [(round(score * _STEPS_PER_POINT), float(score), address) for score, address in hits]
        field = self._sort_field(sort)
        if field is None:
            return [(None, 0.0, address) for _, address in part.searcher.search(wanted, limit).hits]
        result = part.searcher.search(
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
        totals: dict[str, dict[str, int]] = {name: {} for name in names}
        for part in self._parts if asked else ():
            answer: dict[str, Any] = part.searcher.aggregate(part.narrowed(query), asked)
            for place, name in enumerate(names):
                counted = filters.counts(name, answer.get(str(place), {}).get("buckets", []))
                for value, number in counted.items():
                    totals[name][value] = totals[name].get(value, 0) + number
        return totals

    def _count(self, query: TantivyQuery) -> int:
        total = 0
        for part in self._parts:
            result = part.searcher.search(part.narrowed(query), 1, count=True)
            total += int(result.count or 0)  # type: ignore[attr-defined]  # missing from the stub of 0.27
        return total

    def _hit(self, place: Place, score: float, match: Match, query: Query) -> Hit:
        number, address = place
        source = _source(self._parts[number].searcher, address)
        texts = {name: source["texts"][name] for name in query.highlight_fields if name in source["texts"]}
        return Hit(
            id=str(source["id"]),
            revision=int(source["revision"]),
            revision_id=str(source["revision_id"]),
            part_revision_ids=tuple(str(part) for part in source["parts"]),
            score=score,
            highlights=highlight(texts, match.marks) if query.highlight else {},
        )


def _source(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> dict[str, Any]:
    document = searcher.doc(address)
    source: dict[str, Any] = json.loads(document["source"][0])
    return source | {"id": document["id"][0]}


def _both(scored: TantivyQuery, condition: TantivyQuery) -> TantivyQuery:
    """Documents of both, with the score of the first."""
    return TantivyQuery.boolean_query([(Occur.Must, scored), (Occur.Must, unscored(condition))])
