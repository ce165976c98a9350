from __future__ import annotations

from datetime import date

import pytest

from search.engine import In
from tests.search.contract.adapters import Adapter, document


def test_a_sentence_finds_by_its_nouns_and_says_what_was_dropped(adapter: Adapter) -> None:
    adapter.load([document("a", "住民票コンビニ交付"), document("b", "財務会計")])
    results = adapter.ask("住民票をコンビニで取りたい")
    assert [hit.id for hit in results.hits] == ["a"]
    assert results.relaxed
    assert "particles" in results.how
    assert results.dropped == ("を", "で取りたい")
    assert results.hits[0].highlights["name"] == ((0, 7),)


def test_most_of_the_pairs_are_enough(adapter: Adapter) -> None:
    adapter.load([document("a", "住民票発行交付"), document("b", "財務会計")])
    results = adapter.ask("住民票交付")
    assert [hit.id for hit in results.hits] == ["a"]
    assert results.how == ("partial",)


def test_three_strict_hits_are_enough(adapter: Adapter) -> None:
    near = [document("near", "住民の交付")]
    adapter.load([document(f"d{index}", "住民票交付") for index in range(3)] + near)
    results = adapter.ask("住民票交付")
    assert results.total == 3
    assert not results.relaxed
    adapter.writer.apply([], ["d0"])
    relaxed = adapter.ask("住民票交付")
    assert relaxed.relaxed
    assert [hit.id for hit in relaxed.hits][-1] == "near"
    assert relaxed.total == 3


def test_filters_do_not_make_hits_scarce(adapter: Adapter) -> None:
    """Three strict hits before filters: choosing a facet must not bring in documents that match less."""
    documents = [document(f"d{index}", "住民票交付", terms={"cloud": (f"c{index}",)}) for index in range(3)]
    adapter.load([*documents, document("near", "住民の交付", terms={"cloud": ("c0",)})])
    for options in ({"selected": {"cloud": ("c0",)}}, {"filter": In("cloud", ("c0",))}):
        results = adapter.ask("住民票交付", **options)
        assert [hit.id for hit in results.hits] == ["d0"]
        assert not results.relaxed


def test_strict_forbids_it_and_total_counts_what_is_shown(adapter: Adapter) -> None:
    adapter.load(
        [
            document("exact", "住民票交付", terms={"cloud": ("x",)}),
            document("near", "住民の交付", terms={"cloud": ("x",)}),
        ]
    )
    relaxed = adapter.ask("住民票交付", facets=("cloud",))
    strict = adapter.ask("住民票交付", facets=("cloud",), strict=True)
    assert (relaxed.total, relaxed.facets["cloud"][0].documents) == (2, 2)
    assert (strict.total, strict.facets["cloud"][0].documents) == (1, 1)
    assert not strict.relaxed


def test_a_relaxation_that_finds_no_more_is_not_claimed(adapter: Adapter) -> None:
    adapter.load([document("a", "住民票交付"), document("b", "財務会計")])
    results = adapter.ask("住民票交付")
    assert results.total == 1
    assert not results.relaxed
    assert results.how == ()


def test_what_is_excluded_stays_out_and_phrases_stay_whole(adapter: Adapter) -> None:
    adapter.load(
        [document("a", "住民の交付"), document("b", "住民の交付と予約"), document("c", "交付する住民")]
    )
    assert adapter.ids("住民票交付 -予約") == {"a", "c"}
    assert adapter.ids('"住民票交付"') == set()


@pytest.mark.parametrize(("text", "found"), [("abd", False), ("kintome", True), ("salesfroce", True)])
def test_letters_may_be_wrong_from_four_on(adapter: Adapter, text: str, found: bool) -> None:
    adapter.load([document("a", "abc kintone salesforce")])
    assert bool(adapter.ask(text).total) is found
    assert adapter.ask(text, strict=True).total == 0


def test_invisible_strict_hits_do_not_count(adapter: Adapter) -> None:
    gone = [document(f"gone{index}", "住民票交付", visible_until=date(2026, 1, 1)) for index in range(5)]
    adapter.load([*gone, document("near", "住民の交付")])
    assert adapter.ids("住民票交付") == {"near"}


@pytest.mark.parametrize(
    ("text", "found", "how"),
    [
        ("住民票交付 施設予約", {"both"}, ("partial",)),
        ("kintome salesfroce", {"latin"}, ("typo",)),
        ("住民票交付 kintome", {"mixed"}, ("partial", "typo")),
        ("住民票 施設 選挙", {"both"}, ("partial",)),
        ("税務 福祉 介護 年金", {"two of four"}, ("partial",)),
        ("税務 福祉", set(), ()),
        ("印艦登録", {"known"}, ("partial", "typo")),
        ("印艦登録証", set(), ()),
    ],
)
def test_several_words_may_each_be_nearly_there(
    adapter: Adapter, text: str, found: set[str], how: tuple[str, ...]
) -> None:
    adapter.load(
        [
            document("both", "住民への交付、住民票と施設の予約"),
            document("latin", "kintone と salesforce"),
            document("mixed", "住民への交付、kintone 連携"),
            document("two of four", "福祉と年金"),
            document("known", "印鑑登録"),
        ]
    )
    results = adapter.ask(text)
    assert ({hit.id for hit in results.hits}, results.how) == (found, how)
