"""What people type, taken apart: words, "phrases", -exclusions."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from search.folding import fold_text
from search.tokens import Run, runs

_QUOTES = frozenset('"“”„‟＂〝〟')
_MINUS = frozenset("-－−‐")
# The long mark belongs to hiragana only after hiragana: サーバーの is サーバー and の.
_HIRAGANA = re.compile(r"[ぁ-ゖ][ぁ-ゖー]*")


@dataclass(frozen=True)
class Word:
    """One thing to be found. `written` as typed, without quotes and minus; `phrase`: exactly as it stands."""

    written: str
    phrase: bool = False

    @property
    def folded(self) -> str:
        """The word as both engines look for it."""
        return fold_text(self.written)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of the folded word; never empty in a parsed query."""
        return runs(self.folded)


@dataclass(frozen=True)
class QueryText:
    """A parsed query: all `words` must be found, none of `excluded`."""

    words: tuple[Word, ...] = ()
    excluded: tuple[Word, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was asked: no words, or only symbols."""
        return not (self.words or self.excluded)


def parse(text: str) -> QueryText:
    """Take `text` apart. Never raises: an unbalanced quotation mark only separates, a lone minus is nothing."""
    words: dict[Word, None] = {}
    excluded: dict[Word, None] = {}
    index = 0
    while index < len(text):
        if _separates(text[index]):
            index += 1
            continue
        minus = text[index] in _MINUS
        if minus:
            index += 1
            if index >= len(text) or _separates(text[index]) or text[index] in _MINUS:
                continue
        closing = _closing(text, index)
        if closing is not None:
            word, index = Word(text[index + 1 : closing], phrase=True), closing + 1
        else:
            end = _end_of_word(text, index)
            word, index = Word(text[index:end]), max(end, index + 1)
        if word.runs:
            (excluded if minus else words)[word] = None
    return QueryText(tuple(words), tuple(excluded))


def without_particles(word: Word) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """A Japanese sentence as its kanji, katakana and Latin parts of two characters or more, and the rest.

    住民票をコンビニで取りたい gives 住民票, コンビニ and ("を", "で取りたい"). A phrase, or a word with
    nothing to leave out, comes back as it is with nothing left out.
    """
    if word.phrase or not _HIRAGANA.search(word.written):
        return (word,), ()
    kept: list[Word] = []
    dropped: list[str] = []
    left = ""
    for piece in re.split(f"({_HIRAGANA.pattern})", unicodedata.normalize("NFKC", word.written)):
        part = Word(piece)
        if len(piece) < 2 or _HIRAGANA.fullmatch(piece) or not part.runs:
            left += piece
            continue
        kept.append(part)
        dropped.append(left)
        left = ""
    if not kept:
        return (word,), ()
    return tuple(dict.fromkeys(kept)), tuple(piece for piece in (*dropped, left) if piece)


def _separates(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Zs")


def _closing(text: str, index: int) -> int | None:
    """Where the phrase that opens at `index` ends, or None if none opens there."""
    if text[index] not in _QUOTES:
        return None
    return next((place for place in range(index + 1, len(text)) if text[place] in _QUOTES), None)


def _end_of_word(text: str, index: int) -> int:
    end = index
    while end < len(text) and not _separates(text[end]) and text[end] not in _QUOTES:
        end += 1
    return end
