"""Nights on which too much of the catalogue would leave at once: held before they come, and decided by a person.

The sweep looks a month ahead. Where more than the set share would leave after one day because agreements,
qualifications, grace or an extension end, it opens a hold for that day: what ends then stays public (更新手続中, closed
to new contracts) until an administrator of the Agency lets it happen or extends it to a day. What left unasked in
the days before counts too, so that ends spread over a fortnight are asked of as well; what somebody decided does not.
Before an extension ends, the question is put again. The hold is a row that `organisations.expiry` asks of; no listing
changes.
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
from app.kit.clock import TOKYO, Clock
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
    earlier: int
    """How many more left unasked in the days before it."""
    total: int
    asked_at: datetime
    decided_at: datetime | None
    reason: str
    until: date | None
    carried_until: date | None
    """Asked again: the last day of the extension that ends."""
    final: bool
    """Decided for good: nobody is asked again when the extension ends."""
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
    today = clock.today()
    window = timedelta(days=rules.ask_within_days)
    known = {row.day: row for row in session.exec(select(ExpiryHold)).all()}
    unasked: dict[date, int] = {}
    asked = 0
    for night in _nights(session, today - window, today + LOOK_AHEAD):
        ending = [row for row in known.values() if row.status == "extended" and row.until == night]
        if night in known and not ending:
            continue
        if any(row.final or not _near_its_end(row, today) for row in ending):
            continue
        going = _going(session, night, but_for=night)
        earlier = sum(lost for day, lost in unasked.items() if day > night - window)
        if night < today - timedelta(days=1) or not _too_much(session, night, going, earlier, rules):
            unasked[night] = going
            continue
        total = _public(session, night) + earlier
        for row in ending:
            _put_again(session, actor, clock, row, going, earlier, total)
        if night not in known:
            _put(session, actor, clock, night, going, earlier, total)
        asked += 1
    return asked


def _near_its_end(row: ExpiryHold, today: date) -> bool:
    """The extension ends within a month or, where it is a short one, in less than half of it."""
    if row.until is None or row.decided_at is None:
        return False
    whole = row.until - row.decided_at.astimezone(TOKYO).date()
    return row.until - today <= min(LOOK_AHEAD, whole / 2)


def _too_much(session: Session, night: date, going: int, earlier: int, rules: ExpirySettings) -> bool:
    lost = going + earlier
    if not going or lost < rules.ask_at_least:
        return False
    return lost * 100 > rules.ask_percent * (_public(session, night) + earlier)


def _put(
    session: Session, actor: Actor, clock: Clock, night: date, going: int, earlier: int, total: int
) -> None:
    hold = ExpiryHold(
        id=new_id("hold"), day=night, going=going, earlier=earlier, total=total, asked_at=clock.now()
    )
    session.add(hold)
    session.flush()
    _asked(session, actor, clock, hold, "asked")


def _put_again(
    session: Session, actor: Actor, clock: Clock, row: ExpiryHold, going: int, earlier: int, total: int
) -> None:
    EXPIRY_HOLD.move(
        session,
        row,
        "asking_again",
        going=going,
        earlier=earlier,
        total=total,
        asked_at=clock.now(),
        decided_at=None,
        decided_by=None,
        carried_until=row.until,
        until=None,
    )
    _asked(session, actor, clock, row, "asked-again")


def _asked(session: Session, actor: Actor, clock: Clock, row: ExpiryHold, past: str) -> None:
    record(
        session,
        actor,
        f"expiry-hold.{past}",
        "expiry_hold",
        row.id,
        at=clock.now(),
        details={
            "day": row.night.isoformat(),
            "going": row.going,
            "earlier": row.earlier,
            "total": row.total,
        },
    )
    publish(session, "notify.expiry-hold", row.id, at=clock.now())
    _sync(session, clock, row)


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
    going = col(Entry.id).in_(_entries_ending(row.night, row.day))
    statement = select(Entry).where(going, repository.visible(row.night))
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

    Where an extension still runs when it is asked again, `release` lets it end on the day that was promised.
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
        longest = (row.carried_until or row.day) + LONGEST
        if last is not None and not first <= last <= longest:
            remedy = f"{first.isoformat()} から {longest.isoformat()} までの日にしてください。"
            faults.append(FieldFault("/until", "out-of-range", "猶予の最後の日が範囲にありません。", remedy))
    elif until:
        message = "そのまま終了させるときは、猶予の日を入れません。"
        faults.append(FieldFault("/until", "not-needed", message, "空にしてください。"))
    if faults:
        raise Invalid(faults)
    if row.status == "extended" and row.until is not None and row.until < today:
        raise Conflict("この猶予は終わっています。掲載はすでに公開を終えました。")
    promised = row.status == "asked" and row.carried_until is not None and row.carried_until >= today
    final = verdict == "release" and promised
    if final:
        last = row.carried_until
    going = _going(session, row.night, but_for=row.day)
    EXPIRY_HOLD.move(
        session,
        row,
        "release" if last is None else "extension",
        decided_at=clock.now(),
        decided_by=actor.person_id,
        reason=reason.strip(),
        until=last,
        final=final,
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
    """The days between on which anything of a firm, its grace, or an extension ends."""
    days = union(
        select(col(Qualification.valid_until).label("day")),
        select(col(MasterAgreement.ends_on)).where(col(MasterAgreement.status) == "active"),
        select(col(Grace.until)),
        select(col(ExpiryHold.until)).where(col(ExpiryHold.status) == "extended"),
    ).subquery()
    found = session.execute(
        select(days.c.day).where(days.c.day >= first, days.c.day <= last).order_by(days.c.day)
    )
    return [day for (day,) in found]


def _entries_ending(night: date, but_for: date) -> CompoundSelect[Any]:
    """Entries of firms, and offers on their software, where the firm is in force on the day and not on the next, were
    what ended on `but_for` not held."""
    firm = col(Organisation.id)
    going = select(firm).where(
        in_force(firm, night), ~in_force(firm, night + timedelta(days=1), but_for=but_for)
    )
    theirs = select(col(Entry.id)).where(col(Entry.owner_id).in_(going))
    return union(theirs, select(col(Entry.id)).where(col(Entry.software_id).in_(theirs)))


def _going(session: Session, night: date, *, but_for: date) -> int:
    """How many listings that are public on the day would leave after it because firms' terms end."""
    going = col(Entry.id).in_(_entries_ending(night, but_for))
    return session.exec(select(func.count()).select_from(Entry).where(repository.visible(night), going)).one()


def _public(session: Session, day: date) -> int:
    """How many listings are public on the day."""
    return session.exec(select(func.count()).select_from(Entry).where(repository.visible(day))).one()


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
        row.earlier,
        row.total,
        row.asked_at,
        row.decided_at,
        row.reason,
        row.until,
        row.carried_until,
        row.final,
        ("release", "extend") if decides else (),
    )


def _require_reader(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
