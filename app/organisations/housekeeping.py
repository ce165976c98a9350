"""What becomes of organisations because time passed: the hourly sweep calls `sweep`."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.organisations.agreements import expire_agreements
from app.organisations.last_days import sweep_last_days
from app.organisations.mergers import sweep_mergers


def sweep(session: Session, actor: Actor, clock: Clock) -> None:
    """Expire agreements that nothing carries over their end, end memberships by last days and mergers."""
    expire_agreements(session, actor, clock)
    sweep_last_days(session, actor, clock)
    sweep_mergers(session, actor, clock)
