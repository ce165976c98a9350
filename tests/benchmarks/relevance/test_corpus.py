"""The corpus is what it was when its judgements were made: fixed, valid, and of every area."""

from collections import Counter

from benchmarks.relevance.corpus import digest, read_corpus
from benchmarks.relevance.documents import TODAY
from benchmarks.relevance.material import read_material
from benchmarks.relevance.measuring import Corpus
from catalogue_schema import load_schema

DIGEST = "32e63ea9f4af1c8a25c5355e07071eaa"
"""Changes with every listing. Whoever changes it looks through the judgements and commits new figures."""


def test_the_corpus_is_the_one_that_was_judged() -> None:
    listings = read_corpus()
    assert len(listings) >= 2_000
    assert digest(listings) == DIGEST


def test_every_area_and_every_vendor_has_listings() -> None:
    listings = read_corpus()
    areas = Counter(area for listing in listings for area in listing.areas)
    assert set(areas) == {term.code for term in load_schema().vocabulary("business_areas").terms}
    assert min(areas.values()) >= 10
    assert {listing.vendor.key for listing in listings} == {vendor.key for vendor in read_material().vendors}


def test_what_the_listings_say_is_valid_in_the_catalogue() -> None:
    """Drafts, since they leave out what no search reads (whom to call, who answers for what)."""
    schema = load_schema()
    faults = [
        (listing.key, fault)
        for listing in read_corpus()
        for subject, answers in (
            ("software", listing.answers),
            *(("offer", offer) for offer in listing.offers),
        )
        for fault in schema.validate(subject, schema.normalise(subject, answers), "draft", TODAY)
    ]
    assert faults == []


def test_texts_differ(corpus: Corpus) -> None:
    """A search among copies of one text would say little: hardly any two listings read the same."""
    bodies = Counter(document.texts["body"] for document in corpus.documents)
    assert max(bodies.values()) == 1
    summaries = Counter(document.texts["summary"] for document in corpus.documents)
    assert len(summaries) > len(corpus.documents) / 2
