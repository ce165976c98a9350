"""A word that is found in several ways is found once: totals, counts, pages and marks over all of them."""

from __future__ import annotations

from typing import Any

import pytest

from search.engine import In, Query, Sort
from tests.search.contract.adapters import TODAY, Adapter, document

BOTH = "国保（国民健康保険）"


@pytest.fixture
def insured(adapter: Adapter) -> Adapter:
    """Listings that say it short, long or in both ways, dear and cheap."""
    names = ["国保資格", "国民健康保険料", BOTH, "国保税", "国民健康保険証", f"{BOTH}給付", "介護保険"]
    adapter.load(
        document(
            f"d{index}",
            name,
            terms={"cloud": ("AWS",) if index % 2 else ("AWS", "さくら")},
            numbers={"price": 10 - index},
        )
        for index, name in enumerate(names)
    )
    return adapter


def test_each_is_counted_once(insured: Adapter) -> None:
    results = insured.ask("国保", facets=("cloud",), strict=True)
    assert {hit.id for hit in results.hits} == {"d0", "d1", "d2", "d3", "d4", "d5"}
    assert results.total == 6
    assert results.facets["cloud"] == (("AWS", 6), ("さくら", 3))
    chosen = insured.ask("国保", facets=("cloud",), selected={"cloud": ("さくら",)}, strict=True)
    assert chosen.total == 3
    assert chosen.facets["cloud"] == results.facets["cloud"]


@pytest.mark.parametrize("sort", [None, Sort("price"), Sort("price", descending=True), Sort("name")])
def test_pages_of_them_are_the_whole_list(insured: Adapter, sort: Sort | None) -> None:
    options: dict[str, Any] = {"sort": sort, "rotation": 4, "strict": True}
    whole = [hit.id for hit in insured.ask("国保", **options).hits]
    paged = [
        hit.id for page in (1, 2, 3, 4) for hit in insured.ask("国保", page=page, limit=2, **options).hits
    ]
    assert paged == whole
    assert len(whole) == 6
    if sort is not None and sort.name == "price":
        assert whole == [f"d{index}" for index in (range(6) if sort.descending else reversed(range(6)))]


def test_without_it_means_in_any_way(insured: Adapter) -> None:
    assert insured.ids("保険 -国保", strict=True) == {"d1", "d4", "d6"}  # an exclusion is literal
    assert insured.ids("国保 -国民健康保険", strict=True) == {"d0", "d3"}
    assert insured.ids("国保 -国保", strict=True) <= {"d1", "d4"}


def test_every_way_is_marked(insured: Adapter) -> None:
    (hit,) = insured.ask("国保 給付", strict=True).hits
    assert [hit_text(BOTH + "給付", span) for span in hit.highlights["name"]] == [
        "国保",
        "国民健康保険",
        "給付",
    ]


def hit_text(text: str, span: tuple[int, int]) -> str:
    """What a span marks."""
    return text[span[0] : span[1]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("国保 税", {"税"}),
        ("マイナカード 国保", {"両方", "両方の長い名"}),
        ("窓口DX", {"窓口", "書かない"}),
        ("-窓口DX", {"税", "両方", "両方の長い名", "書かない", "DXだけ", "窓口"}),
        ("窓口DX -dx", {"書かない"}),
    ],
)
def test_several_words_with_alternatives(adapter: Adapter, text: str, found: set[str]) -> None:
    adapter.load(
        [
            document("税", "国民健康保険税"),
            document("両方", "国保とマイナカード"),
            document("両方の長い名", "国民健康保険とマイナンバーカード"),
            document("窓口", "窓口のDX"),
            document("書かない", "書かない窓口"),
            document("DXだけ", "DX推進"),
        ]
    )
    assert adapter.ids(text, strict=True) == found


