"""What differs between two texts, word by word."""

from __future__ import annotations

import pytest

from app.kit.word_differences import MOST_WORDS
from app.web.word_differences import Parts, word_differences


def _said(parts: Parts) -> str:
    return "".join(f"[{text}]" if changed else text for text, changed in parts)


@pytest.mark.parametrize(
    ("before", "after", "marked_before", "marked_after"),
    [
        ("窓口で申請する", "窓口で届出する", "窓口で[申請]する", "窓口で[届出]する"),
        ("月額 1,200円", "月額 1,300円", "月額 [1,200]円", "月額 [1,300]円"),
        ("同じ", "同じ", "同じ", "同じ"),
        ("", "新しい", "", "[新しい]"),
        ("クラウド", "", "[クラウド]", ""),
    ],
)  # fmt: skip
def test_words(before: str, after: str, marked_before: str, marked_after: str) -> None:
    old, new = word_differences(before, after)
    assert (_said(old), _said(new)) == (marked_before, marked_after)


def test_a_very_long_text_is_compared_by_lines_and_nothing_of_it_is_lost() -> None:
    lines = [f"{number}行目です。\n" for number in range(MOST_WORDS)]
    before, after = "".join(lines), "".join([*lines[:5], "違う行\n", *lines[6:]])
    old, new = word_differences(before, after)
    assert "".join(text for text, _ in old) == before
    assert "".join(text for text, _ in new) == after
    assert [text for text, changed in new if changed] == ["違う行\n"]
