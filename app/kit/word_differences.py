"""Where two texts differ, word by word.

Japanese has no blanks between words; where the kind of letter changes (漢字, ひらがな, カタカナ, Latin, digits) is near
enough to a word's edge to show a reader what moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

_WORDS = re.compile(
    r"[A-Za-zＡ-Ｚａ-ｚ]+|[0-9０-９][0-9０-９,.，．]*|[\u4e00-\u9fff々〆〇]+|[\u3041-\u309f]+|[\u30a0-\u30ffー]+|\s|.",
    re.DOTALL,
)
MOST_WORDS = 3000
"""Longer texts are compared line by line: comparing words takes time that grows with their square."""


def word_differences(before: str, after: str) -> Iterator[tuple[str, str, bool]]:
    """Pieces of the first and of the second text, in order, and whether the two are the same; one may be empty."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield "".join(old[a:b]), "".join(new[c:d]), tag == "equal"
