"""Documents that count in place of the index's own for one question, in an index in memory beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tantivy
from tantivy import Occur
from tantivy import Query as TantivyQuery

from search.document import Document
from search.embedded.schema import Layout, clean
from search.embedded.view import View, register

_HEAP_BYTES = 15_000_000
"""The least that tantivy takes."""


@dataclass(frozen=True)
class Part:
    """One searcher of an answer, without the documents that another part has instead."""

    searcher: tantivy.Searcher
    without: TantivyQuery | None = None

    def narrowed(self, query: TantivyQuery) -> TantivyQuery:
        """`query` without what counts elsewhere."""
        if self.without is None:
            return query
        return TantivyQuery.boolean_query([(Occur.Must, query), (Occur.MustNot, self.without)])


def parts_of(view: View, instead: Sequence[Document]) -> tuple[Part, ...]:
    """The view alone, or the view without those documents and then the documents."""
    if not instead:
        return (Part(view.searcher),)
    schema = view.layout.schema
    without = TantivyQuery.term_set_query(schema, "id", [clean(document.id) for document in instead])
    return Part(view.searcher, without), Part(in_memory(view.layout, instead))


def in_memory(layout: Layout, documents: Sequence[Document]) -> tantivy.Searcher:
    """An index of these documents alone."""
    index = tantivy.Index(layout.schema)
    register(index)
    writer = index.writer(_HEAP_BYTES, 1)
    for document in {document.id: document for document in documents}.values():
        writer.add_document(layout.entry(document))
    writer.commit()
    index.reload()
    return index.searcher()
