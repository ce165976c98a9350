"""Queries over entries, revisions and seller authorisations; the one predicate of visibility."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from app.listings.models import Entry, FeedPlace, Revision, SellerAuthorisation
from app.organisations.expiry import in_force
from app.organisations.models import MasterAgreement, Organisation

OPEN = ("draft", "submitted", "in_review", "returned")
"""Statuses of a revision in the making."""

# Made once: an alias costs more than the rest of these predicates, and none of them stands inside itself.
_GRANT, _SOFTWARE = aliased(SellerAuthorisation), aliased(Entry)


def on_the_shelf(entry: type[Entry], today: date) -> ColumnElement[bool]:
    """The entry's own status: published, or retired with its last day not passed."""
    return and_(
        col(entry.published_revision_id).is_not(None),
        or_(
            col(entry.status) == "published",
            and_(col(entry.status) == "retired", col(entry.last_day) >= today),
        ),
    )


def authorised(software_id: Any, seller_id: Any, today: date) -> ColumnElement[bool]:
    """The developer lets this firm sell the software on the day, and the firm accepted."""
    return exists().where(
        col(_GRANT.software_id) == software_id,
        col(_GRANT.seller_id) == seller_id,
        col(_GRANT.accepted_at).is_not(None),
        or_(
            col(_GRANT.status) == "accepted",
            and_(col(_GRANT.status) == "ended", col(_GRANT.ends_on) >= today),
        ),
    )


# The predicates are expressions that say nothing but the day: building one takes longer than the database's answer, so
# those of the last days asked for are kept. What they select is asked of the database each time.
_DAYS_KEPT = 8


@lru_cache(_DAYS_KEPT)
def visible_software(today: date, entry: type[Entry] = Entry) -> ColumnElement[bool]:
    """Predicate on Entry: a software that the public sees on the day. Evaluated against the clock, never stored."""
    return and_(
        col(entry.kind) == "software",
        on_the_shelf(entry, today),
        in_force(col(entry.owner_id), today),
    )


@lru_cache(_DAYS_KEPT)
def visible_offers(today: date, entry: type[Entry] = Entry) -> ColumnElement[bool]:
    """Predicate on Entry: an offer that the public sees on the day: itself, its seller, and its software."""
    return and_(
        col(entry.kind) == "offer",
        on_the_shelf(entry, today),
        in_force(col(entry.owner_id), today),
        exists().where(
            col(_SOFTWARE.id) == col(entry.software_id),
            visible_software(today, _SOFTWARE),
            or_(
                col(_SOFTWARE.owner_id) == col(entry.owner_id),
                authorised(col(_SOFTWARE.id), col(entry.owner_id), today),
            ),
        ),
    )


@lru_cache(_DAYS_KEPT)
def visible(today: date) -> ColumnElement[bool]:
    """Predicate on Entry: software or offer that the public sees on the day."""
    return or_(visible_software(today), visible_offers(today))


@lru_cache(_DAYS_KEPT)
def open_to_contracts(today: date) -> ColumnElement[bool]:
    """Predicate on Entry: its firm, and the firm of its software, are in force on the day without grace."""
    return and_(
        in_force(col(Entry.owner_id), today, strictly=True),
        ~exists().where(
            col(_SOFTWARE.id) == col(Entry.software_id),
            ~in_force(col(_SOFTWARE.owner_id), today, strictly=True),
        ),
    )


def visible_of(kind: str, today: date) -> ColumnElement[bool]:
    """The predicate of one kind."""
    return visible_software(today) if kind == "software" else visible_offers(today)


# The statements of the public pages and the API's reads are written once too, with parameters for what differs.


def find_entry(session: Session, entry_id: str, kind: str | None = None) -> Entry | None:
    """An entry by id, of that kind where one is named."""
    entry = session.exec(_entry_named(), params={"id": entry_id}).first()
    return entry if entry is not None and kind in (None, entry.kind) else None


@cache
def _entry_named() -> SelectOfScalar[Entry]:
    return select(Entry).where(col(Entry.id) == bindparam("id"))


@cache
def _entries_named() -> SelectOfScalar[Entry]:
    return select(Entry).where(col(Entry.id).in_(bindparam("ids", expanding=True)))


def lock_entry(session: Session, entry_id: str, kind: str | None = None) -> Entry | None:
    """The same, held until the transaction ends: every change of an entry or its revisions waits its turn here."""
    statement = select(Entry).where(col(Entry.id) == entry_id)
    if kind is not None:
        statement = statement.where(col(Entry.kind) == kind)
    return session.exec(statement.with_for_update().execution_options(populate_existing=True)).first()


