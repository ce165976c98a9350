"""`record`: write one audit event in the transaction of the change itself."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.models import AuditEvent
from app.kit.ids import new_id


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str,
    *,
    at: datetime,
    revision_id: str | None = None,
    owner: str | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add the event, unsealed. `details` must be JSON without personal facts and without 予定価格."""
    salt = str(session.info.get("audit_salt", ""))
    event = AuditEvent(
        id=new_id("ev"),
        occurred_at=at,
        actor_kind=actor.kind,
        actor_pseudonym=actor.pseudonym,
        organisation_id=actor.organisation_id,
        action=action,
        object_type=object_type,
        object_id=object_id,
        revision_id=revision_id,
        owner_organisation_id=owner,
        details=details or {},
        address_digest=personal_digest(salt, actor.address) if actor.address else "",
        request_id=actor.request_id,
    )
    session.add(event)
    return event


def personal_digest(salt: str, fact: str) -> str:
    """A salted digest of a personal fact (hex, 32 characters): comparable, not readable."""
    return hmac.new(salt.encode(), fact.encode(), hashlib.sha256).hexdigest()[:32]
