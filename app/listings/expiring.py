"""What of a firm ends soon: qualifications, the agreement, registrations stated in listings; reminders 6, 3, 1 months
before, once each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.listings import repository
from app.listings.models import Entry, Revision
from app.organisations.expiry_models import ExpiryReminder
from app.organisations.models import MasterAgreement, Qualification
from app.organisations.renewals import DECLARED_BEFORE, graces_of
from app.outbox.publish import publish
from app.settings import ExpirySettings
from catalogue_schema import Schema

MONTHS = (1, 3, 6)
NEAR = timedelta(days=184)
VENDORS = ("vendor", "sole_proprietor")


@dataclass(frozen=True)
class Ending:
    """One thing with an end."""

    organisation_id: str
    kind: str
    """qualification, agreement, registration."""
    subject_id: str
    item: str
    label: str
    ends_on: date


@dataclass(frozen=True)
class NearEnd:
    """One line of a vendor's list of what ends soon, or is carried over its end."""

    id: str
    kind: str
    subject_id: str
    label: str
    ends_on: date
    days_left: int
    """Negative once it has ended."""
    grace_until: date | None
    """The last day of grace, where a renewal was declared."""
    declarable: bool
    """Whether a renewal can be declared for it now."""


def near(
    session: Session, actor: Actor, clock: Clock, schema: Schema, rules: ExpirySettings
) -> list[NearEnd]:
    """What of the actor's firm ends within six months or is in grace, the nearest first. Raises NotFound for others."""
    firm = actor.organisation_id
    if firm is None or actor.organisation_kind not in VENDORS or not actor.may(Permission.LISTING_READ_OWN):
        raise NotFound("期限の一覧は事業者のためのものです。")
    today = clock.today()
    graces = graces_of(session, firm)
    found = []
    for ending in _endings(session, schema, today, firm):
        grace = graces.get((ending.subject_id, ending.ends_on))
        carried = grace is not None and grace.until >= today
        if ending.ends_on > today + NEAR or (ending.ends_on < today and not carried):
            continue
        declarable = (
            grace is None
            and ending.kind != "registration"
            and rules.grace_days > 0
            and today <= ending.ends_on <= today + DECLARED_BEFORE
        )
        found.append(
            NearEnd(
                _id_of(ending),
                ending.kind,
                ending.subject_id,
                ending.label,
                ending.ends_on,
                (ending.ends_on - today).days,
                grace.until if grace is not None else None,
                declarable,
            )
        )
    return sorted(found, key=lambda one: (one.ends_on, one.id))


def remind(session: Session, actor: Actor, clock: Clock, schema: Schema) -> int:
    """Write down the reminders that are due and ask for one mail to each firm; how many there were (the sweep).

    Only the nearest of 6, 3 and 1 months is due: who was not reminded in time is not reminded twice.
    """
    today, now = clock.today(), clock.now()
    sent = {
        (row.subject_id, row.item, row.ends_on, row.months)
        for row in session.exec(select(ExpiryReminder).where(col(ExpiryReminder.ends_on) >= today)).all()
    }
    told: dict[str, int] = {}
    for ending in _endings(session, schema, today):
        months = due_months(ending.ends_on, today)
        if months is None or (ending.subject_id, ending.item, ending.ends_on, months) in sent:
            continue
        session.add(
            ExpiryReminder(
                id=new_id("exr"),
                organisation_id=ending.organisation_id,
                kind=ending.kind,
                subject_id=ending.subject_id,
                item=ending.item,
                label=ending.label,
                ends_on=ending.ends_on,
                months=months,
                reminded_at=now,
            )
        )
        record(
            session,
            actor,
            f"{ending.kind}.warned",
            ending.kind,
            ending.subject_id,
            at=now,
            owner=ending.organisation_id,
            details={"ends_on": ending.ends_on.isoformat(), "months": months, "item": ending.item},
        )
        told[ending.organisation_id] = told.get(ending.organisation_id, 0) + 1
    for organisation_id in told:
        publish(session, "notify.expiring", organisation_id, at=now)
    return sum(told.values())