def newest_revision(session: Session, entry: Entry) -> Revision:
    """The revision with the highest number; read afresh."""
    return session.exec(
        select(Revision)
        .where(col(Revision.entry_id) == entry.id, col(Revision.number) == entry.last_number)
        .execution_options(populate_existing=True)
    ).one()


def find_revision(session: Session, revision_id: str) -> Revision | None:
    """A revision by id; read afresh."""
    return session.exec(
        _revisions_named(), params={"ids": [revision_id]}, execution_options={"populate_existing": True}
    ).first()


@cache
def _revisions_named() -> SelectOfScalar[Revision]:
    return select(Revision).where(col(Revision.id).in_(bindparam("ids", expanding=True)))


def numbered_revision(session: Session, entry_id: str, number: int) -> Revision | None:
    """A revision by its number."""
    return session.exec(
        select(Revision).where(col(Revision.entry_id) == entry_id, col(Revision.number) == number)
    ).first()


def revisions_of(session: Session, entry_id: str) -> Sequence[Revision]:
    """Every revision of an entry, newest first."""
    return session.exec(_revisions_of(), params={"entry_id": entry_id}).all()


@cache
def _revisions_of() -> SelectOfScalar[Revision]:
    return (
        select(Revision)
        .where(col(Revision.entry_id) == bindparam("entry_id"))
        .order_by(col(Revision.number).desc())
    )


def live_revisions(session: Session, entries: Collection[Entry]) -> dict[str, Revision]:
    """The live revisions of these entries, by entry id."""
    ids = [entry.published_revision_id for entry in entries if entry.published_revision_id]
    rows = session.exec(_revisions_named(), params={"ids": ids}).all() if ids else []
    return {row.entry_id: row for row in rows}


def newest_revisions(session: Session, entries: Collection[Entry]) -> dict[str, Revision]:
    """The newest revisions of these entries, by entry id."""
    ids = [entry.id for entry in entries]
    if not ids:
        return {}
    return {row.entry_id: row for row in session.exec(_newest_revisions(), params={"ids": ids}).all()}


@cache
def _newest_revisions() -> SelectOfScalar[Revision]:
    newest = and_(col(Entry.id) == col(Revision.entry_id), col(Entry.last_number) == col(Revision.number))
    return (
        select(Revision)
        .join(Entry, newest)
        .where(col(Revision.entry_id).in_(bindparam("ids", expanding=True)))
    )


def visible_ids(session: Session, ids: Collection[str], today: date) -> set[str]:
    """Which of these entries the public sees on the day."""
    if not ids:
        return set()
    return set(session.exec(_visible_ids(today), params={"ids": list(ids)}).all())


@lru_cache(_DAYS_KEPT)
def _visible_ids(today: date) -> SelectOfScalar[str]:
    return select(col(Entry.id)).where(col(Entry.id).in_(bindparam("ids", expanding=True)), visible(today))


def seen_entries(session: Session, ids: Collection[str], today: date) -> dict[str, bool]:
    """Which of these entries the public sees on the day, and whether by grace only (更新手続中)."""
    if not ids:
        return {}
    return dict(iter(session.exec(_seen_entries(today), params={"ids": list(ids)}).all()))


@lru_cache(_DAYS_KEPT)
def _seen_entries(today: date) -> Select[str, bool]:
    return select(col(Entry.id), ~open_to_contracts(today)).where(
        col(Entry.id).in_(bindparam("ids", expanding=True)), visible(today)
    )


def owners(session: Session, ids: Collection[str]) -> dict[str, Organisation]:
    """The owning firms, by id."""
    if not ids:
        return {}
    rows = session.exec(_organisations_named(), params={"ids": list(set(ids))}).all()
    return {row.id: row for row in rows}


@cache
def _organisations_named() -> SelectOfScalar[Organisation]:
    return select(Organisation).where(col(Organisation.id).in_(bindparam("ids", expanding=True)))


def entries_by_id(session: Session, ids: Collection[str]) -> dict[str, Entry]:
    """Entries by id, whatever their state."""
    if not ids:
        return {}
    return {row.id: row for row in session.exec(_entries_named(), params={"ids": list(set(ids))}).all()}


def offers_seen(session: Session, software_id: str, today: date) -> Sequence[Entry]:
    """The offers on a software that the public sees on the day, oldest first."""
    return session.exec(_offers_seen(today), params={"software_id": software_id}).all()


@lru_cache(_DAYS_KEPT)
def _offers_seen(today: date) -> SelectOfScalar[Entry]:
    return (
        select(Entry)
        .where(col(Entry.software_id) == bindparam("software_id"), visible_offers(today))
        .order_by(col(Entry.id))
    )


