"""Queries over the audit trail."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from app.audit.models import AuditEvent

DELIBERATIONS = "project"
"""The object type of every event of a project: searches, conditions, candidates, exclusions, selection."""
DELIBERATION_PATHS = ("/api/v1/projects", "/projects")
"""Refused attempts carry a path; under these it names a project."""


def events(
    *,
    owner: str | None = None,
    deliberations: bool = True,
    event_id: str | None = None,
    object_types: Collection[str] = (),
    object_id: str | None = None,
    action: str | None = None,
    deeds: Collection[str] = (),
    organisation_id: str | None = None,
) -> SelectOfScalar[AuditEvent]:
    """A select of events, narrowed by what is given. `owner` cuts to one organisation's own trail; without
    `deliberations`, what happened in projects is left out. `deeds` are the last parts of actions: `submitted`.
    """
    statement = select(AuditEvent)
    if owner is not None:
        statement = statement.where(
            (col(AuditEvent.owner_organisation_id) == owner) | (col(AuditEvent.organisation_id) == owner)
        )
    if not deliberations:
        refused = or_(*(col(AuditEvent.object_id).startswith(path) for path in DELIBERATION_PATHS))
        statement = statement.where(
            col(AuditEvent.object_type) != DELIBERATIONS, ~((col(AuditEvent.object_type) == "path") & refused)
        )
    if object_types:
        statement = statement.where(col(AuditEvent.object_type).in_(object_types))
    if deeds:
        statement = statement.where(or_(*(col(AuditEvent.action).endswith(f".{deed}") for deed in deeds)))
    for column, wanted in (
        (col(AuditEvent.id), event_id),
        (col(AuditEvent.object_id), object_id),
        (col(AuditEvent.action), action),
        (col(AuditEvent.organisation_id), organisation_id),
    ):
        if wanted:
            statement = statement.where(column == wanted)
    return statement
