from __future__ import annotations

from typing import Any

from search.engine import Query, Range
from tests.search.contract.adapters import TODAY, Adapter, document


def test_other_values_stay_countable_while_one_is_chosen(catalogue: Adapter) -> None:
    everything = catalogue.ask(facets=("cloud",)).facets["cloud"]
    chosen = catalogue.ask(facets=("cloud",), selected={"cloud": ("さくら",)})
    assert chosen.total == 1
    assert chosen.facets["cloud"] == everything == (("AWS", 2), ("Azure", 1), ("GCP", 1), ("さくら", 1))


def test_other_facets_count_under_the_choice(catalogue: Adapter) -> None:
    results = catalogue.ask(
        facets=("cloud", "certificate", "area"), selected={"cloud": ("AWS",), "certificate": ("ISMAP",)}
    )
    assert results.total == 1
    assert results.facets["cloud"] == (("AWS", 1), ("Azure", 1), ("さくら", 1))
    assert results.facets["certificate"] == (("ISMAP", 1), ("ISMS（ISO/IEC 27001）", 1))
    assert results.facets["area"] == ()


def test_ranges_filters_and_words_bind_every_count(catalogue: Adapter) -> None:
    options: dict[str, Any] = {"facets": ("cloud",), "selected": {"cloud": ("GCP",)}}
    under = catalogue.ask(ranges={"price": (None, 100_000)}, **options).facets["cloud"]
    assert under == catalogue.ask(filter=Range("price", maximum=100_000), **options).facets["cloud"]
    assert under == (("AWS", 1), ("GCP", 1))
    assert catalogue.ask("住民税", strict=True, **options).facets["cloud"] == (("AWS", 1), ("GCP", 0))


def test_a_chosen_value_without_documents_is_listed_at_zero(catalogue: Adapter) -> None:
    results = catalogue.ask(facets=("cloud",), selected={"cloud": ("無い雲",)})
    assert results.total == 0
    assert dict(results.facets["cloud"])["無い雲"] == 0


def test_only_what_was_wanted_is_counted(catalogue: Adapter) -> None:
    assert catalogue.ask().facets == {}
    assert set(catalogue.ask(facets=("area",), selected={"cloud": ("AWS",)}).facets) == {"area"}


def test_counts_do_not_depend_on_the_page(catalogue: Adapter) -> None:
    counts = {
        (page, limit): catalogue.ask(facets=("cloud", "certificate"), page=page, limit=limit).facets
        for page, limit in ((1, 0), (1, 1), (3, 2), (99, 20))
    }
    assert len({str(facets) for facets in counts.values()}) == 1


def test_more_values_than_an_engine_lists_by_default(adapter: Adapter) -> None:
    adapter.load(document(f"d{index}", terms={"cloud": (f"雲{index:04d}",)}) for index in range(300))
    counts = adapter.ask(facets=("cloud",)).facets["cloud"]
    assert counts == tuple((f"雲{index:04d}", 1) for index in range(300))


def test_a_value_given_twice_counts_once(adapter: Adapter) -> None:
    adapter.load([document("d", terms={"cloud": ("AWS", "AWS")})])
    assert adapter.ask(facets=("cloud",)).facets["cloud"] == (("AWS", 1),)


def test_values_of_a_facet_can_be_looked_for(catalogue: Adapter) -> None:
    def look(text: str, query: Query, limit: int = 100) -> tuple[tuple[str, int], ...]:
        return catalogue.run(catalogue.engine.facet_values("cloud", text, query, limit=limit))

    chosen = Query(TODAY, selected={"cloud": ("GCP",)})
    assert look("サクラ", chosen) == (("さくら", 1),)
    assert look("ａ", chosen) == (("AWS", 2), ("Azure", 1))
    assert look("a", chosen, limit=1) == (("AWS", 2),)
    assert look("", Query(TODAY, "住民税", strict=True)) == (("AWS", 1),)
    assert look("無い", chosen) == ()


def test_suggestions_are_names_and_vendors(catalogue: Adapter) -> None:
    def suggest(text: str) -> list[tuple[str, str, str | None]]:
        found = catalogue.run(catalogue.engine.suggest(text, today=TODAY))
        return [(item.kind, item.text, item.id) for item in found]

    assert suggest("kint") == [("name", "Kintone for 自治体", "kintone")]
    assert suggest("まどぐ") == [("name", "窓口ＤＸＳａａＳ", "madoguchi")]
    assert suggest("高崎") == [("vendor", "髙﨑電算", None)]
    assert suggest("未公開") == []
    assert suggest(" ") == []
    assert suggest("収納") == []  # Stands in a summary only.
