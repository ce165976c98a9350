"""Queries of the public read side, all bounded by `listings.repository`'s one predicate of what strangers see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.kit.database import Reading
from app.listings.models import Entry, Revision
from app.listings.repository import visible_offers, visible_software
from app.organisations.expiry import in_force
from app.organisations.models import Organisation
from app.organisations.policies import is_draft_space
from app.outbox.models import OutboxRow

_UNDONE = ("waiting", "claimed", "parked")
"""Named one by one, so that the index over the status serves: the outbox keeps a week of what is done."""
CHUNK = 500
"""Ids in one statement: SQLite and PostgreSQL take more, plans stay small."""


@dataclass(frozen=True)
class Live:
    """An entry with its published revision and its owner."""

    entry: Entry
    revision: Revision
    owner: Organisation


def _live(session: Session, *conditions: object) -> list[Live]:
    rows = session.execute(
        select(Entry, Revision, Organisation)
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .join(Organisation, col(Organisation.id) == col(Entry.owner_id))
        .where(*conditions)  # type: ignore[arg-type]  # conditions are SQL expressions of the callers below
        .order_by(col(Entry.id))
    ).all()
    return [Live(entry, revision, owner) for entry, revision, owner in rows]


SHOWN = ("name", "summary", "business_areas", "replaces")
"""The answers that a result says: reading whole ones takes longer than finding them."""


@dataclass(frozen=True)
class ShownSoftware:
    """What a result says of a software: no more is read, since every search reads a page of them."""

    id: str
    published_at: datetime | None
    """Of the live revision."""
    revision: int
    revision_id: str
    owner_id: str
    owner_name: str
    renewing: bool
    """更新手続中: public by grace, closed to new contracts."""
    answers: Mapping[str, Any]
    """Those of `SHOWN` that are given."""


# Statements that every search asks: written once for each day (building one takes longer than its answer), asked anew
# each time.
_DAYS_KEPT = 8


@lru_cache(_DAYS_KEPT)
def _shown_software(today: date) -> Select[Any]:
    return (
        select(
            col(Entry.id),
            col(Revision.published_at),
            col(Revision.number),
            col(Revision.id),
            col(Organisation.id),
            col(Organisation.name),
            ~in_force(col(Organisation.id), today, strictly=True),
            *(col(Revision.answers)[name] for name in SHOWN),
        )
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .join(Organisation, col(Organisation.id) == col(Entry.owner_id))
        .where(col(Entry.id).in_(bindparam("ids", expanding=True)), visible_software(today))
    )


@lru_cache(_DAYS_KEPT)
def _shown_price_lines(today: date) -> Select[Any]:
    return (
        select(col(Entry.software_id), col(Revision.answers)["price_lines"])
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .where(col(Entry.software_id).in_(bindparam("ids", expanding=True)), visible_offers(today))
        .order_by(col(Entry.id))
    )


def shown_software(reading: Reading, ids: Sequence[str], today: date) -> dict[str, ShownSoftware]:
    """Those of the ids that strangers may see on that day, by id."""
    found: dict[str, ShownSoftware] = {}
    for start in range(0, len(ids), CHUNK):
        rows = reading.execute(_shown_software(today), {"ids": ids[start : start + CHUNK]})
        for row in rows:
            said = zip(SHOWN, row[-len(SHOWN) :], strict=True)
            answers = {name: value for name, value in said if value is not None}
            facts: list[Any] = [*row[: -len(SHOWN)], answers]
            found[row[0]] = ShownSoftware(*facts)
    return found


def shown_price_lines(reading: Reading, ids: Sequence[str], today: date) -> dict[str, list[Any]]:
    """The price lines of each visible offer of these software, by software, in a fixed order."""
    found: dict[str, list[Any]] = {}
    for start in range(0, len(ids), CHUNK):
        rows = reading.execute(_shown_price_lines(today), {"ids": ids[start : start + CHUNK]})
        for software_id, lines in rows:
            found.setdefault(software_id, []).append(lines or ())
    return found


def software_by_id(session: Session, ids: Sequence[str], today: date) -> dict[str, Live]:
    """Those of the ids that strangers may see on that day."""
    found: dict[str, Live] = {}
    for start in range(0, len(ids), CHUNK):
        part = list(ids[start : start + CHUNK])
        found |= {
            live.entry.id: live for live in _live(session, col(Entry.id).in_(part), visible_software(today))
        }
    return found


def offers_by_software(session: Session, ids: Sequence[str], today: date) -> dict[str, list[Live]]:
    """The visible offers of these software, by software, in a fixed order."""
    found: dict[str, list[Live]] = {}
    for start in range(0, len(ids), CHUNK):
        part = list(ids[start : start + CHUNK])
        for live in _live(session, col(Entry.software_id).in_(part), visible_offers(today)):
            found.setdefault(live.entry.software_id or "", []).append(live)
    return found


def every_software_id(session: Session, today: date) -> list[str]:
    """Ids of all software that strangers may see on that day."""
    statement = select(col(Entry.id)).where(visible_software(today)).order_by(col(Entry.id))
    return list(session.scalars(statement))


def software_of_vendor(session: Session, organisation_id: str) -> list[str]:
    """Ids of the software that a firm develops or has ever offered, visible or not."""
    own = select(col(Entry.id)).where(col(Entry.kind) == "software", col(Entry.owner_id) == organisation_id)
    sold = select(col(Entry.software_id)).where(
        col(Entry.kind) == "offer", col(Entry.owner_id) == organisation_id
    )
    return sorted(session.scalars(union(own, sold)))


def visible_of_vendor(session: Session, organisation_id: str, today: date) -> tuple[list[Live], list[Live]]:
    """What the public sees of a firm: the software it develops, and the offers it makes."""
    software = _live(session, col(Entry.owner_id) == organisation_id, visible_software(today))
    offers = _live(session, col(Entry.owner_id) == organisation_id, visible_offers(today))
    return software, offers


def vendor(session: Session, organisation_id: str) -> Organisation | None:
    """A vendor or sole proprietor; None for anything else, an エントリー's space for drafts among it."""
    found = session.get(Organisation, organisation_id)
    if found is None or found.kind not in ("vendor", "sole_proprietor") or is_draft_space(found):
        return None
    return found


