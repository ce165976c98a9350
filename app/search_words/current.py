"""The table that searches go by: the database's newest version, kept in memory until there is a newer one."""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.pool import Pool

from app.kit.database import Reading
from app.search_words import repository
from catalogue_schema.search_words import SearchWord, SearchWordKind
from search.engine import Synonyms
from search.synonyms import seed_synonyms

_KEPT: WeakKeyDictionary[Pool, Synonyms] = WeakKeyDictionary()
"""By database, whose pool it is: a process may have several (tests). Replaced whole, so that no lock is needed."""


def current_synonyms(reading: Reading) -> Synonyms:
    """The words that count now; the seed itself until it was taken over. One short query where nothing changed."""
    newest = repository.version(reading)
    if not newest:
        return seed_synonyms()
    bind = reading if isinstance(reading, Connection) else reading.get_bind()
    pool = bind.engine.pool
    kept = _KEPT.get(pool)
    if kept is None or kept.version != newest:
        words = tuple(
            SearchWord(cast(SearchWordKind, kind), written, tuple(meant))
            for kind, written, meant in repository.active(reading)
        )
        _KEPT[pool] = kept = Synonyms(words, newest)
    return kept
