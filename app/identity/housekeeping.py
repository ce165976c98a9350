"""What becomes of credentials because time passed: the hourly sweep calls `sweep`."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, delete

from app.access.actor import Actor
from app.audit.record import record
from app.identity.models import LoginAttempt
from app.identity.tokens import tokens_to_warn
from app.kit.clock import Clock
from app.outbox.publish import publish

ATTEMPTS_KEPT = timedelta(days=1)


def sweep(session: Session, actor: Actor, clock: Clock) -> None:
    """Warn of tokens that end within 30 days (once each), and forget old login attempts."""
    now = clock.now()
    session.exec(delete(LoginAttempt).where(col(LoginAttempt.created_at) < now - ATTEMPTS_KEPT))
    for token in tokens_to_warn(session, now):
        token.warned_at = now
        session.add(token)
        publish(session, "notify.token-expiring", token.id, at=now)
        record(session, actor, "token.warned", "token", token.id, at=now, owner=token.organisation_id)
