"""Attempts that were refused with 403 are kept in the trail, in a transaction of their own."""

from __future__ import annotations

from starlette.types import Scope

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.database import Database

LONGEST_PATH = 200
SECRET_PARAMETERS = frozenset({"secret"})
"""Names of path parameters that open something to whoever knows them: such a path must not be kept."""


def told_path(scope: Scope) -> str:
    """The request's path as the trail may keep it: as the route's template has it where a part of it is a secret."""
    path = str(scope["path"])
    given = scope.get("path_params", {})
    for name in SECRET_PARAMETERS.intersection(given):
        path = path.replace(str(given[name]), f"{{{name}}}")
    return path


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
            told_path(scope)[:LONGEST_PATH],
            at=clock.now(),
            owner=actor.organisation_id,
            details=details,
        )
