"""Differences: applied to the old version they give the new one, whatever changed; words, IDs and suggestions."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.specifications.comparing import Comparison
from app.specifications.differences import counterparts, differences, suggestions, word_differences
from app.specifications.schemas import differences_out
from catalogue_schema.requirements import KINDS, OBLIGATIONS, SIZE_CLASSES, Requirement, VersionContent
from catalogue_schema.specification_document import requirement_json
from tests.specifications.applying import applied

KEYS = [f"001000{digit}" for digit in range(8)]
TEXTS = [
    "認定請求を受け付けること。",
    "認定請求を郵送でも受け付けること。",
    "支払日を設定すること。",
    "A・B\nC",
]


def _requirement(key: str) -> st.SearchStrategy[Requirement]:
    return st.builds(
        Requirement,
        key=st.just(key),
        kind=st.sampled_from([*KINDS][:2]),
        text=st.sampled_from(TEXTS),
        obligation=st.fixed_dictionaries({name: st.sampled_from([*OBLIGATIONS]) for name in SIZE_CLASSES}),
        category=st.sampled_from([(), ("認定",), ("認定", "請求")]),
        conform_by=st.sampled_from([None, date(2028, 4, 1)]),
        note=st.sampled_from(["", "備考"]),
    )


@st.composite
def contents(draw: st.DrawFn, before: tuple[Requirement, ...] = ()) -> VersionContent:
    """A version, with some requirements renumbered from the one before."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=8))
    items = tuple(draw(_requirement(key)) for key in keys)
    old = draw(st.permutations([item.key for item in before]))
    pairs = list(zip(keys, old, strict=False))
    return VersionContent(items, dict(draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_differences_applied_to_the_old_version_give_the_new_one(data: st.DataObject) -> None:
    first = data.draw(contents())
    middle = data.draw(contents(first.requirements))
    last = data.draw(contents(middle.requirements))
    for chain in ([first, middle], [first, middle, last]):
        same = counterparts(chain)
        assert len(set(same.values())) == len(same), "no requirement is the continuation of two"
        found = differences(chain[0].requirements, chain[-1].requirements, same)
        named: Any = SimpleNamespace(number="1.0")
        view: Any = None
        told = differences_out(Comparison(view, named, named, found, same)).model_dump(mode="json")
        old = [requirement_json(item) for item in chain[0].requirements]
        assert applied(told, old) == [requirement_json(item) for item in chain[-1].requirements]
        assert len(told["changed"]) + told["unchanged"] + len(told["added"]) == len(chain[-1].requirements)


@settings(max_examples=60, deadline=None)
@given(st.text("請求を受付 A1。\n", max_size=30), st.text("請求を受付 A1。\n", max_size=30))
def test_pieces_of_a_text_give_both_texts(before: str, after: str) -> None:
    pieces = word_differences(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after


def _plain(key: str, text: str) -> Requirement:
    return Requirement(key, "function", text, dict.fromkeys(SIZE_CLASSES, "required"))


def test_words_are_compared_and_not_letters() -> None:
    pieces = word_differences("請求日を管理すること。", "請求日時を管理すること。")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("removed", "請求日"),
        ("added", "請求日時"),
        ("same", "を管理すること。"),
    ]


def test_what_looks_alike_is_offered_once_and_the_best_first() -> None:
    removed = [_plain("1", "認定請求書を窓口で受け付けること。"), _plain("2", "振込データを作成すること。")]
    added = [
        _plain("8", "認定請求書を窓口で受け付けられること。"),
        _plain("9", "認定請求書を窓口で受け付けること。"),
        _plain("7", "全く違う文章です"),
    ]
    assert [(each.before.key, each.after.key, each.likeness) for each in suggestions(removed, added)] == [
        ("1", "9", 1.0)
    ]


def test_a_requirement_renumbered_twice_is_followed() -> None:
    first = VersionContent((_plain("1", "あ"), _plain("2", "い")))
    second = VersionContent((_plain("3", "あ"), _plain("1", "い")), {"3": "1", "1": "2"})
    third = VersionContent((_plain("4", "あ"), _plain("1", "い")), {"4": "3"})
    assert counterparts([first, second, third]) == {"4": "1", "1": "2"}