@lru_cache(_DAYS_KEPT * 8)
def entries_seen(kind: str, today: date, narrowed_by: frozenset[str] = frozenset()) -> SelectOfScalar[Entry]:
    """Select of what the public sees of a kind; parameters are the columns `narrowed_by` (software_id, owner_id)."""
    return select(Entry).where(
        visible_of(kind, today),
        *(col(getattr(Entry, name)) == bindparam(name) for name in sorted(narrowed_by)),
    )


def entries_owned(
    kind: str, owner_id: str | None, *, software_id: str | None = None, status: str | None = None
) -> SelectOfScalar[Entry]:
    """Select of one firm's entries (None: every firm's) of a kind, in every state."""
    statement = select(Entry).where(col(Entry.kind) == kind)
    if status is not None:
        statement = statement.where(col(Entry.status) == status)
    return _narrowed(statement, software_id, owner_id)


def _narrowed(
    statement: SelectOfScalar[Entry], software_id: str | None, owner_id: str | None
) -> SelectOfScalar[Entry]:
    if software_id is not None:
        statement = statement.where(col(Entry.software_id) == software_id)
    if owner_id is not None:
        statement = statement.where(col(Entry.owner_id) == owner_id)
    return statement


def may_sell(session: Session, software: Entry, seller_id: str, today: date) -> bool:
    """Whether the firm may offer the software on the day: its developer, or an authorised seller."""
    if software.owner_id == seller_id:
        return True
    return bool(session.exec(select(authorised(software.id, seller_id, today))).one())


def current_authorisation(session: Session, software_id: str, seller_id: str) -> SellerAuthorisation | None:
    """The authorisation that is not ended, or else the last one that was."""
    return session.exec(
        select(SellerAuthorisation)
        .where(
            col(SellerAuthorisation.software_id) == software_id,
            col(SellerAuthorisation.seller_id) == seller_id,
        )
        .order_by((col(SellerAuthorisation.status) == "ended").asc(), col(SellerAuthorisation.id).desc())
        .execution_options(populate_existing=True)
    ).first()


def authorisations(
    session: Session, *, software_id: str | None = None, seller_id: str | None = None
) -> Sequence[SellerAuthorisation]:
    """Authorisations of a software, or to a seller, or of both; newest first."""
    statement = select(SellerAuthorisation)
    if software_id is not None:
        statement = statement.where(col(SellerAuthorisation.software_id) == software_id)
    if seller_id is not None:
        statement = statement.where(col(SellerAuthorisation.seller_id) == seller_id)
    return session.exec(statement.order_by(col(SellerAuthorisation.id).desc())).all()


def has_agreement(session: Session, organisation_id: str, today: date) -> bool:
    """Whether the firm has a master agreement in force on the day."""
    return bool(session.exec(_asked_of_a_firm(today), params={"firm": organisation_id}).one())


@lru_cache(_DAYS_KEPT)
def _asked_of_a_firm(today: date) -> SelectOfScalar[bool]:
    return select(in_force(bindparam("firm", type_=String), today))


def firms_in_force(session: Session, ids: Collection[str], today: date) -> set[str]:
    """Which of these firms are in force on the day: by agreement, qualifications, grace and holds."""
    statement = select(col(Organisation.id)).where(
        col(Organisation.id).in_(ids), in_force(col(Organisation.id), today)
    )
    return set(session.exec(statement).all())


def last_agreements(session: Session, ids: Collection[str], today: date) -> dict[str, MasterAgreement]:
    """The accepted agreement whose term began last, not after the day, by firm."""
    rows = session.exec(
        select(MasterAgreement)
        .where(col(MasterAgreement.organisation_id).in_(ids), col(MasterAgreement.starts_on) <= today)
        .order_by(col(MasterAgreement.starts_on), col(MasterAgreement.id))
    ).all()
    return {row.organisation_id: row for row in rows}


def last_grants(
    session: Session, software_ids: Collection[str]
) -> dict[tuple[str, str], SellerAuthorisation]:
    """The newest authorisation that the seller ever accepted, ended or not, by software and seller."""
    rows = session.exec(
        select(SellerAuthorisation)
        .where(
            col(SellerAuthorisation.software_id).in_(software_ids),
            col(SellerAuthorisation.accepted_at).is_not(None),
        )
        .order_by(col(SellerAuthorisation.id))
    ).all()
    return {(row.software_id, row.seller_id): row for row in rows}


def places_after(session: Session, kind: str, number: int, most: int) -> Sequence[FeedPlace]:
    """The next entries of a kind in the change feed, by the number of their newest change."""
    return session.exec(
        select(FeedPlace)
        .where(col(FeedPlace.kind) == kind, col(FeedPlace.number) > number)
        .order_by(col(FeedPlace.number))
        .limit(most)
    ).all()


def last_number(session: Session) -> int:
    """The newest number in the change feed, of any kind; 0 before the first."""
    return session.exec(select(func.max(col(FeedPlace.number)))).one() or 0
