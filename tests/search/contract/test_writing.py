from __future__ import annotations

from collections.abc import Iterator

import pytest

from search.engine import (
    MAXIMUM_QUERY_LENGTH,
    NO_GENERATION,
    Document,
    Exists,
    In,
    Not,
    Query,
    QueryTooLong,
    Range,
    Sort,
    UnknownFacet,
    UnknownRange,
    UnknownSort,
)
from tests.search.contract.adapters import TODAY, Adapter, document


def test_the_last_of_several_upserts_counts(adapter: Adapter) -> None:
    adapter.writer.apply(
        [document("d", "住民票", revision=1), document("d", "会計", revision=2, part_revision_ids=("o-r3",))]
    )
    (hit,) = adapter.ask().hits
    assert (hit.id, hit.revision, hit.revision_id, hit.part_revision_ids) == ("d", 2, "d-r1", ("o-r3",))
    assert adapter.ids("住民票") == set()


def test_putting_in_replaces_and_taking_out_removes(adapter: Adapter) -> None:
    adapter.writer.apply([document("a", "住民票", terms={"cloud": ("AWS",)}), document("b", "会計")])
    adapter.writer.apply([document("a", "税務", revision=2)], ["b", "never-there"])
    results = adapter.ask(facets=("cloud",))
    assert [(hit.id, hit.revision) for hit in results.hits] == [("a", 2)]
    assert results.facets["cloud"] == ()


def test_a_deletion_gives_way_to_an_upsert(adapter: Adapter) -> None:
    adapter.writer.apply([document("a", "住民票")], ["a"])
    assert adapter.ids() == {"a"}


def test_a_refused_batch_changes_nothing(adapter: Adapter) -> None:
    adapter.writer.apply([document("a", "住民票")])
    with pytest.raises(UnknownFacet):
        adapter.writer.apply([document("b"), document("c", terms={"colour": ("red",)})], ["a"])
    with pytest.raises(UnknownFacet):
        adapter.writer.apply([document("c", validity={"cloud": (("AWS", None),)})])
    with pytest.raises(UnknownRange):
        adapter.writer.apply([document("c", numbers={"height": 1})])
    assert adapter.ids() == {"a"}


def test_a_rebuild_replaces_everything_under_a_new_generation(adapter: Adapter) -> None:
    adapter.writer.apply([document("old", "住民票")])
    before = adapter.ask().generation
    after = adapter.writer.rebuild([document("new", "会計"), document("new", "税務", revision=2)])
    results = adapter.ask()
    assert [(hit.id, hit.revision) for hit in results.hits] == [("new", 2)]
    assert results.generation == after
    assert NO_GENERATION not in (before, after)
    assert before != after
    adapter.writer.apply([document("more", "予約")])
    assert adapter.ids() == {"new", "more"}


def test_a_rebuild_that_breaks_off_changes_nothing(adapter: Adapter) -> None:
    def broken() -> Iterator[Document]:
        yield document("new", "会計")
        raise RuntimeError("the database went away")

    adapter.writer.apply([document("old", "住民票")])
    before = adapter.ask().generation
    with pytest.raises(RuntimeError, match="went away"):
        adapter.writer.rebuild(broken())
    adapter.writer.apply([document("next", "税務")])
    assert adapter.ids() == {"old", "next"}
    assert adapter.ask().generation == before


def test_fingerprints_tell_what_differs(adapter: Adapter) -> None:
    a, b, c = document("a", "住民票"), document("b", "会計"), document("c", "税務")
    adapter.writer.apply([a, b])
    adapter.writer.apply([document("b", "会計", revision=2), c])
    adapter.writer.apply([], ["c"])
    expected = {document_.id: document_.fingerprint for document_ in (a, b, c)}
    check = adapter.writer.check(expected)
    assert (check.missing, check.outdated, check.surplus) == (("c",), ("b",), ())
    assert not check.agrees
    adapter.writer.apply([b, c])
    assert adapter.writer.check(expected).agrees
    assert adapter.writer.fingerprints() == adapter.run(adapter.engine.fingerprints()) == expected
    assert adapter.writer.check({"a": a.fingerprint}).surplus == ("b", "c")


def test_health_and_stats_count_documents(adapter: Adapter) -> None:
    adapter.writer.apply([document("a", "住民票"), document("b", "会計")])
    health, stats = adapter.run(adapter.engine.health()), adapter.writer.stats()
    assert health.available
    assert not health.stale
    assert health.documents == stats.documents == 2
    assert health.generation == stats.generation == adapter.ask().generation
    assert health.engine == adapter.ask().engine == adapter.engine.capabilities().engine
    assert stats.size_bytes > 0


def test_names_outside_the_settings_are_refused(catalogue: Adapter) -> None:
    for options in (
        {"facets": ("colour",)},
        {"selected": {"colour": ("red",)}},
        {"filter": Not(In("colour", ("red",)))},
        {"filter": Exists("colour")},
    ):
        with pytest.raises(UnknownFacet, match="colour"):
            catalogue.ask(**options)
    with pytest.raises(UnknownRange, match="height"):
        catalogue.ask(ranges={"height": (1, 2)})
    with pytest.raises(UnknownRange, match="height"):
        catalogue.ask(filter=Range("height", 1))
    with pytest.raises(UnknownSort, match="users"):
        catalogue.ask(sort=Sort("users"))
    with pytest.raises(UnknownFacet):
        catalogue.run(catalogue.engine.facet_values("price", "", Query(TODAY)))


def test_what_is_too_long_is_refused(catalogue: Adapter) -> None:
    with pytest.raises(QueryTooLong) as refusal:
        catalogue.ask("住" * 10_000)
    assert (refusal.value.length, refusal.value.maximum) == (10_000, MAXIMUM_QUERY_LENGTH)


@pytest.mark.parametrize("options", [{"page": 0}, {"limit": -1}, {"rotation": 16}, {"rotation": -1}])
def test_impossible_pages_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"page|rotation"):
        Query(TODAY, **options)  # type: ignore[arg-type]  # every value here is an int
