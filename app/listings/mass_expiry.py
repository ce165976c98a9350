"""Nights on which too much of the catalogue would leave at once: held before they come, and decided by a person.

The sweep looks a month ahead. Where more than the set share would leave after one day because agreements,
qualifications or grace end, it opens a hold for that day: what ends then stays public (更新手続中, closed to new
contracts) until an administrator of the Agency lets it happen or extends it to a day. The hold is a row that
`organisations.expiry` asks of; no listing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, union
from sqlmodel import Session, col, func, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.listings import repository
from app.listings.models import Entry
from app.listings.words import Words, checked
from app.organisations.expiry import in_force
from app.organisations.expiry_models import ExpiryHold, Grace
from app.organisations.inputs import date_or_faults, term_fault
from app.organisations.lifecycle import EXPIRY_HOLD
from app.organisations.models import MasterAgreement, Organisation, Qualification
from app.outbox.publish import publish, publish_after
from app.settings import ExpirySettings

LOOK_AHEAD = timedelta(days=31)
LONGEST = timedelta(days=366)
"""How long after the night an extension may last."""


@dataclass(frozen=True)
class HoldView:
    """A held night."""

    id: str
    day: date
    status: str
    going: int
    total: int
    asked_at: datetime
    decided_at: datetime | None
    reason: str
    until: date | None
    possible: tuple[str, ...]
    """release, extend: what the reader may decide now."""


@dataclass(frozen=True)
class Leaving:
    """A listing that would leave after the night."""

    id: str
    kind: str
    name: str
    owner_id: str
    owner_name: str


def ask(session: Session, actor: Actor, clock: Clock, rules: ExpirySettings) -> int:
    """Open a hold for every night of the next month that would take away too much; how many (the sweep).

    Yesterday's night is looked at too: after a stop of the worker the question is asked late rather than never.
    """
    today, now = clock.today(), clock.now()
    asked = 0
    known = set(session.exec(select(col(ExpiryHold.day))).all())
    for day in _nights(session, today - timedelta(days=1), today + LOOK_AHEAD):
        if day in known:
            continue
        before, going = _count(session, day)
        if going < rules.ask_at_least or going * 100 <= rules.ask_percent * before:
            continue
        hold = ExpiryHold(id=new_id("hold"), day=day, going=going, total=before, asked_at=now)
        session.add(hold)
        session.flush()
        record(
            session,
            actor,
            "expiry-hold.asked",
            "expiry_hold",
            hold.id,
            at=now,
            details={"day": day.isoformat(), "going": going, "total": before},
        )
        publish(session, "notify.expiry-hold", hold.id, at=now)
        _sync(session, clock, hold)
        asked += 1
    return asked


def page(session: Session, actor: Actor, paging: Paging) -> tuple[list[HoldView], str | None]:
    """Held nights, newest first. Raises NotFound for who is not of the Agency."""
    _require_reader(actor)
    rows, following = paginate(session, select(ExpiryHold), ExpiryHold, paging)
    return [_view(actor, row) for row in rows], following


def read(session: Session, actor: Actor, hold_id: str) -> HoldView:
    """One. Raises NotFound."""
    return _view(actor, _find(session, actor, hold_id))


def leaving(session: Session, actor: Actor, hold_id: str, paging: Paging) -> tuple[list[Leaving], str | None]:
    """What would leave, or has left, after the night if nothing carries it: by present rows. Raises NotFound."""
    row = _find(session, actor, hold_id)
    statement = select(Entry).where(col(Entry.id).in_(_entries_ending(row.day)), repository.visible(row.day))
    rows, following = paginate(session, statement, Entry, paging, newest_first=False)
    live = repository.live_revisions(session, rows)
    owners = {
        owner.id: owner.name
        for owner in session.exec(
            select(Organisation).where(col(Organisation.id).in_({entry.owner_id for entry in rows}))
        ).all()
    }
    return [
        Leaving(
            entry.id,
            entry.kind,
            str(live[entry.id].answers.get("name", "")) if entry.id in live else "",
            entry.owner_id,
            owners[entry.owner_id],
        )
        for entry in rows
    ], following


def decide(
    session: Session,
    actor: Actor,
    clock: Clock,
    hold_id: str,
    verdict: str,
    *,
    reason: str,
    until: str = "",
) -> HoldView:
    """Let it happen (`release`: those without grace of their own leave), or carry it until a day (`extend`).

    Raises NotFound, Forbidden, TransitionRefused, Conflict, Invalid with every fault.
    """
    row = _find(session, actor, hold_id)
    if not actor.may(Permission.AGREEMENT_DECIDE):
        raise Forbidden("期限の到来を決められるのは、デジタル庁の管理者だけです。")
    today = clock.today()
    faults: list[FieldFault] = []
    try:
        checked(Words("/reason", "決定の理由", reason, required=True, longest=1000))
    except Invalid as refusal:
        faults += refusal.faults
    last: date | None = None
    if verdict not in ("release", "extend"):
        faults.append(term_fault("/verdict", verdict, ("release", "extend")))
    elif verdict == "extend":
        last, found = date_or_faults("/until", until, today)
        faults += found
        first = max(today, row.day + timedelta(days=1))
        if last is not None and not first <= last <= row.day + LONGEST:
            remedy = f"{first.isoformat()} から {(row.day + LONGEST).isoformat()} までの日にしてください。"
            faults.append(FieldFault("/until", "out-of-range", "猶予の最後の日が範囲にありません。", remedy))
    elif until:
        message = "そのまま終了させるときは、猶予の日を入れません。"
        faults.append(FieldFault("/until", "not-needed", message, "空にしてください。"))
    if faults:
        raise Invalid(faults)
    if row.status == "extended" and row.until is not None and row.until < today:
        raise Conflict("この猶予は終わっています。掲載はすでに公開を終えました。")
    verb = "extension" if verdict == "extend" else "release"
    _, going = _count(session, row.day)
    EXPIRY_HOLD.move(
        session,
        row,
        verb,
        decided_at=clock.now(),
        decided_by=actor.person_id,
        reason=reason.strip(),
        until=last,
        going=going or row.going,
    )
    record(
        session,
        actor,
        f"expiry-hold.{'extended' if verdict == 'extend' else 'let-go'}",
        "expiry_hold",
        row.id,
        at=clock.now(),
        details={"day": row.day.isoformat(), "until": last.isoformat() if last else None},
    )
    _sync(session, clock, row)
    return _view(actor, row)


def _nights(session: Session, first: date, last: date) -> list[date]:
    """The days between on which anything of a firm, or its grace, ends."""
    days = union(
        select(col(Qualification.valid_until).label("day")),
        select(col(MasterAgreement.ends_on)).where(col(MasterAgreement.status) == "active"),
        select(col(Grace.until)),
    ).subquery()
    found = session.execute(
        select(days.c.day).where(days.c.day >= first, days.c.day <= last).order_by(days.c.day)
    )
    return [day for (day,) in found]


def _entries_ending(day: date) -> CompoundSelect[Any]:
    """Entries of firms, and offers on their software, where the firm is in force on the day and not on the next, were
    the night not held."""
    firm = col(Organisation.id)
    going = select(firm).where(
        in_force(firm, day, but_for=day), ~in_force(firm, day + timedelta(days=1), but_for=day)
    )
    theirs = select(col(Entry.id)).where(col(Entry.owner_id).in_(going))
    return union(theirs, select(col(Entry.id)).where(col(Entry.software_id).in_(theirs)))


def _count(session: Session, day: date) -> tuple[int, int]:
    """How many listings are public on the day, and how many of them would leave after it because firms' terms end."""
    public = repository.visible(day)
    counted = select(func.count()).select_from(Entry)
    before = session.exec(counted.where(public)).one()
    return before, session.exec(counted.where(public, col(Entry.id).in_(_entries_ending(day)))).one()


