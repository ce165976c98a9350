from __future__ import annotations

import pytest

from search.folding import fold_text
from search.query_text import Word
from search.synonyms import alternatives


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("住基", "住民基本台帳"),
        ("国保システム", "国民健康保険システム"),
        ("児手", "児童手当"),
        ("電帳法", "電子帳簿保存法"),
        ("書かない窓口", "窓口DX"),
        ("窓口ＤＸ", "書かない窓口"),
    ],
)
def test_field_words_are_also_looked_for_in_full(asked: str, meant: str) -> None:
    found = alternatives(Word(asked))
    assert found[0] == Word(asked)
    assert fold_text(meant) in {word.folded for word in found}


def test_one_way_only() -> None:
    assert alternatives(Word("児童手当")) == (Word("児童手当"),)


def test_a_phrase_is_literal() -> None:
    assert alternatives(Word("電帳法", phrase=True)) == (Word("電帳法", phrase=True),)