def note_ended(session: Session, actor: Actor, clock: Clock) -> int:
    """Record once that a qualification has ended, and let index and feed look again; how many (the sweep).

    Visibility never waits for this: it is judged by the clock.
    """
    today, now = clock.today(), clock.now()
    noted = select(col(ExpiryReminder.subject_id)).where(col(ExpiryReminder.months) == 0)
    rows = session.exec(
        select(Qualification)
        .where(
            col(Qualification.valid_until) < today,
            col(Qualification.valid_until) >= today - NEAR,
            col(Qualification.id).not_in(noted),
        )
        .order_by(col(Qualification.id))
    ).all()
    for row in rows:
        session.add(
            ExpiryReminder(
                id=new_id("exr"),
                organisation_id=row.organisation_id,
                kind="qualification",
                subject_id=row.id,
                label=row.number,
                ends_on=row.valid_until,
                months=0,
                reminded_at=now,
            )
        )
        record(
            session,
            actor,
            "qualification.ended",
            "qualification",
            row.id,
            at=now,
            owner=row.organisation_id,
            details={"ends_on": row.valid_until.isoformat()},
        )
        publish(session, "catalogue.sync-vendor", row.organisation_id, at=now)
    return len(rows)


def due_months(ends_on: date, today: date) -> int | None:
    """Which reminder the day calls for: the nearest of 1, 3 and 6 months whose day has come; None before and after."""
    if ends_on < today:
        return None
    return next((months for months in MONTHS if today >= months_before(ends_on, months)), None)


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or that month's last day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def _id_of(ending: Ending) -> str:
    """Of a registration, which has none of its own, one made of what it is."""
    if not ending.item:
        return ending.subject_id
    return "end_" + hashlib.sha256(f"{ending.subject_id} {ending.item}".encode()).hexdigest()[:20]


def _endings(session: Session, schema: Schema, today: date, firm: str | None = None) -> Iterator[Ending]:
    """Every dated thing of all firms, or of one, that nothing later follows; what ended long ago too."""
    yield from _qualifications(session, firm)
    agreements = select(MasterAgreement).where(col(MasterAgreement.status) == "active")
    if firm is not None:
        agreements = agreements.where(col(MasterAgreement.organisation_id) == firm)
    for row in session.exec(agreements.order_by(col(MasterAgreement.id))).all():
        if row.ends_on is not None:
            yield Ending(row.organisation_id, "agreement", row.id, "", "基本契約", row.ends_on)
    yield from _registrations(session, schema, today, firm)


def _qualifications(session: Session, firm: str | None) -> Iterator[Ending]:
    statement = select(Qualification)
    if firm is not None:
        statement = statement.where(col(Qualification.organisation_id) == firm)
    by_firm: dict[str, list[Qualification]] = {}
    for row in session.exec(statement.order_by(col(Qualification.id))).all():
        by_firm.setdefault(row.organisation_id, []).append(row)
    for rows in by_firm.values():
        for row in rows:
            if not _followed(row, rows):
                label = f"全省庁統一資格（業者コード {row.number}）"
                yield Ending(row.organisation_id, "qualification", row.id, "", label, row.valid_until)


def _followed(row: Qualification, rows: Sequence[Qualification]) -> bool:
    """Whether every kind of it goes on, without a day between, in ones that last longer."""
    going_on = {
        kind
        for other in rows
        if other.valid_until > row.valid_until and other.valid_from <= row.valid_until + timedelta(days=1)
        for kind in other.kinds
    }
    return going_on.issuperset(row.kinds)


def _registrations(session: Session, schema: Schema, today: date, firm: str | None) -> Iterator[Ending]:
    """Dated terms (security registrations, certificates) of what is in the catalogue."""
    statement = (
        select(Entry, Revision)
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .where(repository.visible(today))
    )
    if firm is not None:
        statement = statement.where(col(Entry.owner_id) == firm)
    facets = {spec.name: spec for spec in schema.facets()}
    for entry, revision in session.exec(statement.order_by(col(Entry.id))).all():
        name = str(revision.answers.get("name", ""))
        for facet, values in schema.facet_validity(entry.kind, revision.answers).items():
            for value, last in values:
                if last is not None:
                    spec = facets[facet]
                    term = (
                        schema.vocabulary(spec.vocabulary).label(value) if spec.vocabulary else spec.label()
                    )
                    label = f"「{name}」の{term}"
                    ends_on = date.fromisoformat(last)
                    yield Ending(entry.owner_id, "registration", entry.id, f"{facet}:{value}", label, ends_on)
