"""`note_read`: that an auditor or the Agency read somebody's deliberations is an event of the trail as well."""

from typing import cast

from fastapi import Request

from app.access.actor import Actor
from app.access.dependencies import clock_of
from app.audit.record import record
from app.kit.database import Database


def note_read(request: Request, actor: Actor, object_type: str, object_id: str, owner: str) -> None:
    """Write `<object_type>.read` in a transaction of its own: a GET's session is read-only and cannot carry it.

    Called by the routers' dependencies of the capability that knows what a deliberation is and whose it is.
    """
    database = cast(Database, request.app.state.database)
    with database.write() as session:
        record(
            session,
            actor,
            f"{object_type}.read",
            object_type,
            object_id,
            at=clock_of(request).now(),
            owner=owner,
            details={"path": request.url.path},
        )
