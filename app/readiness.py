"""`GET /readyz` and `GET /healthz`: is this process able to serve?

Ready means that the database is reachable and migrated. Index, mail and worker are details and never a reason for 503:
a balancer would take every node out at once. In demo mode alone it also waits for the sample data and the index.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app.audit.chain import newest_head
from app.catalogue import engines
from app.indexing import status as index_status
from app.kit.clock import Clock
from app.kit.database import Database
from app.migrate import is_current
from app.outbox import claims
from app.settings import Settings

router = APIRouter(tags=["運用"], include_in_schema=False)


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


def _audit_head(settings: Settings) -> dict[str, Any] | str | None:
    try:
        head = newest_head(settings.audit_heads)
    except OSError as error:
        return f"unreadable: {type(error).__name__}"
    return {"number": head.number, "sealed_at": head.sealed_at} if head else None


def _index(request: Request, database: Database, details: dict[str, Any]) -> bool:
    """What is known of the index without comparing it: its lag, the last hourly comparison, what is under way."""
    clock: Clock = request.app.state.clock
    found = index_status.status(database, request.app.state.search, clock)
    details["index"] = index_status.details(found)
    details["search"] = "agrees" if found.agrees else "behind"
    return found.agrees


@router.get("/readyz")
def ready(request: Request) -> JSONResponse:
    """200 when requests can be served, 503 with the reason otherwise."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    details: dict[str, Any] = {}
    try:
        migrated = is_current(database.engine)
        details["database"] = "ready" if migrated else "not migrated: run dmp migrate"
        if migrated:
            details["outbox"] = claims.counts(database)
    except SQLAlchemyError as error:
        migrated = False
        details["database"] = f"unreachable: {type(error).__name__}"
    details["audit_head"] = _audit_head(settings)
    complete = True
    if migrated:
        agrees = _index(request, database, details)
        if settings.mode == "demo":
            # Everything is compared here: the sample is small, and nobody may come before it can be found.
            agrees = request.app.state.index_agrees()
            details["search"] = "agrees" if agrees else "behind"
            loaded: bool = request.app.state.sample_data_loaded()
            details["sample_data"] = "loaded" if loaded else "loading"
            complete = agrees and loaded
        details["alarms"] = engines.alarms(request.app.state.search, database)
    ok = migrated and complete
    return JSONResponse({"status": "ready" if ok else "not ready", **details}, 200 if ok else 503)
