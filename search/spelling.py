"""Near spellings: slips of the fingers in Latin words, and in known words of the field in any script."""

from __future__ import annotations

from search.highlighting import errors_allowed, near
from search.query_text import Word
from search.synonyms import Synonyms


def corrections(word: Word, synonyms: Synonyms) -> tuple[Word, ...]:
    """Known words that are nearly what was asked (印艦登録 for 印鑑登録); none for a known word and for a phrase."""
    folded = word.folded
    if word.phrase or folded in synonyms.spellings:
        return ()
    found = [
        written
        for known, written in synonyms.spellings.items()
        if errors_allowed(known) and abs(len(known) - len(folded)) <= 1 and near(folded, known)
    ]
    return tuple(Word(written) for written in found[:_MOST])


_MOST = 3
