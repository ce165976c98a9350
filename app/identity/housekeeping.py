"""What time does to logins and tokens; called by the hourly sweep."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, delete, select

from app.access.actor import Actor
from app.audit.record import record
from app.identity.models import ApiToken, LoginAttempt, WebSession
from app.kit.clock import Clock
from app.outbox.publish import publish

ATTEMPT_KEPT = timedelta(days=1)
SESSION_KEPT = timedelta(days=30)
"""Ended sessions stay in a person's list this long."""
WARN_BEFORE = timedelta(days=30)


def sweep(session: Session, actor: Actor, clock: Clock) -> int:
    """Forget old login attempts and sessions; warn once of tokens that expire within 30 days. How many were warned."""
    now = clock.now()
    session.execute(delete(LoginAttempt).where(col(LoginAttempt.created_at) < now - ATTEMPT_KEPT))
    session.execute(delete(WebSession).where(col(WebSession.expires_at) < now - SESSION_KEPT))
    expiring = session.exec(
        select(ApiToken).where(
            col(ApiToken.warned_at).is_(None),
            col(ApiToken.revoked_at).is_(None),
            col(ApiToken.expires_at) > now,
            col(ApiToken.expires_at) <= now + WARN_BEFORE,
        )
    ).all()
    for token in expiring:
        token.warned_at = now
        session.add(token)
        publish(session, "notify.token-expiring", token.id, at=now)
        record(session, actor, "token.warned", "token", token.id, at=now, owner=token.organisation_id)
    return len(expiring)
