"""Which documents hold a term of `q`: asked of the embedded engine, six attributes at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from search.document import TEXT_FIELDS
from search.document import Document as EmbeddedDocument
from search.embedded.overlay import in_memory
from search.embedded.schema import Layout
from search.embedded.session import SearchSession
from search.embedded.view import View
from search.query import Query
from search.settings import IndexSettings

_TODAY = date(2026, 1, 1)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ALL = 1_000_000
_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_MOST_TERMS = 10


@dataclass(frozen=True)
class Term:
    """One term of `q`: a phrase stands as it is, a word may have typing errors and, as the last, go on."""

    text: str
    phrase: bool

    @property
    def latin(self) -> bool:
        """Whether it is written in ASCII."""
        return self.text.isascii()


@dataclass(frozen=True)
class Terms:
    """What is to be found, and what is not."""

    found: tuple[Term, ...]
    absent: tuple[Term, ...]


def terms_of(q: str) -> Terms:
    """Take `q` apart. After the tenth term nothing more is read, exclusions neither."""
    found: list[Term] = []
    absent: list[Term] = []
    for match in _TERM.finditer(q):
        if len(found) >= _MOST_TERMS:
            break
        term = Term(match["phrase"] if match["word"] is None else match["word"], match["word"] is None)
        if term.text.strip():
            (absent if match["minus"] else found).append(term)
    return Terms(tuple(found), tuple(absent))


class Words:
    """The text of the documents of one state of an index."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]], attributes: Sequence[str]) -> None:
        self._documents = documents
        self._attributes = tuple(attributes)
        size = len(TEXT_FIELDS)
        self._sessions = [
            _session(documents, self._attributes[start : start + size])
            for start in range(0, len(self._attributes), size)
        ]

    def holding(self, term: Term) -> set[str]:
        """Keys of the documents that have the term somewhere."""
        text = f'"{term.text}"' if term.phrase else term.text
        query = Query(_TODAY, text[:1_000], limit=_ALL, highlight=False, strict=term.phrase or not term.latin)
        return {hit.id for session in self._sessions for hit in session.search(query).hits}

    def first_attribute(self, key: str, terms: Iterable[Term], only: Sequence[str]) -> tuple[int, int]:
        """How many terms do not stand as written, and the sum of the first attributes that hold the others."""
        wrong = places = 0
        for term in terms:
            place = next(
                (
                    number
                    for number, name in enumerate(self._attributes)
                    if name in only and f" {term.text} ".casefold() in f" {self._text(key, name)} ".casefold()
                ),
                None,
            )
            wrong += place is None
            places += len(self._attributes) if place is None else place
        return wrong, places

    def holds_in(self, key: str, term: Term, only: Sequence[str]) -> bool:
        """Whether a phrase stands in one of these attributes."""
        return any(f" {term.text} " in f" {self._text(key, name)} " for name in only)

    def _text(self, key: str, name: str) -> str:
        return str(self._documents[key].get(name, ""))


def _session(documents: Mapping[str, Mapping[str, Any]], attributes: Sequence[str]) -> SearchSession:
    layout = Layout(IndexSettings())
    entries = [
        EmbeddedDocument(
            id=key,
            revision=1,
            revision_id=key,
            updated_at=_NOW,
            texts={
                field: str(document[name])
                for field, name in zip(TEXT_FIELDS, attributes, strict=False)
                if document.get(name)
            },
        )
        for key, document in documents.items()
    ]
    return SearchSession(View("stand-in", layout, in_memory(layout, entries), stale=False))
