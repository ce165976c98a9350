"""Counts shown equal the rows listed: totals, pages and every facet, over the whole relevance set."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.relevance.documents import TODAY
from benchmarks.relevance.measuring import Asker, Corpus
from benchmarks.relevance.queries import Judged, read_sets
from search.engine import Document, Query

PAGE = 20
EVERYTHING = 10_000


def _values(document: Document, facet: str) -> set[str]:
    lapsing = {value for value, last in document.last_days(facet).items() if last is None or last >= TODAY}
    return lapsing | set(document.terms.get(facet, ()))


def _rows(asker: Asker, query: Query) -> list[str]:
    results = asker.ask(replace(query, facets=(), highlight=False, limit=EVERYTHING))
    rows = [hit.id for hit in results.hits]
    assert len(rows) == len(set(rows)) == results.total
    return rows


def _check(asker: Asker, query: Query, documents: dict[str, Document]) -> list[str]:
    """Compare what a page shows of a query with all its rows; answers these."""
    rows = _rows(asker, query)
    first = asker.ask(query)
    assert first.total == len(rows)
    assert [hit.id for hit in first.hits] == rows[:PAGE]
    last = max(1, -(-len(rows) // PAGE))
    for page in {min(2, last), last}:
        shown = asker.ask(replace(query, page=page, facets=()))
        assert [hit.id for hit in shown.hits] == rows[PAGE * (page - 1) : PAGE * page]
        assert shown.total == len(rows)
    past = asker.ask(replace(query, page=last + 1, facets=()))
    assert (past.hits, past.total) == ((), len(rows))
    for facet in query.facets:
        counted = rows
        if facet in query.selected:
            # A facet's own choice is left out of its counts, as it would be to change it.
            others = {name: values for name, values in query.selected.items() if name != facet}
            counted = _rows(asker, replace(query, selected=others))
        expected = Counter(value for id_ in counted for value in _values(documents[id_], facet))
        shown_counts = {count.value: count.documents for count in first.facets[facet] if count.documents}
        assert shown_counts == expected, facet
    return rows


def test_counts_are_those_of_the_rows(asker: Asker, corpus: Corpus) -> None:
    documents = {document.id: document for document in corpus.documents}
    asked: list[Judged] = [judged for half in read_sets() for judged in half.queries]
    listed = 0
    for judged in asked:
        query = replace(judged.query(corpus.schema, PAGE), highlight=False)
        try:
            rows = _check(asker, query, documents)
        except AssertionError as wrong:
            pytest.fail(f"{judged.title}: {wrong}")
        listed += len(rows)
        if rows and not query.selected:
            # Choosing the commonest area leaves as many rows as its count said.
            area, number = Counter(area for id_ in rows for area in documents[id_].terms["area"]).most_common(
                1
            )[0]
            assert len(_rows(asker, replace(query, selected={"area": (area,)}))) == number, judged.title
    assert listed > len(asked)
