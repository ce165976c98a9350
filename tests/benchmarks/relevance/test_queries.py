"""Queries and their judgements: read, refused, and graded by what listings mean."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.relevance.measuring import Corpus
from benchmarks.relevance.queries import KINDS, Judged, read_sets

HALVES = {half.name: half for half in read_sets()}


@pytest.mark.parametrize("name", sorted(HALVES))
def test_a_half_has_queries_of_every_kind(name: str) -> None:
    kinds = [query.kind for query in HALVES[name].queries]
    assert len(kinds) >= 80
    assert set(kinds) == set(KINDS)


def test_no_query_is_in_both_halves() -> None:
    assert "reporting" in HALVES
    asked = [(query.text, query.where) for half in HALVES.values() for query in half.queries]
    assert [query for query, times in Counter(asked).items() if times > 1] == []


def _judged(kind: str = "need", where: str = "", **grades: str) -> Judged:
    rules = {grade: tuple([rule] if (rule := grades.get(f"g{grade}")) else []) for grade in (3, 2, 1)}
    return Judged("何か", kind, where, rules)


def test_the_best_rule_that_holds_is_the_grade(corpus: Corpus) -> None:
    grades = corpus.judge.grades(_judged(g3="family:rpa has:ocr", g2="family:rpa", g1="area:rpa_no_code"))
    for listing in corpus.listings:
        expected = 0
        if listing.family == "rpa":
            expected = 3 if "ocr" in listing.features else 2
        elif "rpa_no_code" in listing.areas:
            expected = 1
        assert grades.get(listing.key, 0) == expected, listing.key


def test_conditions_add_up_have_alternatives_and_opposites(corpus: Corpus) -> None:
    found = corpus.judge.matching("family:rpa|no_code -has:lgwan cert:ismap")
    assert found
    for listing in found:
        assert listing.family in ("rpa", "no_code")
        assert "lgwan" not in listing.features
        assert "ismap" in listing.vendor.registrations


def test_listings_outside_the_filters_have_no_grade(corpus: Corpus) -> None:
    """An expired certificate does not count, and a price is that of some plan."""
    grades = corpus.judge.grades(_judged(where="cert=iso_27001&price_max=40000", g3="area:hometown_tax"))
    everything = corpus.judge.grades(_judged(g3="area:hometown_tax"))
    expired = {listing.key for listing in corpus.listings if "-iso_27001" in listing.vendor.registrations}
    assert expired & everything.keys()
    assert not expired & grades.keys()
    prices = {
        listing.key: [
            int(line["unit_price"])
            for offer in listing.offers
            for line in offer["price_lines"]
            if line["charge_type"] == "monthly"
        ]
        for listing in corpus.listings
    }
    assert all(min(prices[key], default=10**9) <= 40_000 for key in grades)
    assert 0 < len(grades) < len(everything)


@pytest.mark.parametrize(
    ("judged", "message"),
    [
        (_judged(g3="family:unheard_of"), "the corpus has no family"),
        (_judged(g3="family:"), "no condition of the form"),
        (_judged(g3="rpa"), "no condition of the form"),
        (_judged(g3="cert:unheard_of"), "no listing has"),
        (_judged(g1="family:rpa"), "no listing is relevant"),
        (_judged(where="cert=unheard_of", g3="family:rpa"), "有効な登録・認証"),
    ],
)
def test_judgements_that_cannot_be_meant_are_refused(corpus: Corpus, judged: Judged, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        corpus.judge.grades(judged)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('text = "a"\nkind = "guess"', "is none of"),
        ('text = "a"\nkind = "need"\n4 = "family:rpa"', "unknown keys"),
        ('text = "a"\nkind = "none"\n3 = "family:rpa"', "has no grades"),
        ('text = "a"\nkind = "none"\n[[queries]]\ntext = "a"\nkind = "none"', "there twice"),
    ],
)
def test_queries_that_cannot_be_read_are_refused(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "half.toml").write_text(f"[[queries]]\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_sets(tmp_path)
