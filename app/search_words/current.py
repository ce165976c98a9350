"""The table that searches go by: the database's newest version, kept in memory until there is a newer one."""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy.pool import Pool
from sqlmodel import Session

from app.search_words import repository
from catalogue_schema.search_words import SearchWord, SearchWordKind
from search.engine import Synonyms
from search.synonyms import seed_synonyms

_KEPT: WeakKeyDictionary[Pool, Synonyms] = WeakKeyDictionary()
"""By database, whose pool it is: a process may have several (tests). Replaced whole, so that no lock is needed."""


def current_synonyms(session: Session) -> Synonyms:
    """The words that count now; the seed itself until it was taken over. One short query where nothing changed."""
    newest = repository.version(session)
    if not newest:
        return seed_synonyms()
    pool = session.get_bind().engine.pool
    kept = _KEPT.get(pool)
    if kept is None or kept.version != newest:
        words = tuple(
            SearchWord(cast(SearchWordKind, row.kind), row.written, tuple(row.meant))
            for row in repository.every(session)
            if row.status == "active"
        )
        _KEPT[pool] = kept = Synonyms(words, newest)
    return kept
