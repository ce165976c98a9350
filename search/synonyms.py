"""Synonyms of the field, applied to the words asked for, the same for every engine."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from search.folding import cut_spellings, fold_text
from search.query_text import Word

_MAXIMUM_ALTERNATIVES = 12


def alternatives(word: Word) -> tuple[Word, ...]:
    """The word itself first, then its spellings at a cut (`cut_spellings`), then each in which one known part is
    replaced by what it stands for.

    国保システム gives itself and 国民健康保険システム. A phrase is taken literally and has no synonyms.
    """
    found = {word.folded: word}
    found |= {spelling: Word(spelling, word.phrase) for spelling in cut_spellings(word.written)}
    if not word.phrase:
        for asked, meant in _table().items():
            if asked in word.folded:
                for replacement in meant:
                    written = word.folded.replace(asked, replacement, 1)
                    found.setdefault(written, Word(written))
    return tuple(found.values())[:_MAXIMUM_ALTERNATIVES]


def pairs() -> tuple[tuple[str, str], ...]:
    """What is asked with each of what it stands for, as written: for an engine that keeps synonyms itself."""
    return tuple((asked, one) for asked, meant in _source().items() for one in meant)


def _source() -> dict[str, list[str]]:
    source: dict[str, list[str]] = tomllib.loads(
        (files("search") / "synonyms.toml").read_text(encoding="utf-8")
    )["synonyms"]
    return source


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Folded spellings, longest first, so that the most specific comes within the limit."""
    folded = {
        fold_text(asked): tuple(fold_text(word) for word in meant) for asked, meant in _source().items()
    }
    return dict(sorted(folded.items(), key=lambda entry: -len(entry[0])))
