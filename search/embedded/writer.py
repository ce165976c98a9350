"""The embedded engine as its one writer sees it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import tantivy

from search.document import Document
from search.embedded.schema import Layout, clean
from search.embedded.storage import Storage
from search.embedded.view import Views, open_index, register
from search.errors import EngineUnavailable, IndexStale
from search.results import NO_GENERATION, IndexCheck, IndexStats, compare
from search.settings import IndexSettings
from search.synonyms import Synonyms

_HEAP_BYTES = 50_000_000


class EmbeddedWriter:
    """`search.engine.IndexWriter` over a folder; holds its lock from opening to closing.

    Opening makes an empty index where there is none. Raises `WriterBusy` when the lock is held.
    """

    def __init__(self, directory: Path, settings: IndexSettings) -> None:
        self.settings = settings
        self._storage = Storage(directory)
        self._layout = Layout(settings)
        self._mutex = threading.Lock()
        self._writer: tantivy.IndexWriter | None = None
        self._lock: int | None = self._storage.lock()
        self._views = Views(self._storage, settings)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def stale(self) -> bool:
        """Whether the index has other settings or cannot be read, so that `rebuild` must come first."""
        return self._writer is None

    def apply(self, upserts: Iterable[Document], deletions: Iterable[str] = ()) -> None:
        """Put documents in and take ids out in one commit; durable when this returns."""
        latest = {clean(document.id): document for document in upserts}
        gone = {clean(id_) for id_ in deletions} - latest.keys()
        for document in latest.values():
            document.check(self.settings)
        entries = [self._layout.entry(document) for document in latest.values()]
        with self._mutex:
            if self._writer is None:
                raise IndexStale("the search index was built under other settings: rebuild it first")
            if not (latest or gone):
                return
            try:
                for id_ in (*gone, *latest):
                    self._writer.delete_documents_by_term("id", id_)
                for entry in entries:
                    self._writer.add_document(entry)
                self._writer.commit()
            except BaseException:
                self._writer.rollback()
                raise

    def rebuild(self, documents: Iterable[Document]) -> str:
        """Build aside, swap at once, return the name of the new generation."""
        with self._mutex:
            generation, path = self._storage.new_generation()
            try:
                self._build(path, documents)
                self._storage.point_to(generation, self.settings)
            except BaseException:
                self._storage.remove(generation)
                raise
            self._writer = None
            self._writer = open_index(str(path)).writer(_HEAP_BYTES, 1)
            self._storage.tidy()
            return generation

    def adopt_synonyms(self, synonyms: Synonyms) -> None:
        """Nothing to keep: this engine expands each question by the table that comes with it."""

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of everything indexed."""
        view = self._views.current()
        return {} if view is None else view.fingerprints()

    def check(self, expected: Mapping[str, str]) -> IndexCheck:
        """Compare the index with fingerprints by id from the database."""
        return compare(expected, self.fingerprints(), stale=self.stale)

    def stats(self) -> IndexStats:
        """Generation, number of documents, size on disk."""
        view = self._views.current()
        if view is None:
            return IndexStats(NO_GENERATION, 0, 0, self.stale)
        files = self._storage.path(view.generation).iterdir()
        size = sum(path.stat().st_size for path in files if path.is_file())
        return IndexStats(view.generation, view.searcher.num_docs, size, self.stale)

    def close(self) -> None:
        """Give the lock back. A second call does nothing."""
        with self._mutex:
            self._writer = None
            self._views.close()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        try:
            pointer = self._storage.pointer()
        except EngineUnavailable:
            return  # A damaged pointer: stale until rebuilt.
        if pointer is None:
            generation, path = self._storage.new_generation()
            self._build(path, ())
            self._storage.point_to(generation, self.settings)
            pointer = self._storage.pointer()
        if pointer is None or pointer.stale_for(self.settings):
            return
        try:
            self._writer = open_index(str(self._storage.path(pointer.generation))).writer(_HEAP_BYTES, 1)
        except (ValueError, OSError):
            return  # A damaged generation: stale until rebuilt.
        self._storage.tidy()

    def _build(self, path: Path, documents: Iterable[Document]) -> None:
        index = tantivy.Index(self._layout.schema, str(path))
        register(index)
        writer = index.writer(_HEAP_BYTES, 1)
        seen: set[str] = set()
        for document in documents:
            document.check(self.settings)
            id_ = clean(document.id)
            if id_ in seen:
                writer.delete_documents_by_term("id", id_)
            seen.add(id_)
            writer.add_document(self._layout.entry(document))
        writer.commit()
        writer.wait_merging_threads()
