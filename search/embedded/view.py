"""One consistent look at the current generation, and how a reader keeps up with the writer."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import tantivy

from search.embedded.schema import RAW, SEPARATOR, TOKENIZER, Layout
from search.embedded.storage import Storage
from search.errors import EngineUnavailable
from search.settings import IndexSettings

_ATTEMPTS = 5


@dataclass(frozen=True)
class View:
    """A searcher with the layout its index was built under. `stale`: that is not the layout asked with."""

    generation: str
    layout: Layout
    searcher: tantivy.Searcher
    stale: bool

    def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of every document."""
        return fingerprints_in(self.searcher)


class Views:
    """Opens the current generation and follows commits and swaps; safe between threads."""

    def __init__(self, storage: Storage, settings: IndexSettings) -> None:
        self._storage = storage
        self._settings = settings
        self._lock = threading.Lock()
        self._pointer_stamp: tuple[int, int] | None = None
        self._index_stamp: tuple[int, int] | None = None
        self._index: tantivy.Index | None = None
        self._view: View | None = None

    def current(self) -> View | None:
        """The newest committed state, None while there is no index that this code can read.

        Raises `EngineUnavailable` for an index that is there but damaged.
        """
        with self._lock:
            for attempt in range(_ATTEMPTS):
                try:
                    return self._refreshed()
                except (ValueError, OSError) as failure:
                    # The writer may have swapped and tidied between two of our reads: look again.
                    self._forget()
                    if attempt == _ATTEMPTS - 1:
                        raise EngineUnavailable(f"the search index cannot be read: {failure}") from failure
        return None

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._pointer_stamp = self._index_stamp = self._index = self._view = None

    def _refreshed(self) -> View | None:
        stamp = self._storage.stamp()
        if stamp is None or stamp != self._pointer_stamp:
            self._forget()
            pointer = self._storage.pointer()
            if stamp is None or pointer is None or not pointer.readable:
                return None
            index_stamp = self._storage.index_stamp(pointer.generation)
            self._index = open_index(str(self._storage.path(pointer.generation)))
            layout = Layout(pointer.settings)
            stale = pointer.stale_for(self._settings)
            self._view = View(pointer.generation, layout, self._index.searcher(), stale)
            self._pointer_stamp, self._index_stamp = stamp, index_stamp
        elif self._view is not None and self._index is not None:
            # The stamp is taken before the reload: a commit between the two only costs one reload more.
            index_stamp = self._storage.index_stamp(self._view.generation)
            if index_stamp != self._index_stamp:
                self._index.reload()
                view = self._view
                self._view = View(view.generation, view.layout, self._index.searcher(), view.stale)
                self._index_stamp = index_stamp
        return self._view


def fingerprints_in(searcher: tantivy.Searcher) -> dict[str, str]:
    """Fingerprint by id of every document that the searcher sees."""
    entries = searcher.terms_with_prefix("print", "", tantivy.Query.all_query())
    return dict(entry.split(SEPARATOR, 1) for entry, _ in entries)


def open_index(path: str) -> tantivy.Index:
    """Open the index in `path`; tokenizers have to be registered again each time."""
    index = tantivy.Index.open(path)
    register(index)
    index.config_reader("manual")
    index.reload()
    return index


def register(index: tantivy.Index) -> None:
    """Tell `index` how the fields were cut: at spaces, or not at all."""
    for name, tokenizer in ((TOKENIZER, tantivy.Tokenizer.whitespace()), (RAW, tantivy.Tokenizer.raw())):
        index.register_tokenizer(name, tantivy.TextAnalyzerBuilder(tokenizer).build())
