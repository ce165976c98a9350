from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_schema.search_words import SearchWord
from search.query_text import Word, parse, without_particles
from search.synonyms import Synonyms


@pytest.mark.parametrize(
    ("text", "words", "excluded"),
    [
        ("住民票", ["住民票"], []),
        ("住民票　交付\t税", ["住民票", "交付", "税"], []),
        ('"電子申請" -予約', ['"電子申請'], ["予約"]),
        ("＂電子 申請＂ －予約", ['"電子 申請'], ["予約"]),
        ('“a b” -"c d"', ['"a b'], ['"c d']),
        ('a "b', ["a", "b"], []),
        ('a"b c"d', ["a", '"b c', "d"], []),
        ('15"モニタ', ["15", "モニタ"], []),
        ("e-Tax 窓口-予約", ["e-Tax", "窓口-予約"], []),
        ("税 税 -税", ["税"], ["税"]),
        ("- -- ★ a", ["a"], []),
        ("--a", [], ["a"]),
        ("- a", ["a"], []),
        ('"" "★" ""', [], []),
        ("", [], []),
    ],
)
def test_parsing(text: str, words: list[str], excluded: list[str]) -> None:
    parsed = parse(text)

    def shown(found: tuple[Word, ...]) -> list[str]:
        return [('"' if word.phrase else "") + word.written for word in found]

    assert (shown(parsed.words), shown(parsed.excluded)) == (words, excluded)
    assert parsed.empty == (not words and not excluded)


@given(st.one_of(st.text(), st.text(st.sampled_from('"“”-−　 a税★'))))
def test_parsing_never_raises_and_gives_only_what_can_be_found(text: str) -> None:
    parsed = parse(text)
    for word in (*parsed.words, *parsed.excluded):
        assert word.runs
        assert word.written in text
        without_particles(word)


@pytest.mark.parametrize(
    ("written", "kept", "dropped"),
    [
        ("住民票をコンビニで取りたい", ["住民票", "コンビニ"], ("を", "で取りたい")),
        ("電帳法に対応した会計", ["電帳法", "対応", "会計"], ("に", "した")),
        ("まどぐち", ["まどぐち"], ()),
        ("住民票", ["住民票"], ()),
        ("税の", ["税の"], ()),
        ("窓口のDX", ["窓口", "DX"], ("の",)),
        ("ｻｰﾊﾞｰの監視", ["サーバー", "監視"], ("の",)),
        ("らーめん屋検索", ["屋検索"], ("らーめん",)),
    ],
)
def test_sentences_come_apart_at_hiragana(written: str, kept: list[str], dropped: tuple[str, ...]) -> None:
    words, left = without_particles(Word(written))
    assert [word.folded for word in words] == [Word(word).folded for word in kept]
    assert left == dropped


def test_phrases_do_not_come_apart() -> None:
    phrase = Word("住民票をコンビニで", phrase=True)
    assert without_particles(phrase) == ((phrase,), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("高齢者の見守り", ["高齢者", "見守り"]),
        ("税の管理", ["税", "管理"]),
        ("みどりの窓口", ["みどりの窓口"]),
        ("管理の", ["管理の"]),
        ('"税の管理"', ["税の管理"]),
    ],
)
def test_linked_nouns_are_words_of_their_own(text: str, words: list[str]) -> None:
    parsed = parse(text)
    assert [word.written for word in parsed.words] == words
    assert parsed.asked == text.strip('"')


def test_known_words_with_hiragana_stay_whole_in_a_sentence() -> None:
    known = Synonyms((SearchWord("means", "引っ越し", ("転居",)),)).places
    words, left = without_particles(Word("ひっこし・引っ越しを一度で"), known)
    assert [word.written for word in words] == ["引っ越し", "一度"]
    assert left == ("ひっこし・", "を", "で")
