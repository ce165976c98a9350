"""Until when a firm's standing lasts: agreement and 全省庁統一資格, with grace (更新手続中) and nights that are held.

A firm is *in force* on a day if its agreement and, where any of its qualifications has ended, at least one
qualification is valid on that day or carried over the end by grace or by a hold. It is *open to contracts*
only if they are valid.
Everything here is asked of dates and the clock; none of it is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.organisations.expiry_models import ExpiryHold, Grace
from app.organisations.models import MasterAgreement, Organisation, Qualification

# Made once: an alias costs more than the rest of these predicates, and none of them stands inside itself.
_HOLD, _GRACE = aliased(ExpiryHold), aliased(Grace)
_AGREEMENT, _VALID, _ENDED = aliased(MasterAgreement), aliased(Qualification), aliased(Qualification)


def _held(day: Any, today: date, but_for: date | None) -> ColumnElement[bool]:
    """The night after that day is held, or what ended then was given more time; a hold of `but_for` does not count."""
    return exists().where(
        col(_HOLD.day) == day,
        true() if but_for is None else col(_HOLD.day) != but_for,
        or_(col(_HOLD.status) == "asked", and_(col(_HOLD.status) == "extended", col(_HOLD.until) >= today)),
    )


def _carried(subject_id: Any, ends_on: Any, today: date, but_for: date | None = None) -> ColumnElement[bool]:
    """What ended on that day is carried over its end: by its own grace, or by a hold of the night."""
    return or_(
        exists().where(
            col(_GRACE.subject_id) == subject_id,
            col(_GRACE.ends_on) == ends_on,
            or_(col(_GRACE.until) >= today, _held(col(_GRACE.until), today, but_for)),
        ),
        _held(ends_on, today, but_for),
    )


def carried_agreement(today: date) -> ColumnElement[bool]:
    """Predicate on MasterAgreement: it ended, and is carried over its end."""
    return _carried(col(MasterAgreement.id), col(MasterAgreement.ends_on), today)


def in_force(
    owner_id: Any, today: date, *, strictly: bool = False, but_for: date | None = None
) -> ColumnElement[bool]:
    """The firm in that column is in force on the day.

    `strictly`: without grace and holds, so open to new contracts. `but_for`: as if the night after that day were
    not held.
    """
    bound_longer = (
        false() if strictly else _carried(col(_AGREEMENT.id), col(_AGREEMENT.ends_on), today, but_for)
    )
    valid_longer = false() if strictly else _carried(col(_VALID.id), col(_VALID.valid_until), today, but_for)
    bound = exists().where(
        col(_AGREEMENT.organisation_id) == owner_id,
        col(_AGREEMENT.status) == "active",
        col(_AGREEMENT.starts_on) <= today,
        or_(col(_AGREEMENT.ends_on) >= today, bound_longer),
    )
    qualified = or_(
        ~exists().where(col(_ENDED.organisation_id) == owner_id, col(_ENDED.valid_until) < today),
        exists().where(
            col(_VALID.organisation_id) == owner_id,
            col(_VALID.valid_from) <= today,
            or_(col(_VALID.valid_until) >= today, valid_longer),
        ),
    )
    return and_(bound, qualified)


@dataclass(frozen=True)
class Renewing:
    """A firm that is public by grace or by a hold, and closed to new contracts."""

    organisation_id: str
    vendor: str
    what: str
    """What ended: 基本契約, 全省庁統一資格, or both."""
    ended_on: date


def renewing(session: Session, ids: Collection[str], today: date) -> dict[str, Renewing]:
    """Those of these firms that are in force on the day, but not strictly."""
    if not ids:
        return {}
    owner = col(Organisation.id)
    firms = session.exec(
        select(Organisation)
        .where(owner.in_(set(ids)), in_force(owner, today), ~in_force(owner, today, strictly=True))
        .order_by(owner)
    ).all()
    if not firms:
        return {}
    wanted = [firm.id for firm in firms]
    agreements = {row.organisation_id: row for row in _agreements(session, wanted, today)}
    qualifications = _qualifications(session, wanted)
    found = {}
    for firm in firms:
        ends: dict[str, date] = {}
        agreement = agreements.get(firm.id)
        if agreement is not None and agreement.ends_on is not None and agreement.ends_on < today:
            ends["基本契約"] = agreement.ends_on
        own = [row for row in qualifications if row.organisation_id == firm.id]
        valid = any(row.valid_from <= today <= row.valid_until for row in own)
        ended = [row.valid_until for row in own if row.valid_until < today]
        if ended and not valid:
            ends["全省庁統一資格"] = max(ended)
        found[firm.id] = Renewing(firm.id, firm.name, "と".join(ends), min(ends.values(), default=today))
    return found


class _Carrying:
    """Grace and holds as they are now, for ends of these firms' agreements and qualifications."""

    def __init__(self, session: Session, ids: Collection[str]) -> None:
        graces = session.exec(select(Grace).where(col(Grace.organisation_id).in_(ids))).all()
        self._graces = {(row.subject_id, row.ends_on): row.until for row in graces}
        self._holds = {row.day: row for row in session.exec(select(ExpiryHold)).all()}

    def end(self, subject_id: str, ends_on: date) -> date | None:
        """The last day on which what ends then is carried; None while somebody has to decide."""
        ends = [self._held(ends_on)]
        if (until := self._graces.get((subject_id, ends_on))) is not None:
            ends.append(self._held(until))
        return None if None in ends else max(end for end in ends if end is not None)

    def _held(self, day: date) -> date | None:
        hold = self._holds.get(day)
        if hold is None or hold.status == "released":
            return day
        return None if hold.status == "asked" else hold.until


