from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.folding import fold, fold_text

JAPANESE = st.text(
    st.sampled_from("ァアーヴヵヶケがかゞ゛ﾞﾊﾟｰ漢々髙﨑1１aＡé-−―〜㍿ゔぁ\u3099\ufe00\u200dİßﬁ\ud800 ")
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サーバー", "サーバ"), ("ｻｰﾋﾞｽ", "サービス"), ("サービス", "さーびす"), ("ＳａａＳ", "saas"),
        ("ヴァイオリン", "バイオリン"), ("ヴ", "ブ"), ("ソフトウェア", "ソフトウエア"), ("キャッシュ", "キヤツシユ"),
        ("霞ヶ関", "霞が関"), ("霞ケ関", "霞が関"), ("一ヶ月", "一か月"), ("3ヶ所", "３カ所"), ("髙橋", "高橋"),
        ("渡邊", "渡辺"), ("渡邉", "渡辺"), ("宮﨑", "宮崎"), ("梼原", "檮原"), ("住⺠票", "住民票"), ("戶籍", "戸籍"),
        ("𠮷野家", "吉野家"), ("神", "神"), ("辻\U000e0100", "辻"), ("㍿", "株式会社"), ("①", "1"), ("㌔", "きろ"),
        ("e‐Tax", "E-TAX"), ("e−tax", "e-tax"), ("サ−バ", "サーバ"), ("ｶﾞ", "ガ"), ("か\u3099", "が"), ("〜", "～"),
        ("AIーOCR", "AI-OCR"),
        ("コンピュータ―", "コンピュータ"), ("ﬁle", "file"), ("“x”", '"x"'), ("a\u200bb", "ab"), ("\u3000", " "),
    ],
)  # fmt: skip
def test_spellings_that_are_one(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("か", "が"), ("斎藤", "斉藤"), ("受け付け", "受か付か"), ("崎", "埼"), ("ハ", "パ"), ("ab", "a b"),
     ("e-tax", "etax")],
)  # fmt: skip
def test_spellings_that_stay_two(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


@pytest.mark.parametrize(
    ("text", "part", "written"),
    [
        ("新サーバー機", "さば", "サーバー"),
        ("ｻｰﾋﾞｽ", "び", "ﾋﾞ"),
        ("㍿東京", "会社", "㍿"),
        ("ヴァン", "ば", "ヴァ"),
        ("辻\U000e0100堂", "辻", "辻\U000e0100"),
        ("ＡＢＣ", "b", "Ｂ"),
    ],
)
def test_offsets_lead_back_to_what_was_written(text: str, part: str, written: str) -> None:
    folded = fold(text)
    start = folded.text.index(part)
    begin, end = folded.original(start, start + len(part))
    assert text[begin:end] == written


@given(st.one_of(st.text(), JAPANESE))
@example("ー")
@example("ケ字")
@example("漢ーケ字")
@example("゛")
@example("\ufe0fa")
def test_folding_never_raises_and_is_stable(text: str) -> None:
    folded = fold(text)
    assert fold(folded.text).text == folded.text
    assert len(folded.offsets) == len(folded.text)
    last = 0
    for start, end in folded.offsets:
        assert 0 <= start < end <= len(text)
        assert start >= last
        last = start
    folded.text.encode()


@pytest.mark.parametrize(("start", "end"), [(0, 0), (-1, 1), (0, 4), (2, 1)])
def test_a_span_outside_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="span"):
        fold("住民票").original(start, end)


def test_no_usual_form_is_itself_a_variant() -> None:
    """Folding relies on one look into the table being enough."""
    table = tomllib.loads((files("search") / "variants.toml").read_text(encoding="utf-8"))["variants"]
    variants = {variant for written in table.values() for variant in written} - table.keys()
    assert len(variants) > 80
    for usual, written in table.items():
        assert {fold_text(variant) for variant in written} == {fold_text(usual)} == {usual}


@given(
    st.text(
        st.sampled_from(
            "".join(map(chr, range(32, 127))) + "あかがけつづっゃん一二々〆。、・「」『』【】髙ヶケ"
        ),
        max_size=12,
    )
)
def test_plain_text_is_settled_after_one_pass(text: str) -> None:
    """What folding takes for settled must not change if it is looked at once more."""
    folded = fold(text).text
    assert fold(folded + "ーヴ").text.startswith(folded)
