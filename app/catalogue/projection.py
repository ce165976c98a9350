"""The index as a projection of the database: one document for each software that strangers see, with its offers.

`sync` reads the world as it is now and makes the index agree with it, so repeats and lost order do no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from app.catalogue import repository
from app.catalogue.facets import VENDOR, catalogue_facets, index_settings
from app.catalogue.repository import Live
from app.catalogue.waiting import wait_for
from app.kit.clock import Clock
from app.kit.database import Database
from app.organisations import expiry
from catalogue_schema import Schema
from search.engine import Document, IndexWriter, SearchEngine

__all__ = [
    "build_document",
    "documents_of",
    "every_document",
    "index_agrees",
    "index_settings",
    "reader_agrees",
    "rebuild_all",
    "source_fingerprint",
    "sync",
    "sync_many",
    "sync_vendor",
]

Told = Callable[[int, int], None]
"""Hears how far a long reading is: documents read, and of how many."""
_PROJECTION = 1
"""Raised whenever `build_document` changes what it makes of the same rows, so that indexes made before are rebuilt."""


def build_document(
    schema: Schema, software: Live, offers: Sequence[Live], visible_until: date | None
) -> Document:
    """The document of one published software with its visible offers. Pure: the same rows give the same document."""
    facets = catalogue_facets(schema)
    terms: dict[str, set[str]] = {VENDOR: {software.owner.id, *(offer.owner.id for offer in offers)}}
    validity: dict[str, list[tuple[str, date | None]]] = {}
    numbers: dict[str, set[int]] = {}
    parts = [("software", software), *(("offer", offer) for offer in offers)]
    for subject, live in parts:
        answers = live.revision.answers
        for name, values in schema.facet_validity(subject, answers).items():
            if facets[name].kind == "range":
                continue
            if facets[name].lapses:
                dated = ((value, date.fromisoformat(last) if last else None) for value, last in values)
                validity.setdefault(name, []).extend(dated)
            else:
                terms.setdefault(name, set()).update(value for value, _ in values)
        # The day matters for rows only, and those were taken above.
        for name, value in schema.facet_values(subject, answers, date.min).items():
            if isinstance(value, int | Decimal):
                numbers.setdefault(name, set()).add(facets[name].to_index(value))
    return Document(
        id=software.entry.id,
        revision=software.revision.number,
        revision_id=software.revision.id,
        updated_at=software.revision.published_at or software.revision.updated_at,
        texts=_texts(schema, software, offers),
        terms={name: tuple(sorted(values)) for name, values in terms.items()},
        numbers={name: tuple(sorted(values)) for name, values in numbers.items()},
        validity={name: tuple(values) for name, values in validity.items()},
        visible_until=visible_until,
        part_revision_ids=tuple(offer.revision.id for offer in offers),
    )


def _texts(schema: Schema, software: Live, offers: Sequence[Live]) -> Mapping[str, str]:
    texts = dict(schema.search_texts("software", software.revision.answers))
    offered = [schema.search_texts("offer", offer.revision.answers) for offer in offers]
    texts["body"] = "\n".join(
        part for part in (texts["body"], *(text for each in offered for text in each.values())) if part
    )
    firms = {live.owner.id: live.owner for live in (software, *offers)}
    texts["vendor"] = "\n".join(
        name for firm in firms.values() for name in (firm.name, firm.name_kana) if name
    )
    return texts


def _last_day(software: Live, firms: Mapping[str, date]) -> date | None:
    ends = [firms.get(software.owner.id), software.entry.last_day]
    return min((end for end in ends if end is not None), default=None)


def documents_of(session: Session, schema: Schema, today: date, ids: Sequence[str]) -> Iterator[Document]:
    """Documents of those of the ids that are visible."""
    for start in range(0, len(ids), repository.CHUNK):
        part = ids[start : start + repository.CHUNK]
        software = repository.software_by_id(session, part, today)
        offers = repository.offers_by_software(session, list(software), today)
        firms = expiry.last_days(session, {live.owner.id for live in software.values()}, today)
        for id_, live in software.items():
            yield build_document(schema, live, offers.get(id_, ()), _last_day(live, firms))


def sync_many(
    database: Database, writer: IndexWriter, schema: Schema, clock: Clock, ids: Iterable[str]
) -> None:
    """Make the index agree with the database about these software, in one commit."""
    wanted = sorted(set(ids))
    with database.read() as session:
        documents = list(documents_of(session, schema, clock.today(), wanted))
    kept = {document.id for document in documents}
    writer.apply(documents, [id_ for id_ in wanted if id_ not in kept])


def sync(database: Database, writer: IndexWriter, schema: Schema, clock: Clock, software_id: str) -> None:
    """Make the index agree with the database about one software: put it in, or take it out."""
    sync_many(database, writer, schema, clock, [software_id])


def sync_vendor(
    database: Database, writer: IndexWriter, schema: Schema, clock: Clock, organisation_id: str
) -> None:
    """The same for everything that a firm develops or offers (its agreement or its name changed)."""
    with database.read() as session:
        ids = repository.software_of_vendor(session, organisation_id)
    if ids:
        sync_many(database, writer, schema, clock, ids)


def every_document(
    database: Database, schema: Schema, clock: Clock, told: Told = lambda done, total: None
) -> Iterator[Document]:
    """Documents of all that is visible, read in portions, each in a short transaction of its own.

    What changes in between has an outbox row of its own.
    """
    with database.read() as session:
        ids = repository.every_software_id(session, clock.today())
    told(0, len(ids))
    for start in range(0, len(ids), repository.CHUNK):
        part = ids[start : start + repository.CHUNK]
        with database.read() as session:
            documents = list(documents_of(session, schema, clock.today(), part))
        yield from documents
        told(start + len(part), len(ids))


def rebuild_all(
    database: Database,
    writer: IndexWriter,
    schema: Schema,
    clock: Clock,
    told: Told = lambda done, total: None,
) -> str:
    """Build the index anew from the database and swap it in; answers the new generation."""
    return writer.rebuild(every_document(database, schema, clock, told))


def source_fingerprint(schema: Schema) -> str:
    """Changes whenever the same rows would make other documents, or the index have other names: rebuild it then."""
    vocabularies = [repr(schema.vocabularies[name]) for name in sorted(schema.vocabularies)]
    content = [_PROJECTION, schema.version, repr(schema.every_field), *vocabularies, index_settings(schema)]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:32]


def expected(
    database: Database, schema: Schema, clock: Clock, told: Told = lambda done, total: None
) -> dict[str, str]:
    """Fingerprint by id of what the index should hold now."""
    return {document.id: document.fingerprint for document in every_document(database, schema, clock, told)}


def index_agrees(database: Database, writer: IndexWriter, schema: Schema, clock: Clock) -> bool:
    """Whether the index says the same as the database, asked by the process that writes it."""
    return writer.check(expected(database, schema, clock)).agrees


def reader_agrees(database: Database, engine: SearchEngine, schema: Schema, clock: Clock) -> bool:
    """The same, asked by a process that only reads. An index that does not answer does not agree."""
    health = wait_for(engine.health)
    if not health.available or health.stale:
        return False
    return expected(database, schema, clock) == wait_for(engine.fingerprints)
