from __future__ import annotations

import pytest

from catalogue_schema import load_schema
from catalogue_schema.search_words import SearchWord, seed_words
from search.folding import fold_text
from search.query_text import Word, parse
from search.romaji import readings
from search.synonyms import Synonyms, alternatives, expansions

SCHEMA = load_schema()


def _folded(text: str, synonyms: Synonyms | None = None) -> set[str]:
    return {word.folded for word in alternatives(Word(text), synonyms)}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("住基", "住民基本台帳"),
        ("国保システム", "国民健康保険システム"),
        ("児手", "児童手当"),
        ("電帳法", "電子帳簿保存法"),
        ("書かない窓口", "窓口DX"),
        ("窓口ＤＸ", "書かない窓口"),
        ("LGWAN", "総合行政ネットワーク"),
        ("閉域", "LGWAN"),
        ("ゼロトラスト", "βモデル"),
        ("オンライン申請", "電子申請"),
        ("電子申請", "オンライン申請"),
        ("引っ越し手続き", "引越し手続き"),
        ("ｷﾝﾄｰﾝ", "ノーコード"),
        ("juminhyo", "じゅうみんひょう"),
        ("Kōseki", "こうせき"),
    ],
)
def test_field_words_are_also_looked_for_in_full(asked: str, meant: str) -> None:
    found = alternatives(Word(asked))
    assert found[0] == Word(asked)
    assert fold_text(meant) in {word.folded for word in found}


def test_one_way_only_and_a_phrase_is_literal() -> None:
    assert alternatives(Word("児童手当")) == (Word("児童手当"),)
    assert alternatives(Word("電帳法", phrase=True)) == (Word("電帳法", phrase=True),)


@pytest.mark.parametrize(
    "text", ["中国保険", "メール", "mail", "学生保険料", "後期高齢者医療", "マイナンバーカード"]
)
def test_a_word_inside_another_is_none(text: str) -> None:
    table = Synonyms(
        tuple(word for word in seed_words() if word.written in ("国保", "AI", "生保", "後期高齢", "マイナ"))
    )
    assert alternatives(Word(text), table)[0] == Word(text)
    assert _folded(text, table) == {fold_text(text)}


def test_the_table_that_is_handed_in_is_the_one_that_counts() -> None:
    table = Synonyms((SearchWord("replaced_by", "旧台帳くん", ("住民基本台帳",)),))
    assert _folded("旧台帳くん", table) == {fold_text("旧台帳くん"), "住民基本台帳"}
    assert _folded("国保", table) == {"国保"}
    (found,) = expansions(parse("旧台帳くん -国保").words, table)
    assert (found.kind, found.written, found.meant) == ("replaced_by", "旧台帳くん", ("住民基本台帳",))
    assert expansions(parse('"旧台帳くん"').words, table) == ()


@pytest.mark.parametrize(
    ("romaji", "kana"),
    [
        ("madoguchi", "まどぐち"),
        ("gakkou", "がっこう"),
        ("matcha", "まっちゃ"),
        ("shinbun", "しんぶん"),
        ("shimbun", "しんぶん"),
        ("kaigohoken", "かいごほけん"),
        ("tōroku", "とうろく"),
    ],
)
def test_romaji(romaji: str, kana: str) -> None:
    assert readings(romaji)[0] == kana


@pytest.mark.parametrize("word", ["saas", "dx", "microsoft", "365", "a" * 50, "xyz", "tel", "窓口"])
def test_what_does_not_read_as_romaji_has_no_readings(word: str) -> None:
    assert not readings(word)


def test_every_area_is_found_by_another_word() -> None:
    """The 20 standardised areas by three words at least, every other by one, all of them the seed's."""
    meant: dict[str, set[str]] = {}
    for word in seed_words():
        for target in word.meant:
            meant.setdefault(fold_text(target), set()).add(word.written)
    areas = SCHEMA.vocabulary("business_areas").current()
    assert sum(area.facts.get("standardised") == "yes" for area in areas) == 20
    for area in areas:
        names = {fold_text(name) for name in (area.ja, *area.ja.split("・"), *area.also)}
        words = set().union(*(meant.get(name, set()) for name in names))
        least = 3 if area.facts.get("standardised") == "yes" else 1
        assert len(words) >= least, area.ja
