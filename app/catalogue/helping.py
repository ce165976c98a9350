"""Help beside the results: what to drop where nothing was found, how to narrow where too much was, もしかして.

Every count is the engine's answer to the very search that the link leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from app.catalogue.facets import catalogue_facets
from app.catalogue.query import SearchParams
from app.catalogue.results import FacetView, Remedy, SearchHit
from catalogue_schema import Schema
from search.engine import Synonyms
from search.folding import fold, fold_text
from search.highlighting import errors_allowed, near
from search.query_text import QueryText, Word, parse
from search.tokens import runs

TO_JUDGE = 30
"""More hits than this are not to be ranked harder but narrowed first, since each has to be judged."""
TRIALS = 12
OFFERED = 6
NARROW_BY = ("area", "specification", "class", "population", "route", "function", "network", "cloud")
"""Facets that officers narrow by first, where the schema has them."""

Count = Callable[[SearchParams], int]


def remedies(schema: Schema, params: SearchParams, count: Count) -> tuple[Remedy, ...]:
    """What to leave out of a search that finds nothing, the smallest changes first; only what finds something."""
    found: list[Remedy] = []
    for kind, label, changed in _trials(schema, params):
        if len(found) >= OFFERED:
            break
        if number := count(changed):
            found.append(Remedy(kind, label, changed, number))
    return tuple(found)


def spellings(
    schema: Schema, params: SearchParams, hits: Iterable[SearchHit], synonyms: Synonyms, count: Count
) -> tuple[Remedy, ...]:
    """もしかして: known words and names near to one that was asked, if a search for them finds something."""
    text = parse(params.text)
    known = _known(schema, hits, synonyms)
    found: list[Remedy] = []
    for word in text.words:
        if word.phrase or fold_text(word.written) in known:
            continue
        folded = word.folded
        candidates = [name for key, name in known.items() if key != folded and _near(folded, key)]
        for name in candidates[:2]:
            changed = params.searching(_text(text, instead={word: Word(name)}))
            if number := count(changed):
                found.append(Remedy("spelling", changed.text, changed, number))
    return tuple(found[:3])


def narrower(params: SearchParams, total: int, facets: Sequence[FacetView]) -> tuple[Remedy, ...]:
    """Values by which more than `TO_JUDGE` hits become fewer, those that leave the most judgeable first."""
    if total <= TO_JUDGE:
        return ()
    by_name = {view.facet.name: view for view in facets}
    found: list[Remedy] = []
    for name in NARROW_BY:
        view = by_name.get(name)
        if view is None or view.in_use or view.facet.kind != "terms":
            continue
        values = [value for value in view.values if 0 < value.count < total]
        fitting = [value for value in values if value.count <= TO_JUDGE] or values[-1:]
        found += [
            Remedy(
                "narrower",
                f"{view.facet.label}：{value.label}",
                params.with_value(name, value.value),
                value.count,
            )
            for value in fitting[:2]
        ]
    return tuple(found[:OFFERED])


def _trials(schema: Schema, params: SearchParams) -> Iterator[tuple[str, str, SearchParams]]:
    """Every search with one thing less, then without all filters, then without all words."""
    facets = catalogue_facets(schema)
    text = parse(params.text)
    filters = [*params.selected, *params.ranges]
    trials = 0
    for name in filters:
        yield "filter", facets[name].label, params.without(name)
        trials += 1
    if len(text.words) + len(text.excluded) > 1:
        for word in (*text.words, *text.excluded):
            if trials >= TRIALS:
                break
            yield "word", word.written, params.searching(_text(text, without=word))
            trials += 1
    if len(filters) > 1 and text.words:
        yield "filters", "", replace(params, selected={}, ranges={}, page=1)
    if filters and text.words:
        yield "words", "", params.searching("")


def _text(text: QueryText, *, without: Word | None = None, instead: dict[Word, Word] | None = None) -> str:
    """The query as one would type it, with a word less or another in its place."""
    pieces = [_typed((instead or {}).get(word, word)) for word in text.words if word != without]
    pieces += [f"-{_typed(word)}" for word in text.excluded if word != without]
    return " ".join(pieces)


def _typed(word: Word) -> str:
    return f'"{word.written}"' if word.phrase else word.written


def _known(schema: Schema, hits: Iterable[SearchHit], synonyms: Synonyms) -> dict[str, str]:
    """Folded → as written: names of the areas, words of the table, Latin names of what was found."""
    found: dict[str, str] = {}
    for term in schema.vocabulary("business_areas").current():
        for name in (term.ja, *term.also):
            found.setdefault(fold_text(name), name)
    for key, expansions in synonyms.table.items():
        found.setdefault(key, expansions[0].written)
        for expansion in expansions:
            for meant in expansion.meant:
                found.setdefault(fold_text(meant), meant)
    for hit in hits:
        folded = fold(hit.name)
        for run in runs(folded.text):
            if run.kind == "latin":
                start, end = folded.original(run.start, run.end)
                found.setdefault(run.text, hit.name[start:end])
    return found


def _near(one: str, other: str) -> bool:
    return bool(errors_allowed(other)) and abs(len(one) - len(other)) <= 1 and near(one, other)
