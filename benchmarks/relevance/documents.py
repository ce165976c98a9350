"""The corpus as the catalogue keeps and indexes it: rows, and documents by the catalogue's own projection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from app.catalogue.projection import build_document
from app.catalogue.repository import Live
from app.listings.content import content_hash
from app.listings.models import Entry, Revision
from app.organisations.models import AgreementVersion, MasterAgreement, Organisation
from benchmarks.relevance.corpus import Listing
from benchmarks.relevance.material import Vendor
from catalogue_schema import Schema
from search.engine import Document

TODAY = date(2026, 11, 23)
"""The day of every search of the set: certificates of the corpus are valid or expired on it for good."""
AGREEMENTS_END = TODAY + timedelta(days=900)

_PUBLISHED = datetime(2026, 10, 1, tzinfo=UTC)


def documents(schema: Schema, listings: Sequence[Listing]) -> Iterator[Document]:
    """One document a listing; its id is the listing's key. No database is needed."""
    for listing in listings:
        software, offers = _rows(schema, listing, _organisation(listing.vendor))
        yield build_document(schema, software, offers, None)


def publish(session: Session, schema: Schema, listings: Sequence[Listing]) -> None:
    """Write the listings into an empty catalogue as published ones, of vendors whose agreements are in force."""
    version = AgreementVersion(
        id="relevance", number=99, title="x", body="x", effective_from=_PUBLISHED.date()
    )
    vendors = {listing.vendor.key: _organisation(listing.vendor) for listing in listings}
    session.add_all([version, *vendors.values()])
    session.flush()
    session.add_all(
        MasterAgreement(
            id=f"relevance-{key}",
            organisation_id=key,
            version_id=version.id,
            status="active",
            starts_on=_PUBLISHED.date(),
            ends_on=AGREEMENTS_END,
            created_at=_PUBLISHED,
        )
        for key in vendors
    )
    rows = [_rows(schema, listing, vendors[listing.vendor.key]) for listing in listings]
    everything = [live for software, offers in rows for live in (software, *offers)]
    session.add_all(software.entry for software, _ in rows)
    session.flush()
    session.add_all(offer.entry for _, offers in rows for offer in offers)
    session.flush()
    session.add_all(live.revision for live in everything)


def _rows(schema: Schema, listing: Listing, vendor: Organisation) -> tuple[Live, list[Live]]:
    """The software and its offers."""
    offers = [
        _live(schema, f"{listing.key}-{number}", vendor, answers, software_id=listing.key)
        for number, answers in enumerate(listing.offers, 1)
    ]
    return _live(schema, listing.key, vendor, listing.answers), offers


def _organisation(vendor: Vendor) -> Organisation:
    return Organisation(
        id=vendor.key, kind="vendor", name=vendor.name, name_kana=vendor.kana, created_at=_PUBLISHED
    )


def _live(
    schema: Schema, id_: str, vendor: Organisation, answers: dict[str, Any], software_id: str | None = None
) -> Live:
    subject = "software" if software_id is None else "offer"
    kept = schema.normalise(subject, answers)
    revision = Revision(
        id=f"{id_}-r1",
        entry_id=id_,
        number=1,
        status="approved",
        answers=kept,
        schema_version=schema.version,
        content_hash=content_hash(kept, schema.version),
        created_at=_PUBLISHED,
        created_by="relevance",
        updated_at=_PUBLISHED,
        published_at=_PUBLISHED,
    )
    entry = Entry(
        id=id_,
        kind=subject,
        owner_id=vendor.id,
        software_id=software_id,
        software_kind="software" if software_id else None,
        status="published",
        published_revision_id=revision.id,
        published_at=_PUBLISHED,
        created_at=_PUBLISHED,
        created_by="relevance",
        last_number=1,
    )
    return Live(entry, revision, vendor)
