"""Runs and tokens of folded text: pairs of neighbouring characters for Japanese, whole words for Latin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from search.folding import is_kana, is_kanji

_CONNECTORS = frozenset("-_.'")
BETWEEN = "、"
"""Stands between two runs; never part of one."""
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_MIXED = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Run:
    """A stretch of folded text in one script. `start` is its place in the text; `parts` a Latin run split at
    hyphens and the like (one part where there are none), `text` of a Latin run the parts joined."""

    kind: Literal["ja", "latin"]
    text: str
    start: int
    end: int
    parts: tuple[str, ...] = ()

    @property
    def bigrams(self) -> tuple[str, ...]:
        """Neighbouring pairs of a Japanese run; its one character where it has no more."""
        if len(self.text) == 1:
            return (self.text,)
        return tuple(self.text[index : index + 2] for index in range(len(self.text) - 1))

    @property
    def spellings(self) -> tuple[str, ...]:
        """A Latin run as it may be looked for: joined, in its parts, letters apart from digits."""
        found = dict.fromkeys((self.text, *self.parts))
        for part in self.parts:
            found |= dict.fromkeys(_MIXED.findall(part))
        return tuple(found)


def runs(folded: str) -> tuple[Run, ...]:
    """The runs of `folded` in order; what is neither Japanese nor a letter nor a digit only separates."""
    return tuple(_runs(folded))


def stream(folded: str) -> tuple[str, ...]:
    """Tokens in order, as they are indexed with positions: bigrams, and Latin words in their parts.

    Where a run ends with the character that the next begins with (住民、民票), a token that no text has stands between
    them: their pairs would follow each other as those of one word (住民票) do.
    """
    tokens: list[str] = []
    before: Run | None = None
    for run in runs(folded):
        apart = before is not None and before.kind == run.kind == "ja" and before.text[-1] == run.text[0]
        tokens += [BETWEEN] if apart else []
        tokens += run.bigrams if run.kind == "ja" else run.parts
        before = run
    return tuple(tokens)


def singles(folded: str) -> tuple[str, ...]:
    """Tokens indexed without positions: single Japanese characters, and every spelling of Latin words."""
    return tuple(
        token for run in runs(folded) for token in (tuple(run.text) if run.kind == "ja" else run.spellings)
    )


def name_key(folded: str) -> str:
    """What two spellings of one name share: letters and digits only, without what stands in brackets."""
    return "".join(run.text for run in runs(_IN_BRACKETS.sub(" ", folded))) or "".join(
        run.text for run in runs(folded)
    )


def _runs(folded: str) -> Iterator[Run]:
    index, length = 0, len(folded)
    while index < length:
        kind = _kind(folded[index])
        if kind is None:
            index += 1
            continue
        start = index
        parts: list[str] = []
        while index < length and _kind(folded[index]) == kind:
            begin = index
            while index < length and _kind(folded[index]) == kind:
                index += 1
            parts.append(folded[begin:index])
            connected = index + 1 < length and folded[index] in _CONNECTORS
            if kind == "latin" and connected and _kind(folded[index + 1]) == kind:
                index += 1
        yield Run(kind, "".join(parts), start, index, tuple(parts) if kind == "latin" else ())


@lru_cache(maxsize=32_768)
def _kind(character: str) -> Literal["ja", "latin"] | None:
    if is_kanji(character) or is_kana(character):
        return "ja"
    return "latin" if character.isalnum() else None
