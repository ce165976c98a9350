"""Random writes and questions: the engine and a few lines of plain Python must give the same answer."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engine import And, Document, Exists, Filter, In, Not, Or, Query, Range
from tests.search.contract.adapters import ADAPTERS, SETTINGS, TODAY, document

VALUES = ("AWS", "aws", "", 'A"B\\C', "a・b", "さくら")
DAYS = st.one_of(st.none(), st.integers(-2, 2).map(lambda shift: TODAY + timedelta(shift)))
VALUE = st.sampled_from(VALUES)
LETTERS = "住民票税 、がヶ"
KANJI = "[住民票税]"

documents = st.builds(
    lambda number, name, cloud, area, certificate, price, begin, end: document(
        f"d{number}",
        name,
        terms={"cloud": tuple(cloud), "area": tuple(area)},
        validity={"certificate": tuple(certificate)},
        numbers={"price": tuple(price)},
        visible_from=begin,
        visible_until=end,
    ),
    st.integers(0, 9),
    st.text(LETTERS, max_size=8),
    st.lists(VALUE, max_size=3),
    st.lists(VALUE, max_size=1),
    st.lists(st.tuples(VALUE, DAYS), max_size=3),
    st.lists(st.integers(-3, 3), max_size=2),
    DAYS,
    DAYS,
)
batches = st.lists(
    st.tuples(
        st.lists(documents, max_size=6), st.lists(st.integers(0, 9).map(lambda n: f"d{n}"), max_size=3)
    ),
    min_size=1,
    max_size=5,
)
facet_values = st.lists(VALUE, max_size=3).map(tuple)
filters: st.SearchStrategy[Filter] = st.recursive(
    st.one_of(
        st.builds(In, st.sampled_from(("cloud", "area", "certificate")), facet_values),
        st.builds(
            Range,
            st.just("price"),
            st.one_of(st.none(), st.integers(-4, 4)),
            st.one_of(st.none(), st.integers(-4, 4)),
        ),
        st.builds(Exists, st.sampled_from(("cloud", "certificate", "price"))),
    ),
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)
queries = st.builds(
    lambda words, condition, selected, price, hidden: Query(
        TODAY,
        " ".join(words),
        filter=condition,
        selected=selected,
        ranges=price,
        facets=("cloud", "certificate"),
        hidden_ids=tuple(hidden),
        strict=True,
        limit=100,
    ),
    st.lists(
        st.sampled_from(
            (
                *("住民", "票", "民票税", "税住", "-民", "-票税", '"住民票"'),
                *('"民が"', "民ヶ", "ヶ票", '"が票税"', "が", "民ヶ票", "-民が", "がが"),
            )
        ),
        max_size=2,
        unique=True,
    ),
    st.one_of(st.none(), filters),
    st.dictionaries(
        st.sampled_from(("cloud", "certificate")),
        st.lists(VALUE, min_size=1, max_size=2, unique=True).map(tuple),
    ),
    st.sampled_from(({}, {"price": (0, None)}, {"price": (None, 1)})),
    st.lists(st.sampled_from(("d0", "d5", "d42")), max_size=2),
)


@pytest.mark.parametrize("name", sorted(ADAPTERS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches, st.lists(queries, min_size=1, max_size=6), st.lists(documents, max_size=2))
def test_the_same_answers_as_plain_python(
    name: str,
    written: list[tuple[list[Document], list[str]]],
    asked: list[Query],
    instead: list[Document],
) -> None:
    model: dict[str, Document] = {}
    with tempfile.TemporaryDirectory() as folder, ADAPTERS[name](Path(folder) / "index", SETTINGS) as adapter:
        for upserts, deletions in written:
            adapter.writer.apply(upserts, deletions)
            for id_ in deletions:
                model.pop(id_, None)
            model |= {entry.id: entry for entry in upserts}
        indexed = {id_: entry.fingerprint for id_, entry in model.items()}
        model |= {entry.id: entry for entry in instead}
        for query in (replace(query, instead=tuple(instead)) for query in asked):
            results = adapter.run(adapter.engine.search(query))
            found = [entry for entry in model.values() if _matches(entry, query)]
            assert results.total == len(found)
            order = sorted(entry.id for entry in found)
            assert sorted(hit.id for hit in results.hits) == order
            for facet in query.facets:
                assert dict(results.facets[facet]) == _counts(facet, model, query)
        assert adapter.writer.fingerprints() == indexed


def _matches(entry: Document, query: Query, leave_out: str = "") -> bool:
    begin, end = entry.visible_from or date.min, entry.visible_until or date.max
    conditions: list[Filter] = [
        In(name, values) for name, values in query.selected.items() if name != leave_out
    ]
    conditions += [Range(name, *bounds) for name, bounds in query.ranges.items()]
    conditions += [query.filter] if query.filter else []
    return (
        begin <= query.today <= end
        and entry.id not in query.hidden_ids
        and _says(entry, query.text)
        and _holds(entry, And(tuple(conditions)))
    )


def _says(entry: Document, text: str) -> bool:
    runs = re.split("[ 、]+", _folded(entry.texts["name"]))
    return all(
        any(re.search(_asked(word.strip('-"')), run) for run in runs) is not word.startswith("-")
        for word in text.split()
    )


def _folded(text: str) -> str:
    """が and ヶ between kanji are one letter; elsewhere ヶ is け."""
    return re.sub(f"(?<={KANJI})[がヶ](?={KANJI})", "か", text).replace("ヶ", "け")


def _asked(word: str) -> str:
    """At an end of the word, beside a kanji, the text may go on with a kanji or not."""
    begins = re.match(f"[がヶ](?={KANJI}|$)", word)
    ends = re.search(f"(?<={KANJI})[がヶ]$", word)
    pattern = _folded(word)
    if begins:
        pattern = f"[か{pattern[0]}]{pattern[1:]}"
    return f"{pattern[:-1]}[か{pattern[-1]}]" if ends else pattern


def _holds(entry: Document, part: Filter) -> bool:
    match part:
        case And(parts):
            return all(_holds(entry, inner) for inner in parts)
        case Or(parts):
            return any(_holds(entry, inner) for inner in parts)
        case Not(inner):
            return not _holds(entry, inner)
        case In(name, values):
            return bool(_facet(entry, name) & set(values))
        case Range(name, minimum, maximum):
            low, high = -9 if minimum is None else minimum, 9 if maximum is None else maximum
            return any(low <= number <= high for number in entry.number(name))
        case Exists(name):
            return bool(entry.number(name) if name == "price" else _facet(entry, name))


def _facet(entry: Document, name: str) -> set[str]:
    valid = {value for value, last in entry.validity.get(name, ()) if last is None or last >= TODAY}
    return valid | set(entry.terms.get(name, ()))


def _counts(facet: str, model: dict[str, Document], query: Query) -> dict[str, int]:
    found = [entry for entry in model.values() if _matches(entry, query, leave_out=facet)]
    counts = {value: sum(value in _facet(entry, facet) for entry in found) for value in VALUES}
    kept = query.selected.get(facet, ())
    return {value: number for value, number in counts.items() if number or value in kept}
