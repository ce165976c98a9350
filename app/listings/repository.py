"""Queries over entries and revisions. `visible_software` and `visible_offers` are the one predicate of what strangers see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col
from sqlmodel import select as select_model

from app.listings.models import Entry, Revision, SellerAuthorisation
from app.organisations.models import MasterAgreement


def _agreement_in_force(owner: Mapped[str], today: date) -> ColumnElement[bool]:
    agreement = aliased(MasterAgreement)
    return (
        exists()
        .where(
            col(agreement.organisation_id) == owner,
            col(agreement.status) == "active",
            col(agreement.starts_on) <= today,
            col(agreement.ends_on) >= today,
        )
        .correlate_except(agreement)
    )


def _in_catalogue(entry: type[Entry], today: date) -> ColumnElement[bool]:
    return and_(
        col(entry.published_revision_id).is_not(None),
        or_(
            col(entry.status) == "published",
            # A retired entry stays until its last day has passed.
            and_(col(entry.status) == "retired", col(entry.last_day) >= today),
        ),
    )


def visible_software(today: date, entry: type[Entry] = Entry) -> ColumnElement[bool]:
    """Whether an entry is a software that strangers may see on that day: its own status, its developer's agreement."""
    return and_(
        col(entry.kind) == "software",
        _in_catalogue(entry, today),
        _agreement_in_force(col(entry.owner_id), today),
    )


def visible_offers(today: date, entry: type[Entry] = Entry) -> ColumnElement[bool]:
    """Whether an entry is an offer that strangers may see on that day.

    Its own status, its seller's agreement and authorisation (a developer needs none for its own software), and a
    visible software.
    """
    software = aliased(Entry)
    authorisation = aliased(SellerAuthorisation)
    authorised = exists().where(
        col(authorisation.software_id) == col(entry.software_id),
        col(authorisation.seller_id) == col(entry.owner_id),
        or_(
            and_(
                col(authorisation.status) == "accepted",
                or_(col(authorisation.ends_on).is_(None), col(authorisation.ends_on) >= today),
            ),
            # Ended with a date: the offer leaves the catalogue when the date has passed.
            and_(
                col(authorisation.status) == "ended",
                col(authorisation.accepted_at).is_not(None),
                col(authorisation.ends_on) >= today,
            ),
        ),
    )
    of_visible_software = exists().where(
        col(software.id) == col(entry.software_id),
        visible_software(today, software),
        or_(col(software.owner_id) == col(entry.owner_id), authorised.correlate_except(authorisation)),
    )
    return and_(
        col(entry.kind) == "offer",
        _in_catalogue(entry, today),
        _agreement_in_force(col(entry.owner_id), today),
        of_visible_software.correlate_except(software),
    )


def visible(today: date, entry: type[Entry] = Entry) -> ColumnElement[bool]:
    """Either predicate, for entries of any kind."""
    return or_(visible_software(today, entry), visible_offers(today, entry))


def is_visible(session: Session, entry_id: str, today: date) -> bool:
    """Whether strangers may see that entry on that day."""
    return (
        session.execute(select(col(Entry.id)).where(col(Entry.id) == entry_id, visible(today))).first()
        is not None
    )


def entry(session: Session, entry_id: str, kind: str | None = None) -> Entry | None:
    """The entry in whatever state, or None."""
    found = session.get(Entry, entry_id)
    return found if found is not None and (kind is None or found.kind == kind) else None


def revision(session: Session, revision_id: str) -> Revision | None:
    """The revision, or None."""
    return session.get(Revision, revision_id)


def live_revision(session: Session, found: Entry) -> Revision | None:
    """The published revision of an entry, visible or not."""
    return session.get(Revision, found.published_revision_id) if found.published_revision_id else None


def open_revision(session: Session, entry_id: str) -> Revision | None:
    """The one revision in the making: draft, submitted, in review or returned."""
    return session.exec(
        select_model(Revision).where(
            col(Revision.entry_id) == entry_id,
            col(Revision.status).in_(("draft", "submitted", "in_review", "returned")),
        )
    ).first()


def newest_revision(session: Session, entry_id: str) -> Revision | None:
    """The revision with the highest number."""
    return session.exec(
        select_model(Revision)
        .where(col(Revision.entry_id) == entry_id)
        .order_by(col(Revision.number).desc())
        .limit(1)
    ).first()


def numbered_revision(session: Session, entry_id: str, number: int) -> Revision | None:
    """A revision by its number."""
    return session.exec(
        select_model(Revision).where(col(Revision.entry_id) == entry_id, col(Revision.number) == number)
    ).first()


def revisions(session: Session, entry_id: str) -> Sequence[Revision]:
    """All revisions of an entry, newest first."""
    return session.exec(
        select_model(Revision).where(col(Revision.entry_id) == entry_id).order_by(col(Revision.number).desc())
    ).all()


def visible_offers_of(
    session: Session, software_ids: Sequence[str], today: date
) -> list[tuple[Entry, Revision]]:
    """The visible offers of these software with their live revisions, in a fixed order (one query)."""
    rows = session.execute(
        select(Entry, Revision)
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .where(col(Entry.software_id).in_(software_ids), visible_offers(today))
        .order_by(col(Entry.software_id), col(Entry.id))
    ).all()
    return [(found, live) for found, live in rows]


def visible_software_by_id(
    session: Session, ids: Sequence[str], today: date
) -> dict[str, tuple[Entry, Revision]]:
    """Those of the ids that strangers may see, with their live revisions (one query)."""
    rows = session.execute(
        select(Entry, Revision)
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .where(col(Entry.id).in_(ids), visible_software(today))
    ).all()
    return {found.id: (found, live) for found, live in rows}


def authorisation(session: Session, software_id: str, seller_id: str) -> SellerAuthorisation | None:
    """The current (offered or accepted) authorisation of a seller for a software."""
    return session.exec(
        select_model(SellerAuthorisation).where(
            col(SellerAuthorisation.software_id) == software_id,
            col(SellerAuthorisation.seller_id) == seller_id,
            col(SellerAuthorisation.status) != "ended",
        )
    ).first()


def sellers(session: Session, software_id: str) -> Sequence[SellerAuthorisation]:
    """Every authorisation of a software, ended ones too, newest first."""
    return session.exec(
        select_model(SellerAuthorisation)
        .where(col(SellerAuthorisation.software_id) == software_id)
        .order_by(col(SellerAuthorisation.id).desc())
    ).all()
