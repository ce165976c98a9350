"""Queries over the audit trail."""

from __future__ import annotations

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.audit.models import AuditEvent


def events(
    *,
    owner: str | None = None,
    object_type: str | None = None,
    object_id: str | None = None,
    action: str | None = None,
    organisation_id: str | None = None,
) -> SelectOfScalar[AuditEvent]:
    """A select of events, narrowed by what is given. `owner` cuts to one organisation's own trail."""
    statement = select(AuditEvent)
    if owner is not None:
        statement = statement.where(
            (col(AuditEvent.owner_organisation_id) == owner) | (col(AuditEvent.organisation_id) == owner)
        )
    for column, wanted in (
        (col(AuditEvent.object_type), object_type),
        (col(AuditEvent.object_id), object_id),
        (col(AuditEvent.action), action),
        (col(AuditEvent.organisation_id), organisation_id),
    ):
        if wanted:
            statement = statement.where(column == wanted)
    return statement


def event(session: Session, event_id: str) -> AuditEvent | None:
    """One event, or None."""
    return session.get(AuditEvent, event_id)