def organisation_names(reading: Reading, ids: Iterable[str]) -> dict[str, str]:
    """Names by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return dict(iter(reading.execute(_organisation_names(), {"ids": wanted})))


@cache
def _organisation_names() -> Select[str, str]:
    return select(col(Organisation.id), col(Organisation.name)).where(
        col(Organisation.id).in_(bindparam("ids", expanding=True))
    )


def vendors_named(session: Session, names: Sequence[str], today: date) -> dict[str, tuple[str, str]]:
    """Id and name, by name and by reading, of firms that are called so and have something in the catalogue then."""
    statement = (
        select(col(Organisation.id), col(Organisation.name), col(Organisation.name_kana))
        .where(
            or_(col(Organisation.name).in_(names), col(Organisation.name_kana).in_(names)),
            or_(
                exists().where(col(Entry.owner_id) == col(Organisation.id), visible_software(today)),
                exists().where(col(Entry.owner_id) == col(Organisation.id), visible_offers(today)),
            ),
        )
        .order_by(col(Organisation.id).desc())
    )
    return {
        key: (id_, name)
        for id_, name, kana in session.execute(statement)
        for key in (name, kana)
        if key in names
    }


@dataclass(frozen=True)
class Behind:
    """Software of which the index may still say what strangers must not find any more, by id."""

    left: tuple[str, ...]
    """No longer visible itself."""
    changed: tuple[str, ...]
    """Visible, but an offer on it is not any more."""


def behind(session: Session, now: datetime, today: date) -> Behind:
    """What the index has not been told yet: the outbox row of the change is due and not done.

    Every change of visibility by a person publishes such a row in its own transaction, and one for the morning after
    the last day where it ends by the calendar.
    """
    rows = session.execute(_behind(today), {"now": now}).all()
    return Behind(
        tuple(id_ for id_, still_visible in rows if not still_visible),
        tuple(id_ for id_, still_visible in rows if still_visible),
    )


def changes_under_way(reading: Reading, now: datetime) -> tuple[str, ...]:
    """Ids of the outbox rows about the index that are due and not done, in order."""
    return tuple(reading.scalars(_changes_under_way(), {"now": now}))


@cache
def _changes_under_way() -> Select[str]:
    return (
        select(col(OutboxRow.id))
        .where(
            col(OutboxRow.status).in_(_UNDONE),
            _due(),
            col(OutboxRow.topic).in_(("catalogue.sync", "catalogue.sync-vendor")),
        )
        .order_by(col(OutboxRow.id))
    )


def _due() -> ColumnElement[bool]:
    return or_(col(OutboxRow.available_at) <= bindparam("now"), col(OutboxRow.attempts) > 0)


@lru_cache(_DAYS_KEPT)
def _behind(today: date) -> Select[str, bool]:
    """Ids of `Behind`, with whether they are visible. A row that failed before is due whatever its next attempt."""
    pending = select(col(OutboxRow.key)).where(col(OutboxRow.status).in_(_UNDONE), _due())
    changed = pending.where(col(OutboxRow.topic) == "catalogue.sync")
    vendors = pending.where(col(OutboxRow.topic) == "catalogue.sync-vendor")
    offer = aliased(Entry)
    sold = select(col(offer.software_id)).where(col(offer.kind) == "offer", col(offer.owner_id).in_(vendors))
    lost_an_offer = exists().where(
        col(offer.software_id) == col(Entry.id),
        col(offer.published_revision_id).is_not(None),
        ~visible_offers(today, offer),
    )
    shown = visible_software(today)
    return (
        select(col(Entry.id), shown)
        .where(
            and_(
                col(Entry.kind) == "software",
                or_(col(Entry.id).in_(changed), col(Entry.owner_id).in_(vendors), col(Entry.id).in_(sold)),
                or_(~shown, lost_an_offer),
            )
        )
        .order_by(col(Entry.id))
    )
