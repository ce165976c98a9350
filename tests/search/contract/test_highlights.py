from __future__ import annotations

import pytest

from tests.search.contract.adapters import Adapter, document


@pytest.mark.parametrize(
    ("text", "written", "marked"),
    [
        ("サーバ", "新しいサーバー監視", ["サーバー"]),
        ("ｻｰﾋﾞｽ", "電子申請ｻｰﾋﾞｽ", ["ｻｰﾋﾞｽ"]),
        ("サービス", "電子申請ｻｰﾋﾞｽ", ["ｻｰﾋﾞｽ"]),
        ("窓口DX", "窓口ＤＸＳａａＳ", ["窓口ＤＸ"]),
        ("税", "個人住民税と固定資産税", ["税", "税"]),
        ("高崎", "髙﨑市", ["髙﨑"]),
        ("etax", "国の e-Tax と", ["e-Tax"]),
        ("e-tax", "etaxと", ["etax"]),
        ("tax", "e-Tax", ["Tax"]),
        ("住民 票", "住民票", ["住民票"]),
        ("kintoen", "Kintone と kinesis", ["Kintone"]),
        ("株式会社", "㍿あおぞら", ["㍿"]),
        ("電帳法", "電子帳簿保存法対応", ["電子帳簿保存法"]),
        ("365", "Microsoft365と1365", ["365"]),
    ],
)
def test_marks_fall_on_what_was_written(adapter: Adapter, text: str, written: str, marked: list[str]) -> None:
    adapter.load([document("d", written)])
    (hit,) = adapter.ask(text).hits
    assert [written[start:end] for start, end in hit.highlights["name"]] == marked


def test_each_field_has_its_own_marks_and_others_none(catalogue: Adapter) -> None:
    (hit,) = catalogue.ask("サーバー", strict=True).hits
    assert set(hit.highlights) == {"name", "summary"}
    (hit,) = catalogue.ask("まどぐちでぃ", strict=True).hits
    assert set(hit.highlights) == {"kana"}


def test_no_marks_without_words_or_wish(catalogue: Adapter) -> None:
    assert all(not hit.highlights for hit in catalogue.ask().hits)
    assert all(not hit.highlights for hit in catalogue.ask("住民", highlight=False).hits)


def test_excluded_words_are_not_marked(catalogue: Adapter) -> None:
    for hit in catalogue.ask("電子申請 -会計", strict=True).hits:
        assert hit.highlights["name"] == ((0, 4),)


@pytest.mark.parametrize(
    ("asked", "text", "marked"),
    [
        ('"職員が"', "職員が確認する", "職員が"),
        ('"職員が"', "職員がいる", "職員が"),
        ("霞ヶ", "霞ヶ関の庁舎", "霞ヶ"),
        ("が関", "霞ヶ関の庁舎", "ヶ関"),
    ],
)
def test_a_word_cut_beside_a_counter_is_found_and_marked(
    adapter: Adapter, asked: str, text: str, marked: str
) -> None:
    adapter.load([document("x", text)])
    (hit,) = adapter.ask(asked, strict=True).hits
    assert [text[start:end] for start, end in hit.highlights["name"]] == [marked]
