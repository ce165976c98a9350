"""Attempts that were refused with 403 are kept in the trail, in a transaction of their own."""

from __future__ import annotations

from starlette.types import Scope

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.database import Database

LONGEST_PATH = 200


def record_refusal(database: Database, clock: Clock, scope: Scope) -> None:
    """Write `access.refused` for a known actor: method, path and what was missing. Visitors leave no event."""
    actor = scope.get("actor")
    if not isinstance(actor, Actor) or actor.kind == "anonymous":
        return
    refusal = scope.get("refusal")
    extra = getattr(refusal, "extra", {})
    details = {
        "method": str(scope["method"]),
        "reason": str(getattr(refusal, "slug", "forbidden")),
        "permission": str(extra.get("permission", "")),
    }
    with database.write() as session:
        record(
            session,
            actor,
            "access.refused",
            "path",
            str(scope["path"])[:LONGEST_PATH],
            at=clock.now(),
            owner=actor.organisation_id,
            details=details,
        )
