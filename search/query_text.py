"""What people type, taken apart: words, "phrases", -exclusions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from search.folding import fold, fold_text
from search.tokens import Run, runs

_QUOTES = frozenset('"“”„‟＂〝〟')
_MINUS = frozenset("-－−‐")
_LINK = re.compile(r"(?<=[^\Wぁ-ゖ])の(?=[^\Wぁ-ゖ])")
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
    """A parsed query: all `words` must be found, none of `excluded`. `asked` is what the words were, undivided."""

    words: tuple[Word, ...] = ()
    excluded: tuple[Word, ...] = ()
    asked: str = field(default="", compare=False)

    @property
    def empty(self) -> bool:
        """Whether nothing was asked: no words, or only symbols."""
        return not (self.words or self.excluded)


def parse(text: str) -> QueryText:
    """Take `text` apart, linked nouns too.

    Never raises: an unbalanced quotation mark only separates, a lone minus is nothing.
    """
    words: dict[Word, None] = {}
    excluded: dict[Word, None] = {}
    asked: list[str] = []
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
        asked += [] if minus else [word.written]
        for part in (word,) if minus or word.phrase else _linked(word):
            if part.runs:
                (excluded if minus else words)[part] = None
    return QueryText(tuple(words), tuple(excluded), " ".join(asked))


def _linked(word: Word) -> tuple[Word, ...]:
    """The nouns that の links: 高齢者の見守り asks for both, wherever each of them stands.

    Only where no hiragana stands beside it, since it may belong to a word there (きのこ, みどりの窓口).
    """
    parts = _LINK.split(word.written)
    return tuple(Word(part) for part in parts) if all(parts) else (word,)


def without_particles(
    word: Word, known: Callable[[str], Iterable[tuple[int, str]]] | None = None
) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """A Japanese sentence as its kanji, katakana and Latin parts of two characters or more, and the rest.

    住民票をコンビニで取りたい gives 住民票, コンビニ and ("を", "で取りたい"). A phrase, or a word with
    nothing to leave out, comes back as it is with nothing left out. `known` tells where known words stand in a folded
    text (`Synonyms.places`): those in which hiragana are a part (引っ越し, ひとり親) are kept whole.
    """
    if word.phrase or not _HIRAGANA.search(word.written):
        return (word,), ()
    written = unicodedata.normalize("NFKC", word.written)
    kept: list[Word] = []
    dropped: list[str] = []
    left = ""
    for piece in _pieces(written, known):
        part = Word(piece)
        whole = known is not None and fold_text(piece) in {key for _, key in known(fold_text(piece))}
        if not whole and (len(piece) < 2 or _HIRAGANA.fullmatch(piece) or not part.runs):
            left += piece
            continue
        kept.append(part)
        dropped.append(left)
        left = ""
    if not kept:
        return (word,), ()
    return tuple(dict.fromkeys(kept)), tuple(piece for piece in (*dropped, left) if piece)


def _pieces(written: str, known: Callable[[str], Iterable[tuple[int, str]]] | None) -> list[str]:
    """Known words with hiragana in them, and between them runs of hiragana and of anything else, in order."""
    folded = fold(written)
    spans = [folded.original(start, start + len(key)) for start, key in (known(folded.text) if known else ())]
    spans = sorted(span for span in spans if _HIRAGANA.search(written[slice(*span)]))
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        if start < at:
            continue
        pieces += [*re.split(f"({_HIRAGANA.pattern})", written[at:start]), written[start:end]]
        at = end
    return [piece for piece in (*pieces, *re.split(f"({_HIRAGANA.pattern})", written[at:])) if piece]


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