def last_days(session: Session, ids: Iterable[str], today: date) -> dict[str, date]:
    """The last day on which each of these firms, in force today, stays so without a gap; none where it is open.

    The same rule as `in_force`, as a date: the index filters by it.
    """
    wanted = sorted(set(ids))
    carrying = _Carrying(session, wanted)
    found: dict[str, date] = {}
    for row in _agreements(session, wanted, today):
        if row.ends_on is not None and (end := carrying.end(row.id, row.ends_on)) is not None:
            found[row.organisation_id] = end
    by_firm: dict[str, list[tuple[date, date, date | None]]] = {}
    for one in _qualifications(session, wanted):
        spans = by_firm.setdefault(one.organisation_id, [])
        spans.append((one.valid_from, one.valid_until, carrying.end(one.id, one.valid_until)))
    for firm, spans in by_firm.items():
        last = _chain(spans, today)
        if last is not None:
            found[firm] = min(found.get(firm, last), last)
    return found


@dataclass(frozen=True)
class FirmEnds:
    """Since when firms are not in force."""

    unqualified: dict[str, date]
    """Of those that have no qualification left, the last day on which they had one, by firm."""
    agreements: dict[str, date]
    """The last day of these agreements with what carried them over their end, by agreement."""


def ends_of(
    session: Session, ids: Collection[str], agreements: Collection[MasterAgreement], today: date
) -> FirmEnds:
    """What 410 and the feed say of firms that are out, by three queries however many there are."""
    carrying = _Carrying(session, ids)
    by_firm: dict[str, list[Qualification]] = {}
    for row in _qualifications(session, ids):
        by_firm.setdefault(row.organisation_id, []).append(row)
    unqualified = {}
    for firm, rows in by_firm.items():
        ended = [(row, carrying.end(row.id, row.valid_until)) for row in rows if row.valid_until < today]
        still = any(row.valid_from <= today <= row.valid_until for row in rows)
        if ended and not still and all(end is not None and end < today for _, end in ended):
            unqualified[firm] = max(end for _, end in ended if end is not None)
    ends = {row.id: carrying.end(row.id, row.ends_on) for row in agreements if row.ends_on is not None}
    return FirmEnds(unqualified, {id_: end for id_, end in ends.items() if end is not None})


def _chain(spans: list[tuple[date, date, date | None]], today: date) -> date | None:
    """The last day without a gap of spans (first day, own end, carried end), as `in_force` reads them; None: open."""
    nothing_ended = all(own_end >= today for _, own_end, _ in spans)
    if nothing_ended and not any(start <= today for start, _, _ in spans):
        # Until the earliest end nothing has ended, so nothing is missed before.
        reached = min(own_end for _, own_end, _ in spans)
    else:
        reached = today
    grown = True
    while grown:
        grown = False
        for start, _, end in spans:
            if start > reached + timedelta(days=1):
                continue
            if end is None:
                return None
            if end > reached:
                reached, grown = end, True
    return reached


def _agreements(session: Session, ids: Collection[str], today: date) -> list[MasterAgreement]:
    return list(
        session.exec(
            select(MasterAgreement)
            .where(
                col(MasterAgreement.organisation_id).in_(ids),
                col(MasterAgreement.status) == "active",
                col(MasterAgreement.starts_on) <= today,
            )
            .order_by(col(MasterAgreement.id))
        ).all()
    )


def _qualifications(session: Session, ids: Collection[str]) -> list[Qualification]:
    return list(
        session.exec(
            select(Qualification)
            .where(col(Qualification.organisation_id).in_(ids))
            .order_by(col(Qualification.id))
        ).all()
    )
