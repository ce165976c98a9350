from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.folding import fold_text
from search.tokens import BETWEEN, runs, singles, stream


def test_japanese_in_pairs_latin_in_words() -> None:
    folded = fold_text("住民票DXの e-Tax、365")
    assert stream(folded) == ("住民", "民票", "dx", "の", "e", "tax", "365")
    assert singles(folded) == ("住", "民", "票", "dx", "の", "etax", "e", "tax", "365")


def test_two_words_do_not_make_a_third_across_what_stands_between_them() -> None:
    assert stream("住民、民票民") == ("住民", BETWEEN, "民票", "票民")
    assert stream("住民、税") == ("住民", "税")


def test_letters_and_digits_also_apart() -> None:
    assert singles("microsoft365") == ("microsoft365", "microsoft", "365")


def test_connectors_join_only_between_letters() -> None:
    assert [run.text for run in runs("-a- b--c node.js o'neil")] == ["a", "b", "c", "nodejs", "oneil"]


@given(st.text())
def test_runs_lie_in_order_and_tokens_hold_no_space(text: str) -> None:
    folded = fold_text(text)
    last = 0
    for run in runs(folded):
        assert last <= run.start < run.end <= len(folded)
        last = run.end
        if run.kind == "ja":
            assert folded[run.start : run.end] == run.text
    assert all(token and not token.isspace() and len(token.split()) == 1 for token in stream(folded))
