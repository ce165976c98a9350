"""Hepburn and kunrei romaji as hiragana, where a whole word reads as one."""

from __future__ import annotations

import re
import unicodedata
from itertools import product

_VOWELS = dict(zip("aiueo", "あいうえお", strict=True))
_ROWS = {
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_GLIDES = {f"{row}y": kanas[1] for row, kanas in _ROWS.items()} | {"sh": "し", "ch": "ち", "j": "じ"}
_IRREGULAR = {
    "shi": "し",
    "chi": "ち",
    "tsu": "つ",
    "fu": "ふ",
    "ji": "じ",
    "ya": "や",
    "yu": "ゆ",
    "yo": "よ",
    "wa": "わ",
    "wo": "を",
}
_SYLLABLES = (
    _VOWELS
    | {row + vowel: kanas[at] for row, kanas in _ROWS.items() for at, vowel in enumerate("aiueo")}
    | {
        glide + vowel: kana + "ゃゅょ"[at]
        for glide, kana in _GLIDES.items()
        for at, vowel in enumerate("auo")
    }
    | _IRREGULAR
)
_DOUBLED = frozenset("kstpgzdbcj")
_MACRONS = str.maketrans(
    dict(zip("āâīîūûēêōô", ("aa", "aa", "ii", "ii", "uu", "uu", "ee", "ee", "ou", "ou"), strict=True))
)
_ROMAJI = re.compile(r"[a-z]+")
_SHORTEST = 4
_LONGEST = 40
_MOST_OPEN = 2
_LIKELY = ("ゅ", "ょ")
_LONG_AFTER = frozenset("うくすつぬふむゆるぐずづぶぷゅおこそとのほもよろごぞどぼぽょ")


def readings(word: str) -> tuple[str, ...]:
    """The hiragana that a Latin word may stand for, the plainest first; none where it does not read as Japanese.

    Romaji often leaves long vowels out (juminhyo), so each う that may be missing is tried, up to three of them.
    """
    plain = unicodedata.normalize("NFC", word.lower()).translate(_MACRONS)
    if not _SHORTEST <= len(plain) <= _LONGEST or not _ROMAJI.fullmatch(plain):
        return ()
    syllables = _syllables(plain)
    if syllables is None:
        return ()
    after = [*syllables[1:], ""]
    open_ends = [
        index
        for index, syllable in enumerate(syllables)
        if syllable[-1] in _LONG_AFTER and after[index][:1] not in ("う", "お")
    ]
    open_ends = sorted(open_ends, key=lambda index: not syllables[index].endswith(_LIKELY))[:_MOST_OPEN]
    found = []
    for longer in product((False, True), repeat=len(open_ends)):
        lengthened = {index for index, long in zip(open_ends, longer, strict=True) if long}
        found.append("".join(kana + "う" * (index in lengthened) for index, kana in enumerate(syllables)))
    return tuple(found)


def _syllables(word: str) -> list[str] | None:
    found: list[str] = []
    at = 0
    while at < len(word):
        here, following = word[at], word[at + 1 : at + 2]
        if here in _DOUBLED and (following == here or word[at : at + 3] == "tch"):
            found.append("っ")
            at += 1
            continue
        syllable = next(
            (word[at : at + size] for size in (3, 2, 1) if word[at : at + size] in _SYLLABLES), None
        )
        if syllable is not None:
            found.append(_SYLLABLES[syllable])
            at += len(syllable)
        elif here in "nm" and (here == "n" or following in tuple("bpm")):
            found.append("ん")
            at += 2 if here == following == "n" and word[at + 2 : at + 3] not in tuple("aiueoy") else 1
        else:
            return None
    return found
