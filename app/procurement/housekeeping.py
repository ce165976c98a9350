"""What happens to procurement because time passed: called by the hourly sweep."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.procurement.contracts import expire_contracts
from app.procurement.inspections import remind
from app.procurement.supports import end_what_is_over


def sweep(session: Session, actor: Actor, clock: Clock) -> int:
    """Contracts past their term become expired, supports past their day end, due dates are reminded of; how many."""
    done = expire_contracts(session, actor, clock) + end_what_is_over(session, actor, clock)
    return done + remind(session, actor, clock)
