"""Meilisearch as its one writer sees it: settings first, documents by tasks, a rebuild aside and swapped in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Any, Self

from meilisearch import Client

from search.document import Document
from search.errors import IndexStale
from search.meilisearch.admin import Admin
from search.meilisearch.connection import Connection
from search.meilisearch.encoding import document_key
from search.meilisearch.filters import keys_in
from search.meilisearch.layout import META, Layout
from search.results import NO_GENERATION, IndexCheck, IndexStats, compare
from search.settings import IndexSettings

_DOCUMENTS_AT_ONCE = 500
"""Far below the 100 MB that one request may have."""
_FINGERPRINTS_AT_ONCE = 1_000
_NUMBER = re.compile(r"\d+")

Entry = dict[str, Any]


class MeilisearchWriter:
    """`search.engine.IndexWriter` over HTTP, with the worker's key. Opening makes an empty index where there is none.

    Nothing keeps a second writer away: the application runs one worker, and one that mirrors into an embedded index
    holds that one's lock. Raises `EngineUnavailable` in one of its kinds, also when opening.
    """

    def __init__(self, connection: Connection, settings: IndexSettings) -> None:
        self.settings = settings
        self._connection = connection
        self._layout = Layout(settings)
        self._admin = Admin(connection.url, connection.worker_key, connection.task_seconds)

    @property
    def stale(self) -> bool:
        """Whether there is no index of these settings, so that `rebuild` must come first."""
        return self._stale(self._meta())

    def apply(self, upserts: Iterable[Document], deletions: Iterable[str] = ()) -> None:
        """Put documents in and take ids out; done in the engine when this returns."""
        latest = {document_key(document.id): document for document in upserts}
        gone = sorted({document_key(id_) for id_ in deletions} - latest.keys())
        for document in latest.values():
            document.check(self.settings)
        if self.stale:
            # Also where the engine lost its data: it would make an index of its own of the documents.
            raise IndexStale(
                "the Meilisearch index is not there or was built under other settings: rebuild it first"
            )
        index = self._connection.index
        tasks: list[int] = []
        if gone:
            deletion = self._admin.ask(
                lambda client: client.index(index).delete_documents(filter=keys_in(gone))
            )
            tasks.append(deletion.task_uid)
        tasks += [
            self._put(index, entries)
            for entries in _batches(self._layout.entry(document) for document in latest.values())
        ]
        for task in tasks:
            self._admin.wait(task)

    def rebuild(self, documents: Iterable[Document]) -> str:
        """Build aside, swap at once, keep the last one aside, return the name of the new generation."""
        admin, index, aside = self._admin, self._connection.index, self._connection.aside
        before = self._meta()
        generation = _after(str(before["generation"]) if before else "")
        self._make(aside)
        try:
            self._fill(aside, documents, generation)
        except BaseException:
            self._drop(aside)
            raise
        if admin.find(lambda client: client.get_raw_index(index)) is None:
            admin.done(lambda client: client.create_index(index, {"primaryKey": "key"}))
        admin.done(lambda client: client.swap_indexes([{"indexes": [index, aside]}]))
        return generation

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of everything indexed."""
        found: dict[str, str] = {}
        offset = 0
        while True:
            asked = {"offset": offset, "limit": _FINGERPRINTS_AT_ONCE, "fields": ["key", "id", "print"]}
            page = self._admin.find(
                lambda client, asked=asked: client.index(self._connection.index).get_documents(asked)  # type: ignore[misc]  # the page of this turn
            )
            if page is None:
                return found
            entries = [dict(document) for document in page.results]
            found |= {str(entry["id"]): str(entry["print"]) for entry in entries if entry["key"] != META}
            offset += len(entries)
            if not entries or offset >= page.total:
                return found

    def check(self, expected: Mapping[str, str]) -> IndexCheck:
        """Compare the index with fingerprints by id from the database."""
        return compare(expected, self.fingerprints(), stale=self.stale)

    def stats(self) -> IndexStats:
        """Generation, number of documents, size as the engine estimates it."""
        meta = self._meta()
        if meta is None:
            return IndexStats(NO_GENERATION, 0, 0, stale=True)
        found = self._admin.ask(
            lambda client: client.http.get(f"{client.config.paths.index}/{self._connection.index}/stats")
        )
        documents = int(found["numberOfDocuments"]) - 1
        size = int(found.get("rawDocumentDbSize") or 0)
        return IndexStats(str(meta["generation"]), documents, size, self._stale(meta))

    def drop(self) -> None:
        """Remove the index and the one aside, where they are there."""
        for index in (self._connection.index, self._connection.aside):
            if self._admin.find(partial(Client.get_raw_index, uid=index)) is not None:
                self._drop(index)

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _meta(self) -> Entry | None:
        """The document that names the generation, None where there is none."""
        found = self._admin.find(lambda client: client.index(self._connection.index).get_document(META))
        return None if found is None else dict(found)

    def _stale(self, meta: Entry | None) -> bool:
        return meta is None or meta.get("fingerprint") != self._layout.fingerprint

    def _make(self, index: str) -> None:
        """An empty index with our settings: a change of settings later would index everything again."""
        if self._admin.find(lambda client: client.get_raw_index(index)) is not None:
            self._drop(index)
        self._admin.done(lambda client: client.create_index(index, {"primaryKey": "key"}))
        self._admin.done(lambda client: client.index(index).update_settings(self._layout.index_settings))

    def _fill(self, index: str, documents: Iterable[Document], generation: str) -> None:
        tasks = [self._put(index, entries) for entries in _batches(self._entries(documents))]
        for task in tasks:
            self._admin.wait(task)
        # Last, so that an index that says what it is has everything.
        self._admin.wait(self._put(index, [self._layout.meta(generation)]))

    def _entries(self, documents: Iterable[Document]) -> Iterator[Entry]:
        for document in documents:
            document.check(self.settings)
            yield self._layout.entry(document)

    def _put(self, index: str, entries: list[Entry]) -> int:
        return self._admin.ask(lambda client: client.index(index).add_documents(entries)).task_uid

    def _drop(self, index: str) -> None:
        self._admin.done(lambda client: client.delete_index(index))


def open_if_missing(writer: MeilisearchWriter) -> None:
    """Make an empty index where there is none at all; one of other settings stays as it is, stale."""
    if writer.stats().generation == NO_GENERATION:
        writer.rebuild(())


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while batch := list(islice(rest, _DOCUMENTS_AT_ONCE)):
        yield batch


def _after(generation: str) -> str:
    """The name of the generation after `generation`."""
    number = _NUMBER.match(generation)
    return f"{int(number[0]) + 1 if number else 1:06d}-{secrets.token_hex(4)}"
