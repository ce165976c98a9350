"""Whether the frozen evidence is what the audit chain says: its digest is in the event that closed the project."""

from __future__ import annotations

from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.kit.database import Database
from app.procurement import repository
from app.procurement.evidence import digest_of

CLOSING = ("selection.confirmed", "project.cancelled")


def verify_evidence(database: Database) -> list[str]:
    """A fault for each closed project whose evidence is gone or differs from the digest in the trail.

    `verify-audit` says whether the trail itself is whole. Events from before digests were kept are passed over.
    """
    faults = []
    with database.read() as session:
        events = session.exec(
            select(AuditEvent).where(col(AuditEvent.action).in_(CLOSING)).order_by(col(AuditEvent.id))
        ).all()
        for event in events:
            wanted = event.details.get("evidence")
            if wanted is None:
                continue
            frozen = repository.evidence(session, event.object_id)
            if frozen is None:
                faults.append(f"evidence missing: project {event.object_id} ({event.action}, {event.id})")
            elif digest_of(frozen.document) != wanted or frozen.digest != wanted:
                faults.append(f"evidence changed: project {event.object_id} ({event.action}, {event.id})")
    return faults
