"""The one hand that writes the index: what is read from the database is written before anything else is read for it.

The worker's loop (changes one after another) and its runs (rebuild, repair) work side by side. Without the lock the one
could read a listing, the other write a newer state of it, and the first then write the older one last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.catalogue import projection
from app.catalogue import repository as catalogue
from app.catalogue.projection import Told
from app.indexing import repository
from app.kit.clock import Clock
from app.kit.database import Database
from app.search_words.current import current_synonyms
from catalogue_schema import Schema
from search.engine import IndexCheck, IndexWriter
from search.results import checksum, compare


@dataclass(frozen=True)
class Content:
    """What the index holds, in figures."""

    generation: str
    documents: int
    checksum: str


class IndexKeeper:
    """Makes the index agree with the database. Threads of one process share it."""

    def __init__(self, database: Database, writer: IndexWriter, schema: Schema, clock: Clock) -> None:
        self._database = database
        self._writer = writer
        self._schema = schema
        self._clock = clock
        self._lock = threading.Lock()
        self._touched: set[str] | None = None
        """What was synced since the rebuild under way began."""

    def sync(self, ids: Iterable[str]) -> None:
        """Make the index agree about these software. Raises IndexStale, EngineUnavailable."""
        wanted = set(ids)
        with self._lock:
            projection.sync_many(self._database, self._writer, self._schema, self._clock, wanted)
            if self._touched is not None:
                self._touched |= wanted

    def sync_vendor(self, organisation_id: str) -> None:
        """The same for all that a firm develops or offers."""
        with self._database.read() as session:
            ids = catalogue.software_of_vendor(session, organisation_id)
        if ids:
            self.sync(ids)

    def stale(self) -> bool:
        """Whether the index has to be rebuilt before it takes changes."""
        return self._writer.stats().stale

    def rebuild(self, told: Told) -> Content:
        """Build the index anew and swap it in; changes go on meanwhile and are in it too."""
        with self._lock:
            self._touched = set()
        try:
            projection.rebuild_all(self._database, self._writer, self._schema, self._clock, told)
        finally:
            with self._lock:
                touched, self._touched = self._touched, None
        # An engine whose `apply` reached the old index alone is told again; for the others this changes nothing.
        if touched:
            self.sync(touched)
        self.tell_words()
        return self.content()

    def tell_words(self) -> None:
        """Engines that keep the words that stand for others are told the table that holds now."""
        with self._lock:
            with self._database.read() as session:
                synonyms = current_synonyms(session)
            self._writer.adopt_synonyms(synonyms)

    def content(self) -> Content:
        """Generation, number and checksum of what the index holds."""
        held = self._writer.fingerprints()
        return Content(self._writer.stats().generation, len(held), checksum(held))

    def differences(self, told: Told) -> IndexCheck:
        """What in the index is not as the database says and no change under way will make so."""
        return differences(
            self._database, self._schema, self._clock, self._writer.fingerprints, told, stale=self.stale()
        )


def differences(
    database: Database,
    schema: Schema,
    clock: Clock,
    indexed: Callable[[], Mapping[str, str]],
    told: Told,
    *,
    stale: bool,
) -> IndexCheck:
    """Compare index (`indexed` gives fingerprints by id) and database, by everything that is indexed.

    Both move while they are read. What differs at the first look is looked at again, and left out if it agrees then or
    if the outbox holds a change of it.
    """
    first = compare(projection.expected(database, schema, clock, told), indexed(), stale=stale)
    suspects = {*first.missing, *first.outdated, *first.surplus}
    if not suspects:
        return first
    with database.read() as session:
        suspects -= repository.pending_ids(session, clock.now())
    held = {id_: print_ for id_, print_ in indexed().items() if id_ in suspects}
    with database.read() as session:
        documents = projection.documents_of(session, schema, clock.today(), sorted(suspects))
        wanted = {document.id: document.fingerprint for document in documents}
    with database.read() as session:
        suspects -= repository.pending_ids(session, clock.now())
    return compare(
        {id_: print_ for id_, print_ in wanted.items() if id_ in suspects},
        {id_: print_ for id_, print_ in held.items() if id_ in suspects},
        stale=stale,
    )
