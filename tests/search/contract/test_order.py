from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from search.engine import ROTATIONS, Sort
from tests.search.contract.adapters import Adapter, document


def _order(adapter: Adapter, text: str = "", **options: Any) -> list[str]:
    return [hit.id for hit in adapter.ask(text, **options).hits]


def _by_tie(ids: list[str], rotation: int) -> list[str]:
    return sorted(ids, key=lambda id_: document(id_).tie_keys[rotation])


@pytest.mark.parametrize("rotation", range(ROTATIONS))
@pytest.mark.parametrize("text", ["", "住民票"])
def test_ties_follow_the_rotation(adapter: Adapter, text: str, rotation: int) -> None:
    ids = [f"d{index}" for index in range(30)]
    adapter.load(document(id_, "住民票") for id_ in ids)
    assert _order(adapter, text, rotation=rotation) == _by_tie(ids, rotation)


def test_rotations_differ_and_do_not_depend_on_the_order_of_writing(adapter: Adapter) -> None:
    ids = [f"d{index}" for index in range(12)]
    for id_ in ids:
        adapter.writer.apply([document(id_, "住民票")])
    first = [_order(adapter, rotation=rotation) for rotation in range(ROTATIONS)]
    assert len({tuple(order) for order in first}) == ROTATIONS
    for id_ in reversed(ids):
        adapter.writer.apply([document(id_, "住民票", revision=2)])
    assert [_order(adapter, rotation=rotation) for rotation in range(ROTATIONS)] == first


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("", None),
        ("住民", None),
        ("", Sort("price")),
        ("住民", Sort("price", descending=True)),
        ("", Sort("name")),
    ],
)
def test_pages_together_are_the_whole_list(adapter: Adapter, text: str, sort: Sort | None) -> None:
    adapter.load(
        document(f"d{index}", "住民" * (1 + index % 4) + "票" * (index % 3), numbers={"price": index % 5})
        for index in range(97)
    )
    whole = _order(adapter, text, sort=sort, rotation=3)
    paged: list[str] = []
    for page in range(1, 15):
        results = adapter.ask(text, sort=sort, rotation=3, page=page, limit=7)
        assert results.total == 97
        paged += [hit.id for hit in results.hits]
    assert paged == whole
    assert len(set(whole)) == 97


def test_a_page_past_the_end_is_empty_with_the_total(catalogue: Adapter) -> None:
    total = catalogue.ask().total
    for page in (2, 3, 10**12):
        results = catalogue.ask(page=page, limit=total)
        assert results.hits == ()
        assert results.total == total


def test_limit_nought_only_counts(catalogue: Adapter) -> None:
    results = catalogue.ask("住民", limit=0, facets=("cloud",), strict=True)
    assert results.hits == ()
    assert results.total == 2
    assert results.facets["cloud"]


def test_numbers_sort_by_the_nearest_of_several_with_missing_last(adapter: Adapter) -> None:
    adapter.load(
        [
            document("low", numbers={"price": -5}),
            document("wide", numbers={"price": (1, 100)}),
            document("mid", numbers={"price": 50}),
            document("none"),
        ]
    )
    assert _order(adapter, sort=Sort("price")) == ["low", "wide", "mid", "none"]
    assert _order(adapter, sort=Sort("price", descending=True)) == ["wide", "mid", "low", "none"]


def test_equal_numbers_are_ties(adapter: Adapter) -> None:
    ids = [f"d{index}" for index in range(200)]
    adapter.load(
        [*(document(id_, numbers={"price": 7}) for id_ in ids), document("first", numbers={"price": 1})]
    )
    whole = adapter.ask(sort=Sort("price"), rotation=5, limit=500).hits
    assert [hit.id for hit in whole] == ["first", *_by_tie(ids, 5)]
    page = adapter.ask(sort=Sort("price"), rotation=5, page=2, limit=10).hits
    assert page == whole[10:20]


def test_built_in_sorts(adapter: Adapter) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    adapter.load(
        [
            document("a", "漢字", texts={"kana": "ウエ"}, updated_at=start),
            document("b", "いろは", updated_at=start + timedelta(microseconds=1)),
            document("c", "漢文", texts={"kana": "アア"}, updated_at=start - timedelta(days=400)),
        ]
    )
    assert _order(adapter, sort=Sort("name")) == ["c", "b", "a"]
    assert _order(adapter, sort=Sort("name", descending=True)) == ["a", "b", "c"]
    assert _order(adapter, sort=Sort("updated_at", descending=True)) == ["b", "a", "c"]


@pytest.mark.parametrize("text", ["施設予約", "施設 予約", "国保"])
def test_exact_names_come_first_then_areas_of_that_name(adapter: Adapter, text: str) -> None:
    asked = {"施設 予約": "施設予約", "国保": "国民健康保険"}.get(text, text)
    plain = [document(f"p{number}", f"{asked}の{asked}", texts={"body": asked * 3}) for number in range(13)]
    areas = [document(f"a{number}", f"窓口{number}", texts={"area": f"税務\n{asked}"}) for number in range(5)]
    # What was asked is the name itself, brackets aside; a word that stands for it is not.
    named = [document(f"n{number}", f"{text}（第{number}版）", texts={"body": asked}) for number in range(2)]
    adapter.load([*plain, *areas, *named])
    whole = [hit.id for hit in adapter.ask(text, rotation=7).hits]
    assert [id_[0] for id_ in whole] == [*"nn", *"aaaaa", *("p" * 13)]
    # The rotation decides among those that tie.
    assert whole[:2] == _by_tie(["n0", "n1"], 7)
    for limit in (3, 4, 7, 20):
        paged: list[str] = []
        for page in range(1, 20 // limit + 2):
            results = adapter.ask(text, rotation=7, page=page, limit=limit)
            assert results.total == 20
            paged += [hit.id for hit in results.hits]
        assert paged == whole
