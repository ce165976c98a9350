"""Two texts side by side with what differs marked, word by word.

Japanese has no blanks between words; where the kind of letter changes (漢字, ひらがな, カタカナ, Latin, digits) is near
enough to a word's edge to show a reader what moved.
"""

import re
from difflib import SequenceMatcher

Parts = list[tuple[str, bool]]
"""Pieces of a text in order, and whether each differs."""

_WORDS = re.compile(
    r"[A-Za-zＡ-Ｚａ-ｚ]+|[0-9０-９][0-9０-９,.，．]*|[\u4e00-\u9fff々〇]+|[\u3041-\u309f]+|[\u30a0-\u30ffー]+|\s|.",
    re.DOTALL,
)
MOST_WORDS = 3000
"""Longer texts are compared line by line: comparing words takes time that grows with their square."""


def _pieces(text: str, *, whole_lines: bool) -> list[str]:
    return text.splitlines(keepends=True) if whole_lines else _WORDS.findall(text)


def word_differences(before: str, after: str) -> tuple[Parts, Parts]:
    """The two texts in pieces; the marked ones of the first are gone, those of the second are new."""
    if not before or not after:
        return ([(before, True)] if before else []), ([(after, True)] if after else [])
    old, new = _pieces(before, whole_lines=False), _pieces(after, whole_lines=False)
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = _pieces(before, whole_lines=True), _pieces(after, whole_lines=True)
    found: tuple[Parts, Parts] = [], []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, piece in zip(found, ("".join(old[a:b]), "".join(new[c:d])), strict=True):
            if piece:
                side.append((piece, tag != "equal"))
    return found
