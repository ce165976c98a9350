"""One spelling for what may be written in many: used for what is indexed and for what is asked."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

PROLONGED = "ー"
HYPHEN = "-"

_DASHES = frozenset("‐‑‒–—―−⁻₋﹘﹣－─━")
_WAVES = frozenset("〜～∼∿˜")
_QUOTES = {
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "‟": '"',
    "〝": '"',
    "〟": '"',
}
_SMALL = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))
_VU = {
    "ぁ": "ば",
    "ぃ": "び",
    "ぇ": "べ",
    "ぉ": "ぼ",
    "あ": "ば",
    "い": "び",
    "え": "べ",
    "お": "ぼ",
}
_COUNTER_KATAKANA = frozenset("ヶケヵカガ")
_COUNTERS = _COUNTER_KATAKANA | {"が"}
_KANA_MARKS = frozenset("ーゝゞヽヾ")
_KANJI_MARKS = frozenset("々〆〇")
_VOICING_MARKS = "\uff9e\uff9f"
_PASSES = 8
# Characters that no step changes, whatever stands beside them, once a first pass has been over them.
_SETTLED = re.compile(r"[\t\n\r -@\[-~。、・「」『』【】々〆〇ーあいうえおか-ぢつ-もやゆよら-ろわ-ん一-鿿]*")


@dataclass(frozen=True)
class Folded:
    """Folded text, and for each of its characters the span (start, end) it was made from in the original.

    Characters that folding drops belong to the character before them, so that サーバ marks all of サーバー.
    """

    text: str
    offsets: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original text the folded characters `start` to `end` (exclusive) came from."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError("a span needs at least one character inside the text")
        return self.offsets[start][0], max(stop for _, stop in self.offsets[start:end])


def fold(text: str) -> Folded:
    """Fold `text`; never raises, and folding what is folded changes nothing.

    NFKC, lower case, variant kanji by table, one kana (hiragana), small kana to large, ヴ to ブ (ヴァ to バ),
    the long mark dropped (after Latin letters a hyphen), ヶ ケ カ ガ が か between kanji or after a digit
    unified, and so are waves, dashes and quotation marks. Variation selectors and other invisible marks are
    dropped.
    """
    folded = _fold_once(text)
    for _ in range(_PASSES):
        if _SETTLED.fullmatch(folded.text):
            break
        again = _fold_once(folded.text)
        if again.text == folded.text:
            break
        offsets = tuple(folded.original(start, end) for start, end in again.offsets)
        folded = Folded(again.text, offsets)
    return folded


@lru_cache(maxsize=4_096)
def fold_text(text: str) -> str:
    """Only the folded text, remembered for short strings that come again and again (facet values, words)."""
    return fold(text).text


def cut_spellings(text: str) -> tuple[str, ...]:
    """The other folded spellings of a word that was cut out beside ヶ ケ カ ガ が, without its own.

    職員が is 職員か where a kanji follows in the text, and 職員が where none does: the word itself cannot know.
    """
    folded = fold(text)
    if not folded.text:
        return ()
    last = len(folded.text) - 1
    inner = {0: min(1, last), last: max(last - 1, 0)}
    open_ends = [
        place
        for place, beside in inner.items()
        if _normalise(text[slice(*folded.offsets[place])]) in _COUNTERS
        and (beside == place or is_kanji(folded.text[beside]) or (place and folded.text[beside].isdigit()))
    ]
    found = {folded.text: None}
    for place in open_ends:
        found |= {word[:place] + "か" + word[place + 1 :]: None for word in list(found)}
    return tuple(found)[1:]


def is_kana(character: str) -> bool:
    """Whether the character is hiragana or katakana, the long mark included."""
    return "ぁ" <= character <= "ゖ" or "ァ" <= character <= "ヺ" or character in _KANA_MARKS


def is_kanji(character: str) -> bool:
    """Whether the character is a kanji, including 々 〆 〇."""
    return (
        "一" <= character <= "鿿"
        or "㐀" <= character <= "䶿"
        or "\U00020000" <= character <= "\U0003ffff"
        or "豈" <= character <= "\ufaff"
        or character in _KANJI_MARKS
    )


def _fold_once(text: str) -> Folded:
    letters: list[str] = []
    sources: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        normal = _normalise(text[start:end])
        if not normal and ends:
            ends[-1] = end
        for character in normal:
            previous = letters[-1] if letters else ""
            if (character == PROLONGED or _is_long_dash(text[start:end], character)) and is_kana(previous):
                ends[-1] = end
                continue
            if character == PROLONGED and previous.isascii() and previous.isalnum():
                character = HYPHEN  # AIーOCR: on a Japanese keyboard the long mark is nearer than the hyphen.
            hiragana = _to_hiragana(character)
            if previous == "ゔ":
                letters[-1] = _VU.get(hiragana, "ぶ")
                if hiragana in _VU:
                    ends[-1] = end
                    continue
            letters.append(hiragana if hiragana == "ゔ" else _SMALL.get(hiragana, hiragana))
            sources.append(character)
            starts.append(start)
            ends.append(end)
    if letters and letters[-1] == "ゔ":
        letters[-1] = "ぶ"
    _unify_counters(letters, sources)
    return Folded("".join(letters), tuple(zip(starts, ends, strict=True)))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Spans of one character with the marks that combine with it, so that half-width ｶﾞ becomes one ガ."""
    if not text:
        return
    starts = [0]
    starts += [
        index
        for index, character in enumerate(text)
        if index and character not in _VOICING_MARKS and not unicodedata.combining(character)
    ]
    yield from pairwise([*starts, len(text)])


@lru_cache(maxsize=16_384)
def _normalise(cluster: str) -> str:
    normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).lower())
    return "".join(_one(character) for character in normal)


def _one(character: str) -> str:
    if character in _DASHES:
        return HYPHEN
    if character in _WAVES:
        return "~"
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category == "Cf" or "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return ""
    return _QUOTES.get(character) or _variants().get(character, character)


def _is_long_dash(written: str, character: str) -> bool:
    """A dash that Latin keyboards lack stands for the long mark when it follows kana (サ−バ)."""
    return character == HYPHEN and written != HYPHEN


def _to_hiragana(character: str) -> str:
    return chr(ord(character) - 0x60) if "ァ" <= character <= "ヶ" else character


def _unify_counters(letters: list[str], sources: list[str]) -> None:
    """霞ヶ関, 霞が関 and 一ヶ月, 一カ月, 一か月 get the same か. Plain け is left alone (受け付け)."""
    for index, source in enumerate(sources):
        if source not in _COUNTERS and letters[index] != "が":
            continue
        before = letters[index - 1] if index else ""
        after = letters[index + 1] if index + 1 < len(letters) else ""
        if (is_kanji(before) or before.isdigit()) and is_kanji(after):
            letters[index] = "か"


@cache
def _variants() -> dict[str, str]:
    table = tomllib.loads((files("search") / "variants.toml").read_text(encoding="utf-8"))["variants"]
    return {variant: usual for usual, variants in table.items() for variant in variants if variant != usual}
