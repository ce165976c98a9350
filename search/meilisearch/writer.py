"""Meilisearch as its one writer sees it: settings first, documents by tasks, a rebuild aside and swapped in."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Any, Self

from meilisearch import Client
from meilisearch.models.document import DocumentsResults

from search.document import Document
from search.errors import IndexStale, RebuildDiffers, WriterBusy
from search.meilisearch.admin import Admin
from search.meilisearch.connection import Connection
from search.meilisearch.encoding import document_key
from search.meilisearch.filters import keys_in
from search.meilisearch.layout import META, Layout, Spoken, spoken_synonyms
from search.results import NO_GENERATION, IndexCheck, IndexStats, compare
from search.settings import IndexSettings
from search.synonyms import Synonyms

_DOCUMENTS_AT_ONCE = 500
"""Far below the 100 MB that one request may have."""
_FINGERPRINTS_AT_ONCE = 1_000
_FEW = 200
"""So many changes made during a rebuild are carried over while everything else waits; more, before that."""
_NUMBER = re.compile(r"\d+")

Entry = dict[str, Any]


class MeilisearchWriter:
    """`search.engine.IndexWriter` over HTTP, with the worker's key. Where there is no index yet it is stale.

    Threads may share it. Nothing keeps a second process away: the application runs one worker, which mirrors into an
    embedded index and holds that one's lock. Raises `EngineUnavailable` in one of its kinds, also when opening.
    """

    def __init__(self, connection: Connection, settings: IndexSettings) -> None:
        self.settings = settings
        self._connection = connection
        self._layout = Layout(settings)
        self._admin = Admin(connection.url, connection.worker_key, connection.task_seconds)
        self._spoken: Spoken = self._layout.index_settings["synonyms"]
        """The words that stand for others, for the index that is built next."""
        self._mutex = threading.Lock()
        self._rebuilding = threading.Lock()
        self._meanwhile: dict[str, Document | None] | None = None
        """What was changed since the rebuild under way began, by key; None while there is none."""

    @property
    def stale(self) -> bool:
        """Whether there is no index of these settings, so that `rebuild` must come first."""
        return self._stale(self._meta())

    def apply(self, upserts: Iterable[Document], deletions: Iterable[str] = ()) -> None:
        """Put documents in and take ids out; done in the engine when this returns.

        Where the engine fails in between, some of it may be done: doing it again does no harm.
        """
        latest = {document_key(document.id): document for document in upserts}
        gone = {document_key(id_) for id_ in deletions} - latest.keys()
        for document in latest.values():
            document.check(self.settings)
        with self._mutex:
            if self.stale:
                # Also where the engine lost its data: it would make an index of its own of the documents.
                raise IndexStale(
                    "the Meilisearch index is not there or was built under other settings: rebuild it first"
                )
            self._change(self._connection.index, {**latest, **dict.fromkeys(gone)})
            if self._meanwhile is not None:
                self._meanwhile |= {**latest, **dict.fromkeys(gone)}

    def rebuild(self, documents: Iterable[Document]) -> str:
        """Build aside, compare, swap at once, keep the last one aside, return the name of the new generation."""
        if not self._rebuilding.acquire(blocking=False):
            raise WriterBusy("the search index is already being rebuilt")
        try:
            with self._mutex:
                self._meanwhile = {}
            return self._rebuilt(documents)
        finally:
            self._meanwhile = None
            self._rebuilding.release()

    def adopt_synonyms(self, synonyms: Synonyms) -> None:
        """Keep the table for texts as written, where it is another one; what a question asks for comes with it.

        Which one the index has is in the index: Meilisearch does not give synonyms back as they were sent.
        """
        spoken = spoken_synonyms(synonyms)
        with self._mutex:
            self._spoken = spoken
            meta = self._meta()
            if meta is None or self._stale(meta):
                return
            wanted = self._layout.meta(str(meta["generation"]), spoken)
            if meta != wanted:
                self._tell(self._connection.index, spoken)
                self._admin.wait(self._put(self._connection.index, [wanted]))

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of everything indexed."""
        return self._fingerprints(self._connection.index)

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

    def _make(self, index: str) -> Spoken:
        """An empty index with our settings: to change them later would index everything again. Answers its synonyms."""
        if self._admin.find(lambda client: client.get_raw_index(index)) is not None:
            self._drop(index)
        self._admin.done(lambda client: client.create_index(index, {"primaryKey": "key"}))
        spoken = self._spoken
        settings = self._layout.index_settings | {"synonyms": spoken}
        self._admin.done(lambda client: client.index(index).update_settings(settings))
        return spoken

    def _tell(self, index: str, spoken: Spoken) -> None:
        self._admin.done(lambda client: client.index(index).update_settings({"synonyms": spoken}))

    def _rebuilt(self, documents: Iterable[Document]) -> str:
        index, aside = self._connection.index, self._connection.aside
        before = self._meta()
        generation = _after(str(before["generation"]) if before else "")
        spoken = self._make(aside)
        try:
            self._fill(aside, documents)
        except BaseException:
            self._drop(aside)
            raise
        if self._admin.find(partial(Client.get_raw_index, uid=index)) is None:
            self._admin.done(partial(Client.create_index, uid=index, options={"primaryKey": "key"}))
        while True:
            with self._mutex:
                changes, self._meanwhile = self._meanwhile or {}, {}
                if len(changes) <= _FEW:
                    self._change(aside, changes)
                    if self._spoken != spoken:
                        self._tell(aside, self._spoken)  # adopted while this was being built
                    # Last, so that an index that says what it is has everything.
                    self._admin.wait(self._put(aside, [self._layout.meta(generation, self._spoken)]))
                    self._admin.done(partial(Client.swap_indexes, parameters=[{"indexes": [index, aside]}]))
                    return generation
            self._change(aside, changes)

    def _fill(self, index: str, documents: Iterable[Document]) -> None:
        """Put documents in and compare what came of it. Raises `RebuildDiffers`."""
        expected: dict[str, str] = {}
        tasks = []
        for entries in _batches(self._entries(documents)):
            tasks.append(self._put(index, entries))
            expected |= {str(entry["id"]): str(entry["print"]) for entry in entries}
        for task in tasks:
            self._admin.wait(task)
        found = self._fingerprints(index)
        if found != expected:
            different = sum(found.get(id_) != fingerprint for id_, fingerprint in expected.items())
            raise RebuildDiffers(len(expected), len(found), different)

    def _change(self, index: str, changes: Mapping[str, Document | None]) -> None:
        """Documents by key that are put in, or taken out where there is None; done when this returns."""
        gone = sorted(key for key, document in changes.items() if document is None)
        tasks: list[int] = []
        if gone:
            deletion = self._admin.ask(
                lambda client: client.index(index).delete_documents(filter=keys_in(gone))
            )
            tasks.append(deletion.task_uid)
        entries = (self._layout.entry(document) for document in changes.values() if document is not None)
        tasks += [self._put(index, batch) for batch in _batches(entries)]
        for task in tasks:
            self._admin.wait(task)

    def _fingerprints(self, index: str) -> dict[str, str]:
        found: dict[str, str] = {}
        offset = 0
        while True:
            asked = {"offset": offset, "limit": _FINGERPRINTS_AT_ONCE, "fields": ["key", "id", "print"]}
            page = self._admin.find(partial(_documents, index=index, asked=asked))
            if page is None:
                return found
            entries = [dict(document) for document in page.results]
            found |= {str(entry["id"]): str(entry["print"]) for entry in entries if entry["key"] != META}
            offset += len(entries)
            if not entries or offset >= page.total:
                return found

    def _entries(self, documents: Iterable[Document]) -> Iterator[Entry]:
        for document in documents:
            document.check(self.settings)
            yield self._layout.entry(document)

    def _put(self, index: str, entries: list[Entry]) -> int:
        return self._admin.ask(lambda client: client.index(index).add_documents(entries)).task_uid

    def _drop(self, index: str) -> None:
        self._admin.done(lambda client: client.delete_index(index))


def _documents(client: Client, *, index: str, asked: Entry) -> DocumentsResults:
    return client.index(index).get_documents(asked)


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while batch := list(islice(rest, _DOCUMENTS_AT_ONCE)):
        yield batch


def _after(generation: str) -> str:
    """The name of the generation after `generation`."""
    number = _NUMBER.match(generation)
    return f"{int(number[0]) + 1 if number else 1:06d}-{secrets.token_hex(4)}"
