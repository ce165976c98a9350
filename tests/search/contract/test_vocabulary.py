"""Every line of the checked vocabulary of behaviour in the design, and its neighbours."""

from __future__ import annotations

import pytest

from tests.search.contract.adapters import Adapter, document


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("住民票", {"juminhyo"}),
        ("サーバ", {"server"}),
        ("サーバー", {"server"}),
        ("ｻｰﾊﾞｰ", {"server"}),
        ("さーば", {"server"}),
        ("サ−バ", {"server"}),
        ("ｻｰﾋﾞｽ", {"zei", "shinsei"}),
        ("ハードウェア", {"server"}),
        ("ハードウエア", {"server"}),
        ("ＳａａＳ", set()),
        ("DXSaaS", {"madoguchi"}),
        ("ｄｘｓａａｓ", {"madoguchi"}),
        ("まどぐち", {"madoguchi"}),
        ("窓口DX", {"madoguchi"}),
        ("窓口　dx", {"madoguchi"}),
        ("税", {"zei"}),
        ("申請 予約", {"yoyaku"}),
        ("申請 税", set()),
        ('"電子申請" -予約', {"shinsei"}),
        ("電子申請", {"shinsei", "yoyaku"}),
        ("電子申請 -”施設予約”", {"shinsei"}),
        ("会計", {"kaikei"}),
        ("信息技術", {"madoguchi"}),
        ("高崎", {"kaikei"}),
        ("霞ヶ関", {"yoyaku"}),
        ("霞ケ関", {"yoyaku"}),
        ("etax", {"server"}),
        ("e-tax", {"server"}),
        ("e‐Tax", {"server"}),
        ("365", {"server"}),
        ("microsoft365", {"server"}),
        ("kinto", {"kintone"}),
        ('"kinto"', set()),
        ("電帳法", {"zei"}),
        ("住基", {"juminhyo"}),
        ("住民記録", {"juminhyo"}),
        ("管理の", set()),
        ("税の管理", {"zei"}),
        ("税 の管理", {"zei"}),
    ],
)
def test_strict_words(catalogue: Adapter, text: str, found: set[str]) -> None:
    assert catalogue.ids(text, strict=True) == found


def test_saas_finds_a_word_of_its_own(adapter: Adapter) -> None:
    adapter.load([document("a", "行政向けSaaS"), document("b", "行政向け製品")])
    assert adapter.ids("ＳａａＳ") == {"a"}


def test_a_typing_error_finds_the_product(catalogue: Adapter) -> None:
    results = catalogue.ask("kintoen")
    assert [hit.id for hit in results.hits] == ["kintone"]
    assert results.relaxed
    assert results.how == ("typo",)


@pytest.mark.parametrize("text", ["", "   ", "★ ☆", '"', '""', "-", "- -", "。、"])
def test_nothing_but_symbols_lists_everything_public(catalogue: Adapter, text: str) -> None:
    assert catalogue.ids(text) == {
        "juminhyo", "zei", "madoguchi", "server", "kintone", "kaikei", "shinsei", "yoyaku",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "住民票", "未公開", "終了", "未公開の住民票", "-会計"])
def test_nothing_unpublished_is_ever_found(catalogue: Adapter, text: str) -> None:
    assert catalogue.ids(text).isdisjoint({"hidden", "ended"})


def test_only_an_exclusion_leaves_the_rest(catalogue: Adapter) -> None:
    assert catalogue.ids("-住民") == {"madoguchi", "server", "kintone", "kaikei", "shinsei", "yoyaku"}


@pytest.mark.parametrize(
    "text",
    [
        'a" OR name:*', "[* TO *]", "\\", "(", "name:住民票", "\ud800", "\x00", "a\u0301" * 100, "住" * 1_000,
        "a" * 1_000, "ー", "ゔ", "+-*/", "a-" * 400, "x " * 500, "👩‍👩‍👧‍👦", "\u202eabc", "か\u3099",
    ],
)  # fmt: skip
def test_no_text_breaks_the_search(catalogue: Adapter, text: str) -> None:
    results = catalogue.ask(text)
    assert results.total >= len(results.hits) >= 0


def test_strict_hits_come_first_when_relaxed(catalogue: Adapter) -> None:
    results = catalogue.ask("住民票交付")
    assert results.hits[0].id == "juminhyo"


def test_a_name_counts_more_than_a_body(adapter: Adapter) -> None:
    adapter.load(
        [document("body", "文書", texts={"body": "会計"}), document("name", "会計")]
        + [document(f"other{index}", "人事") for index in range(5)]
    )
    assert [hit.id for hit in adapter.ask("会計", strict=True).hits] == ["name", "body"]
