"""What is written for Meilisearch: filters nobody can break out of, words it cannot take apart, its settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine import And, Exists, In, Not, Or, Query, Range
from search.meilisearch.encoding import beginnings, sort_key, spelt, value_key, value_of, word
from search.meilisearch.filters import Filters, quoted
from search.meilisearch.layout import Layout
from search.meilisearch.words import MOST_TERMS, Cell, Wording
from search.query_text import parse
from search.synonyms import seed_synonyms
from tests.meilisearch_api.expressions import Filterable, condition
from tests.meilisearch_api.shapes import first_fault
from tests.search.contract.adapters import SETTINGS, TODAY, document

LAYOUT = Layout(SETTINGS)
WRITABLE = st.text(st.characters(codec="utf-8"), max_size=30)


@given(WRITABLE, WRITABLE)
def test_values_come_back_and_never_meet(one: str, other: str) -> None:
    for text in (one, other):
        assert value_of(value_key(text)) == text
        assert set(spelt(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
    assert (value_key(one) == value_key(other)) is (one == other)
    assert (word("q", one) == word("q", other)) is (one == other)
    assert (sort_key(one) < sort_key(other)) is (one.encode() < other.encode())


def test_long_values_and_words_are_hashed_and_short() -> None:
    long = "長" * 300
    assert value_of(value_key(long)) is None
    assert len(value_key(long)) < 100
    assert value_key(long) != value_key(long + "い")
    assert len(word("r", "a" * 1_000)) < 250
    assert beginnings("saas") == ["sa", "saa", "saas"]


@given(WRITABLE)
def test_a_quoted_value_is_one_value(value: str) -> None:
    filterable = Filterable(["name"])
    holds = condition(f"name = {quoted(value)}", filterable)
    assert holds({"name": value})
    assert not holds({"name": value + "x"})


@pytest.mark.parametrize(
    ("part", "compiled"),
    [
        (In("cloud", ("AWS", 'A"B\\C')), 't_cloud IN ["v_41_57_53", "v_41_22_42_5c_43"]'),
        (In("cloud", ()), "visible_until < 0"),
        (In("certificate", ("ISMAP",)), f"u_certificate__v_49_53_4d_41_50 >= {TODAY.toordinal()}"),
        (Range("price", 1, 5), "n_price 1 TO 5"),
        (Range("price", 5, 1), "visible_until < 0"),
        (Range("price", -(10**30), None), f"n_price >= {-(2**53)}"),
        (Range("price"), "n_price EXISTS"),
        (Exists("vendor.size"), "t_vendor_2esize EXISTS"),
        (Not(Exists("users")), "NOT (n_users EXISTS)"),
        (And(()), "visible_until >= 0"),
        (Or((Exists("users"), Range("price", 1))), "(n_users EXISTS) OR (n_price >= 1)"),
    ],
)
def test_filters(part: And | Or | Not | In | Range | Exists, compiled: str) -> None:
    assert Filters(LAYOUT, TODAY).compile(part) == compiled
    condition(compiled, Filterable(LAYOUT.index_settings["filterableAttributes"]))


def test_a_choice_can_be_left_out_and_hidden_ids_cannot_speak() -> None:
    query = Query(TODAY, selected={"cloud": ("AWS",)}, ranges={"price": (1, None)})
    filters = Filters(LAYOUT, date(2026, 1, 2))
    assert filters.chosen(query, leave_out="cloud") == "n_price >= 1"
    assert '") OR "' not in filters.visible(['x") OR ("'])
    assert filters.visible(["A-1"]).endswith('AND NOT key IN ["d_41_2d1"]')


def test_the_settings_document_has_the_recorded_shape_and_order() -> None:
    settings = LAYOUT.index_settings
    assert first_fault("settings", settings) is None
    searchable = settings["searchableAttributes"]
    assert searchable.index("name_g") < searchable.index("vendor_g") < searchable.index("body_g")
    assert settings["rankingRules"][-1] == "sort"
    assert {f"tie{number}" for number in range(16)} <= set(settings["sortableAttributes"])
    assert settings["localizedAttributes"] == [{"attributePatterns": ["*"], "locales": ["jpn"]}]
    assert settings["pagination"]["maxTotalHits"] > 100_000
    assert set(settings["typoTolerance"]["disableOnAttributes"]) == {
        name for name in searchable if name.endswith(("_g", "_x"))
    }
    synonyms = settings["synonyms"]
    assert synonyms
    assert all(one in synonyms[other] for one, others in synonyms.items() for other in others)
    assert {"の", "を", "は"} <= set(settings["stopWords"])
    assert "国民健康保険" in settings["dictionary"]
    entry = LAYOUT.entry(
        document("D_1", "窓口ＤＸ", numbers={"price": (3, 1)}, validity={"certificate": (("x", None),)})
    )
    assert first_fault("documents", [entry]) is None
    assert (entry["key"], entry["n_price"], entry["n_price_low"], entry["n_price_high"]) == (
        "d_44_5f1",
        [1, 3],
        1,
        3,
    )


@given(
    st.lists(
        st.sampled_from(
            ["国保", "-国保", "窓口DX", "-窓口DX", "税", "e-Tax", "マイナ", '"電子申請"', "AI-OCR", "-a-b"]
        ),
        min_size=1,
        max_size=4,
    )
)
def test_cells_are_disjoint_and_say_what_was_asked(words: list[str]) -> None:
    text = parse(" ".join(words))
    cells = Wording(seed_synonyms()).strict(text).cells
    atoms = sorted({atom for cell in cells for atom in (*cell.found, *cell.absent)})[:12]
    must = [_ways(one.written, one.phrase) for one in text.words]
    never = [_ways(one.written, True) for one in text.excluded]
    for there in _subsets(atoms):
        holding = [cell for cell in cells if set(cell.found) <= there and not set(cell.absent) & there]
        wanted = all(any(way <= there for way in ways) for ways in must)
        wanted = wanted and not any(way <= there for ways in never for way in ways)
        assert len(holding) == wanted


def _ways(written: str, phrase: bool) -> list[set[str]]:
    """The sets of atoms that each are a way to say a word: of that word alone, every cell's first."""
    text = parse(f'"{written}"' if phrase else written)
    return [set(way) for way in Wording(seed_synonyms())._choice(text.words[0])]


def _subsets(atoms: list[str]) -> Iterator[set[str]]:
    for size in range(len(atoms) + 1):
        yield from (set(some) for some in itertools.combinations(atoms, size))


def test_exclusions_come_first_and_no_more_terms_than_are_read() -> None:
    cell = Cell(tuple(f"q{number}" for number in range(20)), ("rx",), ("kintone",))
    assert cell.cut
    assert cell.q.startswith('-"rx" "q0"')
    assert cell.q.count('"q') + 1 == MOST_TERMS
    assert cell.q.endswith(" kintone")
