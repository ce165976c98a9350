"""The embedded engine as its one writing process sees it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import tantivy

from search.document import Document
from search.embedded import building
from search.embedded.building import HEAP_BYTES
from search.embedded.schema import Layout, clean
from search.embedded.storage import Storage
from search.embedded.view import Views, open_index
from search.errors import EngineUnavailable, IndexStale, RebuildDiffers, WriterBusy
from search.results import NO_GENERATION, IndexCheck, IndexStats, compare
from search.settings import IndexSettings
from search.synonyms import Synonyms

_FEW = 200
"""So many changes made during a rebuild are carried over while everything else waits; more, before that."""


class EmbeddedWriter:
    """`search.engine.IndexWriter` over a folder; holds its lock from opening to closing.

    Opening makes an empty index where there is none. Raises `WriterBusy` when the lock is held. Threads may share it.
    """

    def __init__(self, directory: Path, settings: IndexSettings) -> None:
        self.settings = settings
        self._storage = Storage(directory)
        self._layout = Layout(settings)
        self._mutex = threading.Lock()
        self._rebuilding = threading.Lock()
        self._meanwhile: dict[str, Document | None] | None = None
        """What was changed since the rebuild under way began, by id; None while there is none."""
        self._writer: tantivy.IndexWriter | None = None
        self._generation = NO_GENERATION
        self._lock: int | None = self._storage.lock()
        self._views = Views(self._storage, settings)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def stale(self) -> bool:
        """Whether the index has other settings, cannot be read or is gone, so that `rebuild` must come first."""
        return self._writer is None or self._lost()

    def apply(self, upserts: Iterable[Document], deletions: Iterable[str] = ()) -> None:
        """Put documents in and take ids out in one commit; durable when this returns."""
        latest = {clean(document.id): document for document in upserts}
        gone = {clean(id_) for id_ in deletions} - latest.keys()
        for document in latest.values():
            document.check(self.settings)
        with self._mutex:
            if self.stale or self._writer is None:
                raise IndexStale(
                    "the search index is gone or was built under other settings: rebuild it first"
                )
            if not (latest or gone):
                return
            try:
                building.put(self._writer, self._layout, latest, gone)
            except (ValueError, OSError) as failure:
                self._take_back()
                raise EngineUnavailable(f"the search index cannot be written: {failure}") from failure
            except BaseException:
                self._take_back()
                raise
            if self._meanwhile is not None:
                self._meanwhile |= {**latest, **dict.fromkeys(gone)}

    def rebuild(self, documents: Iterable[Document]) -> str:
        """Build aside, swap at once, return the name of the new generation."""
        if not self._rebuilding.acquire(blocking=False):
            raise WriterBusy("the search index is already being rebuilt")
        try:
            with self._mutex:
                self._hold()
                self._meanwhile = {}
            return self._rebuilt(documents)
        finally:
            self._meanwhile = None
            self._rebuilding.release()

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
        """Generation, number of documents, size on disk. What cannot be read is stale."""
        try:
            view = self._views.current()
        except EngineUnavailable:
            return IndexStats(NO_GENERATION, 0, 0, stale=True)
        if view is None:
            return IndexStats(NO_GENERATION, 0, 0, self.stale)
        files = list(self._storage.path(view.generation).iterdir())
        size = sum(_size(path) for path in files)
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
            building.build(path, self._layout, ())
            self._storage.point_to(generation, self.settings)
            pointer = self._storage.pointer()
        if pointer is None or pointer.stale_for(self.settings):
            return
        try:
            self._writer = open_index(str(self._storage.path(pointer.generation))).writer(HEAP_BYTES, 1)
        except (ValueError, OSError):
            return  # A damaged generation: stale until rebuilt.
        self._generation = pointer.generation
        self._storage.tidy(self.settings)

    def _rebuilt(self, documents: Iterable[Document]) -> str:
        generation, path = self._aside()
        expected = building.build(path, self._layout, documents)
        try:
            building.verify(path, expected)
        except RebuildDiffers:
            self._storage.remove(generation)
            raise
        writer = open_index(str(path)).writer(HEAP_BYTES, 1)
        while True:
            with self._mutex:
                changes = self._meanwhile or {}
                self._meanwhile = {}
                if len(changes) <= _FEW:
                    self._carry_over(writer, changes)
                    self._storage.point_to(generation, self.settings)
                    self._writer, self._generation = writer, generation
                    self._storage.tidy(self.settings)
                    return generation
            self._carry_over(writer, changes)

    def _aside(self) -> tuple[str, Path]:
        """The generation to build in: what an earlier rebuild left, if it can be read, or a new one."""
        half = self._storage.half_built(self.settings)
        if half is not None:
            try:
                open_index(str(self._storage.path(half)))
            except (ValueError, OSError):
                self._storage.remove(half)
            else:
                return half, self._storage.path(half)
        return self._storage.begin_building(self.settings)

    def _carry_over(self, writer: tantivy.IndexWriter, changes: Mapping[str, Document | None]) -> None:
        if changes:
            latest = {id_: document for id_, document in changes.items() if document is not None}
            building.put(writer, self._layout, latest, changes.keys() - latest.keys())

    def _take_back(self) -> None:
        """Forget what was not committed. A writer that cannot even do that is given up: the index is rebuilt."""
        try:
            if self._writer is not None:
                self._writer.rollback()
        except (ValueError, OSError):
            self._writer = None

    def _lost(self) -> bool:
        return self._storage.stamp() is None or self._storage.index_stamp(self._generation) is None

    def _hold(self) -> None:
        """Make sure that the lock is one: the folder may have been lost, and the file with it."""
        if self._lock is not None and not self._storage.holds(self._lock):
            anew = self._storage.lock()
            os.close(self._lock)
            self._lock = anew


def _size(path: Path) -> int:
    """In bytes; 0 for what a merge took away in this moment."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0
