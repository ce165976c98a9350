"""Filter trees, chosen facets and dates as tantivy queries that never touch the score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import tantivy
from tantivy import FieldType, Occur
from tantivy import Query as TantivyQuery

from search.embedded.schema import SEPARATOR, Layout, clean, value_of, value_term
from search.query import And, Exists, Filter, In, Not, Or, Query, Range
from search.results import FacetCount

_MOST_BUCKETS = 65_000


@dataclass(frozen=True)
class Filters:
    """Compiles the conditions of one query against the searchers of one answer.

    A name that the index does not know (it was built under older settings) matches nothing.
    """

    layout: Layout
    searchers: tuple[tantivy.Searcher, ...]
    today: date

    @property
    def _schema(self) -> tantivy.Schema:
        return self.layout.schema

    def visible(self, hidden_ids: Iterable[str]) -> TantivyQuery:
        """What the public may see today."""
        day = self.today.toordinal()
        hidden = [clean(id_) for id_ in hidden_ids]
        return TantivyQuery.boolean_query(
            [
                (Occur.Must, self._between("visible_from", None, day)),
                (Occur.Must, self._between("visible_until", day, None)),
                (Occur.MustNot, TantivyQuery.term_set_query(self._schema, "id", hidden)),
            ]
        )

    def chosen(self, query: Query, *, leave_out: str | None = None) -> TantivyQuery:
        """The filter, ranges and selected values of `query`, without those of one facet."""
        parts: list[Filter] = [
            In(name, values) for name, values in query.selected.items() if name != leave_out
        ]
        parts += [Range(name, minimum, maximum) for name, (minimum, maximum) in query.ranges.items()]
        if query.filter is not None:
            parts.append(query.filter)
        return self.compile(And(tuple(parts)))

    def compile(self, part: Filter) -> TantivyQuery:
        """One filter tree."""
        match part:
            case And(parts):
                return self._all(self.compile(inner) for inner in parts)
            case Or(parts):
                return any_of([self.compile(inner) for inner in parts])
            case Not(inner):
                return TantivyQuery.boolean_query(
                    [(Occur.Must, TantivyQuery.all_query()), (Occur.MustNot, self.compile(inner))]
                )
            case In(name, values):
                return self._in(name, values)
            case Range(name, minimum, maximum):
                field = self.layout.numbers.get(name)
                return self._between(field, minimum, maximum) if field else TantivyQuery.empty_query()
            case Exists(name):
                return self._exists(name)

    def counts(self, name: str, buckets: list[dict[str, object]]) -> dict[str, int]:
        """Documents per value from the buckets of a terms aggregation, lapsed values left out."""
        lapsing, today = name in self.layout.lapsing, self.today.isoformat()
        totals: dict[str, int] = {}
        for bucket in buckets:
            term, number = str(bucket["key"]), int(str(bucket["doc_count"]))
            if lapsing:
                term, _, last = term.rpartition(SEPARATOR)
                if last < today:
                    continue
            totals[value_of(term)] = totals.get(value_of(term), 0) + number
        return totals

    def aggregation(self, name: str) -> dict[str, object] | None:
        """The terms aggregation of a facet, None where the index does not know it."""
        field = self.layout.terms.get(name) or self.layout.lapsing.get(name)
        return {"terms": {"field": field, "size": _MOST_BUCKETS}} if field else None

    def _in(self, name: str, values: tuple[str, ...]) -> TantivyQuery:
        if name in self.layout.terms:
            terms = [value_term(value) for value in values]
            return TantivyQuery.term_set_query(self._schema, self.layout.terms[name], terms)
        if name in self.layout.lapsing:
            field = self.layout.lapsing[name]
            terms = [term for value in values for term in self._valid_terms(field, value)]
            return TantivyQuery.term_set_query(self._schema, field, terms)
        return TantivyQuery.empty_query()

    def _valid_terms(self, field: str, value: str) -> Iterator[str]:
        """Terms of value and last day that still hold; tantivy has no ranges over text."""
        prefix = f"{value_term(value)}{SEPARATOR}"
        for searcher in self.searchers:
            for term, _ in searcher.terms_with_prefix(field, prefix):
                if term.removeprefix(prefix) >= self.today.isoformat():
                    yield term

    def _exists(self, name: str) -> TantivyQuery:
        if name in self.layout.lapsing:
            return self._between(f"{self.layout.lapsing[name]}_last", self.today.toordinal(), None)
        field = self.layout.terms.get(name) or self.layout.numbers.get(name)
        return TantivyQuery.exists_query(field) if field else TantivyQuery.empty_query()

    def _between(self, field: str, minimum: int | None, maximum: int | None) -> TantivyQuery:
        if minimum is None and maximum is None:
            return TantivyQuery.exists_query(field)
        bounds = (_clamp(minimum), _clamp(maximum))
        if None not in bounds and bounds[0] > bounds[1]:  # type: ignore[operator]  # None is excluded before
            return TantivyQuery.empty_query()
        return TantivyQuery.range_query(self._schema, field, FieldType.Integer, *bounds)

    def _all(self, parts: Iterable[TantivyQuery]) -> TantivyQuery:
        return TantivyQuery.boolean_query(
            [(Occur.Must, TantivyQuery.all_query()), *((Occur.Must, part) for part in parts)]
        )


def any_of(parts: list[TantivyQuery]) -> TantivyQuery:
    """At least one of the parts; none of none."""
    return TantivyQuery.boolean_query([(Occur.Should, part) for part in parts])


def unscored(query: TantivyQuery) -> TantivyQuery:
    """The same documents, nothing added to the score."""
    return TantivyQuery.const_score_query(query, 0.0)


def ordered(totals: dict[str, int], selected: tuple[str, ...] = ()) -> tuple[FacetCount, ...]:
    """Counts as `Results` lists them: by count, then by value, selected values even at 0."""
    complete = {**dict.fromkeys(selected, 0), **totals}
    return tuple(
        FacetCount(value, number) for value, number in sorted(complete.items(), key=lambda v: (-v[1], v[0]))
    )


def _clamp(bound: int | None) -> int | None:
    """Within what the index can hold, so that a bound of any size is only a wide one."""
    return None if bound is None else max(-(2**63), min(2**63 - 1, bound))
