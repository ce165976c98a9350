"""Words that stand for others, applied to what is asked: the same table and the same rules for every engine.

The table is data that the app hands in with each question (`Query.synonyms`), so a change needs no re-indexing
and holds from the next question on. Where the caller hands none, it is the catalogue's seed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from catalogue_schema.search_words import SearchWord, SearchWordKind, seed_words
from search.folding import cut_spellings, fold_text, is_kanji
from search.query_text import Word
from search.romaji import readings
from search.tokens import runs

_MOST_ALTERNATIVES = 16
_SHORT_KANJI = 2


@dataclass(frozen=True)
class Expansion:
    """A known word that was found in what is asked, and what is looked for besides, as it is written."""

    kind: SearchWordKind
    written: str
    meant: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Synonyms:
    """One version of the table. Compared by identity: keep one and hand it in again.

    `version` names it for people (evidence, exports); nothing depends on it.
    """

    words: tuple[SearchWord, ...]
    version: int = 0

    @cached_property
    def table(self) -> dict[str, tuple[Expansion, ...]]:
        """Folded word → what it stands for, longest first, so that the most specific comes within the limit."""
        found: dict[str, list[Expansion]] = {}
        for word in self.words:
            spellings = (word.written, *word.meant) if word.kind == "same" else (word.written,)
            for asked in spellings:
                meant = tuple(other for other in (word.written, *word.meant) if other not in (asked, ""))
                if word.kind != "same":
                    meant = word.meant
                if key := fold_text(asked):
                    found.setdefault(key, []).append(Expansion(word.kind, asked, meant))
        return {key: tuple(found[key]) for key in sorted(found, key=lambda key: (-len(key), key))}

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Every known word and what it stands for: folded → as written."""
        found: dict[str, str] = {}
        for word in self.words:
            for written in (word.written, *word.meant):
                found.setdefault(fold_text(written), written)
        return found

    @cached_property
    def _by_first(self) -> dict[str, tuple[str, ...]]:
        grouped: dict[str, list[str]] = {}
        for key in self.table:
            grouped.setdefault(key[0], []).append(key)
        return {first: tuple(keys) for first, keys in grouped.items()}

    def places(self, folded: str) -> tuple[tuple[int, str], ...]:
        """Where known words stand in a folded text, longest first, none inside a longer one."""
        found: list[tuple[int, str]] = []
        for first in dict.fromkeys(folded):
            for key in self._by_first.get(first, ()):
                start = folded.find(key)
                if start >= 0 and _stands_alone(folded, start, key):
                    found.append((start, key))
        found.sort(key=lambda place: (-len(place[1]), place[0]))
        kept: list[tuple[int, str]] = []
        for start, key in found:
            inside = any(at <= start and start + len(key) <= at + len(longer) for at, longer in kept)
            if not inside:
                kept.append((start, key))
        return tuple(kept)


@cache
def seed_synonyms() -> Synonyms:
    """The catalogue's seed, for whoever hands in no table of their own."""
    return Synonyms(seed_words())


def pairs(synonyms: Synonyms | None = None) -> tuple[tuple[str, str], ...]:
    """What is asked with each of what it stands for, as written: for an engine that keeps a table itself."""
    table = synonyms or seed_synonyms()
    return tuple(
        (expansion.written, meant)
        for expansions in table.table.values()
        for expansion in expansions
        for meant in expansion.meant
    )


def alternatives(word: Word, synonyms: Synonyms | None = None) -> tuple[Word, ...]:
    """The word itself first, then its spellings at a cut (`cut_spellings`), what romaji reads as, and each in which
    one known part is replaced by what it stands for.

    国保システム gives itself and 国民健康保険システム. A phrase is taken literally: only its spellings.
    """
    folded = word.folded
    found = {folded: word}
    found |= {spelling: Word(spelling, word.phrase) for spelling in cut_spellings(word.written)}
    if not word.phrase:
        table = synonyms or seed_synonyms()
        for start, key in table.places(folded):
            for expansion in table.table[key]:
                for meant in expansion.meant:
                    replacement = fold_text(meant)
                    if _says_already(folded, key, replacement):
                        continue
                    written = folded[:start] + replacement + folded[start + len(key) :]
                    found.setdefault(written, Word(written))
        for reading in readings(folded):
            found.setdefault(reading, Word(reading))
    return tuple(found.values())[:_MOST_ALTERNATIVES]


def expansions(words: Iterable[Word], synonyms: Synonyms | None = None) -> tuple[Expansion, ...]:
    """The known words in what is asked, for pages that say what else was looked for; phrases have none."""
    table = synonyms or seed_synonyms()
    found: dict[Expansion, None] = {}
    for word in words:
        if not word.phrase:
            folded = word.folded
            found |= {
                expansion: None
                for _, key in table.places(folded)
                for expansion in table.table[key]
                if any(not _says_already(folded, key, fold_text(meant)) for meant in expansion.meant)
            }
    return tuple(found)


def _says_already(folded: str, key: str, replacement: str) -> bool:
    """Whether what was found is only a part of what it stands for: 後期高齢 in 後期高齢者医療."""
    return key in replacement and replacement in folded


def _stands_alone(folded: str, start: int, key: str) -> bool:
    """Whether a known word is one where it was found: Latin words whole, short kanji words not within other kanji.

    AI is not in mail, and 国保 not in 中国保険, which only looks the same.
    """
    before = folded[start - 1] if start else ""
    after = folded[start + len(key)] if start + len(key) < len(folded) else ""
    if key[0].isascii() and key[0].isalnum() and before.isascii() and before.isalnum():
        return False
    if key[-1].isascii() and key[-1].isalnum() and after.isascii() and after.isalnum():
        return False
    short = len(key) <= _SHORT_KANJI and all(is_kanji(character) for character in key)
    return not (short and before and after and is_kanji(before) and is_kanji(after)) and bool(runs(key))