def test_a_widened_search_pages_counts_and_filters_like_any_other(adapter: Adapter) -> None:
    adapter.load(
        [
            document("exact", "住民票交付", terms={"cloud": ("AWS",)}, numbers={"price": 5}),
            *(
                document(
                    f"near{index}",
                    "住民への交付",
                    terms={"cloud": ("GCP",) if index % 3 else ("AWS", "GCP")},
                    numbers={"price": index},
                )
                for index in range(12)
            ),
            document("other", "財務会計"),
        ]
    )
    whole = adapter.ask("住民票交付", facets=("cloud",), rotation=2)
    assert (whole.total, whole.how) == (13, ("partial",))
    assert whole.hits[0].id == "exact"
    assert whole.facets["cloud"] == (("GCP", 12), ("AWS", 5))
    paged = [
        hit.id for page in (1, 2, 3) for hit in adapter.ask("住民票交付", rotation=2, page=page, limit=5).hits
    ]
    assert paged == [hit.id for hit in whole.hits]
    chosen = adapter.ask(
        "住民票交付", facets=("cloud",), selected={"cloud": ("AWS",)}, ranges={"price": (3, 9)}
    )
    assert {hit.id for hit in chosen.hits} == {"exact", "near3", "near6", "near9"}
    assert chosen.facets["cloud"] == (("GCP", 7), ("AWS", 4))
    by_price = adapter.ask("住民票交付", sort=Sort("price"), filter=In("cloud", ("AWS",)))
    assert [hit.id for hit in by_price.hits] == ["near0", "near3", "exact", "near6", "near9"]
    assert adapter.ask("住民票交付", hidden_ids=("exact", "near0")).total == 11


def test_a_word_too_many_is_demanded_or_named(adapter: Adapter) -> None:
    words = ["住民", "戸籍", "税務", "福祉", "介護", "年金", "選挙", "教育", "防災", "財務", "人事", "文書"]
    adapter.load([document("all", "、".join(words)), document("less", "、".join(words[:-1]))])
    results = adapter.ask(" ".join(words), strict=True)
    found = {hit.id for hit in results.hits}
    most = adapter.engine.capabilities().maximum_words
    if most is None:
        assert (found, results.dropped) == ({"all"}, ())
    else:
        assert (found, results.dropped) == ({"all", "less"}, tuple(words[most:]))
        assert results.relaxed


def test_what_counts_instead_is_found_by_what_it_says_now(insured: Adapter) -> None:
    instead = (
        document("d0", "後期高齢者医療", terms={"cloud": ("GCP",)}, numbers={"price": 99}),
        document("d6", "国保組合", terms={"cloud": ("GCP",)}, numbers={"price": -1}),
    )
    results = insured.ask("国保", facets=("cloud",), instead=instead, sort=Sort("price"), strict=True)
    assert [hit.id for hit in results.hits] == ["d6", "d5", "d4", "d3", "d2", "d1"]
    assert results.facets["cloud"] == (("AWS", 5), ("さくら", 2), ("GCP", 1))
    (hit,) = insured.ask("後期高齢", instead=instead, strict=True).hits
    assert (hit.id, hit.highlights["name"]) == ("d0", ((0, 7),))
    assert insured.ask("資格", instead=instead, strict=True).total == 0


@pytest.mark.parametrize(
    "written",
    ["<b>国保</b>&amp;国保", "国保<script>", "👨‍👩‍👧国保が\u3099", "国保" * 30, "＜国保＞"],
)
def test_marks_never_overlap_and_stay_inside(adapter: Adapter, written: str) -> None:
    adapter.load([document("d", written, texts={"summary": written})])
    (hit,) = adapter.ask("国保").hits
    for spans in hit.highlights.values():
        ends = [0, *(end for _, end in spans)]
        assert all(
            end <= start < stop <= len(written) for end, (start, stop) in zip(ends, spans, strict=False)
        )
        assert {written[start:stop] for start, stop in spans} <= {"国保", "国保" * 30}


def test_values_of_a_lapsing_facet_can_be_looked_for(catalogue: Adapter) -> None:
    look = catalogue.engine.facet_values("certificate", "ｉｓ", Query(TODAY, selected={"cloud": ("AWS",)}))
    assert catalogue.run(look) == (("ISMAP", 1), ("ISMS（ISO/IEC 27001）", 1))
