"""The corpus as the index gets it: by the same projection as the catalogue's, only without a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from app.catalogue.projection import build_document
from app.catalogue.repository import Live
from app.listings.models import Entry, Revision
from app.organisations.models import Organisation
from benchmarks.relevance.corpus import Listing
from catalogue_schema import Schema
from search.engine import Document

TODAY = date(2026, 11, 23)
"""The day of every search of the set: certificates of the corpus are valid or expired on it for good."""

_PUBLISHED = datetime(2026, 10, 1, tzinfo=UTC)


def documents(schema: Schema, listings: Sequence[Listing]) -> Iterator[Document]:
    """One document a listing; its id is the listing's key."""
    for listing in listings:
        vendor = Organisation(
            id=listing.vendor.key,
            kind="vendor",
            name=listing.vendor.name,
            name_kana=listing.vendor.kana,
            created_at=_PUBLISHED,
        )
        software = _live(schema, "software", listing.key, vendor, listing.answers)
        offers = [
            _live(schema, "offer", f"{listing.key}-{number}", vendor, answers)
            for number, answers in enumerate(listing.offers, 1)
        ]
        yield build_document(schema, software, offers, None)


def _live(schema: Schema, subject: str, id_: str, vendor: Organisation, answers: dict[str, Any]) -> Live:
    revision = Revision(
        id=f"{id_}-r1",
        entry_id=id_,
        number=1,
        status="approved",
        answers=schema.normalise(subject, answers),
        schema_version=schema.version,
        content_hash="",
        created_at=_PUBLISHED,
        created_by="relevance",
        updated_at=_PUBLISHED,
        published_at=_PUBLISHED,
    )
    entry = Entry(
        id=id_,
        kind=subject,
        owner_id=vendor.id,
        status="published",
        published_revision_id=revision.id,
        published_at=_PUBLISHED,
        created_at=_PUBLISHED,
        created_by="relevance",
    )
    return Live(entry, revision, vendor)