def _sync(session: Session, clock: Clock, row: ExpiryHold) -> None:
    """Index and feed hear of every firm concerned, now and on the morning after each day that matters."""
    for firm in _firms_ending_on(session, row.day):
        publish(session, "catalogue.sync-vendor", firm, at=clock.now())
        for day in (row.day, row.until):
            if day is not None:
                publish_after(session, "catalogue.sync-vendor", firm, day, at=clock.now())


def _firms_ending_on(session: Session, day: date) -> Sequence[str]:
    firms = union(
        select(col(Qualification.organisation_id).label("id")).where(col(Qualification.valid_until) == day),
        select(col(MasterAgreement.organisation_id)).where(
            col(MasterAgreement.ends_on) == day, col(MasterAgreement.status) == "active"
        ),
        select(col(Grace.organisation_id)).where(col(Grace.until) == day),
    ).subquery()
    return [firm for (firm,) in session.execute(select(firms.c.id).order_by(firms.c.id))]


def _find(session: Session, actor: Actor, hold_id: str) -> ExpiryHold:
    _require_reader(actor)
    row = session.get(ExpiryHold, hold_id)
    if row is None:
        raise NotFound()
    return row


def _view(actor: Actor, row: ExpiryHold) -> HoldView:
    decides = actor.may(Permission.AGREEMENT_DECIDE) and row.status != "released"
    return HoldView(
        row.id,
        row.day,
        row.status,
        row.going,
        row.total,
        row.asked_at,
        row.decided_at,
        row.reason,
        row.until,
        ("release", "extend") if decides else (),
    )


def _require_reader(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
