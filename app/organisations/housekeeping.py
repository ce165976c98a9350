"""What becomes of organisations because time passed: the hourly sweep calls `sweep`."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.organisations.agreements import expire_agreements
from app.organisations.last_days import sweep_last_days
from app.organisations.mergers import sweep_mergers
from app.organisations.qualifications import lapsing_qualifications
from app.outbox.publish import publish


def sweep(session: Session, actor: Actor, clock: Clock) -> None:
    """Expire agreements, end memberships by last days and mergers, warn of qualifications about to lapse (once)."""
    expire_agreements(session, actor, clock)
    sweep_last_days(session, actor, clock)
    sweep_mergers(session, actor, clock)
    for qualification in lapsing_qualifications(session, clock.today()):
        qualification.warned_on = clock.today()
        session.add(qualification)
        publish(session, "notify.qualification-lapsing", qualification.id, at=clock.now())
        record(
            session,
            actor,
            "qualification.warned",
            "qualification",
            qualification.id,
            at=clock.now(),
            owner=qualification.organisation_id,
        )
