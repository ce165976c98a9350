"""What happens to listings because time passed: last days go by, and the trail and the index hear of it once."""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.listings.models import Entry, SellerAuthorisation
from app.outbox.publish import publish


def sweep(session: Session, actor: Actor, clock: Clock) -> int:
    """Record retired entries and ended authorisations whose last day has passed; how many there were.

    Visibility never waits for this: it is judged by the clock.
    """
    today, now = clock.today(), clock.now()
    over = session.exec(
        select(Entry)
        .where(col(Entry.status) == "retired", col(Entry.last_day) < today, col(Entry.ended_on).is_(None))
        .order_by(col(Entry.id))
    ).all()
    for entry in over:
        entry.ended_on = entry.last_day
        session.add(entry)
        _tell(session, actor, clock, f"{entry.kind}.left", entry, entry.published_revision_id)
    ended = session.exec(
        select(SellerAuthorisation, Entry)
        .join(Entry, col(Entry.id) == col(SellerAuthorisation.software_id))
        .where(
            col(SellerAuthorisation.status) == "ended",
            col(SellerAuthorisation.ends_on) < today,
            col(SellerAuthorisation.left_on).is_(None),
        )
        .order_by(col(SellerAuthorisation.id))
    ).all()
    for grant, software in ended:
        grant.left_on = today
        session.add(grant)
        record(
            session,
            actor,
            "seller.left",
            "software",
            software.id,
            at=now,
            owner=software.owner_id,
            details={"seller_id": grant.seller_id},
        )
        publish(session, "catalogue.sync", software.id, at=now)
    return len(over) + len(ended)


def _tell(
    session: Session, actor: Actor, clock: Clock, action: str, entry: Entry, revision_id: str | None
) -> None:
    record(
        session,
        actor,
        action,
        entry.kind,
        entry.id,
        at=clock.now(),
        revision_id=revision_id,
        owner=entry.owner_id,
        details={"last_day": entry.last_day.isoformat() if entry.last_day else None},
    )
    publish(session, "catalogue.sync", entry.software_id or entry.id, at=clock.now())
