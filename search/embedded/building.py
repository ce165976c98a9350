"""A generation as it is built aside: in portions, so that what a crash left can be gone on from, and compared at the
end with what was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import tantivy

from search.document import Document
from search.embedded.schema import Layout, clean
from search.embedded.view import fingerprints_in, open_index, register
from search.errors import RebuildDiffers

HEAP_BYTES = 50_000_000
PORTION = 2_000
"""Documents in one commit: at most so many are lost when the process is killed."""


def build(path: Path, layout: Layout, documents: Iterable[Document]) -> dict[str, str]:
    """Make the index in `path` hold exactly these documents; answers their fingerprints by id.

    What lies there already with the right fingerprint is left as it is. Raises ValueError or OSError for a folder whose
    index cannot be read.
    """
    index, there = _begin(path, layout)
    writer = index.writer(HEAP_BYTES, 1)
    built: dict[str, str] = {}
    waiting = 0
    try:
        for document in documents:
            document.check(layout.settings)
            id_, fingerprint = clean(document.id), document.fingerprint
            known = built.get(id_, there.get(id_))
            built[id_] = fingerprint
            if known == fingerprint:
                continue
            if known is not None:
                writer.delete_documents_by_term("id", id_)
            writer.add_document(layout.entry(document))
            waiting += 1
            if waiting == PORTION:
                writer.commit()
                waiting = 0
        for id_ in there.keys() - built.keys():
            writer.delete_documents_by_term("id", id_)
        writer.commit()
        writer.wait_merging_threads()
    finally:
        # The lock goes with the last reference, which a traceback would keep.
        del writer
    return built


def verify(path: Path, expected: Mapping[str, str]) -> None:
    """Read the index in `path` anew and compare it. Raises RebuildDiffers."""
    searcher = open_index(str(path)).searcher()
    found = fingerprints_in(searcher)
    if found != expected or searcher.num_docs != len(expected):
        different = sum(found.get(id_) != fingerprint for id_, fingerprint in expected.items())
        raise RebuildDiffers(len(expected), searcher.num_docs, different)


def put(
    writer: tantivy.IndexWriter, layout: Layout, latest: Mapping[str, Document], gone: Iterable[str]
) -> None:
    """Replace these documents by their (clean) ids, take the ids out, and commit."""
    entries = [layout.entry(document) for document in latest.values()]
    for id_ in (*gone, *latest):
        writer.delete_documents_by_term("id", id_)
    for entry in entries:
        writer.add_document(entry)
    writer.commit()


def _begin(path: Path, layout: Layout) -> tuple[tantivy.Index, dict[str, str]]:
    if tantivy.Index.exists(str(path)):
        index = open_index(str(path))
        return index, fingerprints_in(index.searcher())
    index = tantivy.Index(layout.schema, str(path))
    register(index)
    return index, {}
