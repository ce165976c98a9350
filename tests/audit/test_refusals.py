"""A refused attempt is in the trail, with what was missing, and the request that was refused changed nothing."""

import json

from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.kit.database import Database
from tests.world import World


def _refusals(database: Database) -> list[AuditEvent]:
    with database.read() as session:
        return list(session.exec(select(AuditEvent).where(col(AuditEvent.action) == "access.refused")))


def test_a_refused_attempt_is_kept(world: World, database: Database) -> None:
    officer = world.login(world.local_government(), "buyer_officer")
    answer = world.client(officer).post("/api/v1/software", json={"answers": {}})
    assert answer.status_code == 403
    [event] = _refusals(database)
    assert event.object_id == "/api/v1/software"
    assert event.organisation_id == officer.organisation_id
    assert event.details == {"method": "POST", "reason": "forbidden", "permission": "listing:write"}
    assert event.address_digest
    assert officer.name not in json.dumps(event.model_dump(mode="json"))


def test_visitors_and_what_is_not_found_leave_no_event(world: World, database: Database) -> None:
    vendor = world.login(world.vendor(), "vendor_admin")
    assert world.api().post("/api/v1/software", json={"answers": {}}).status_code == 401
    assert world.client(vendor).get("/api/v1/software/sw_none").status_code == 404
    assert _refusals(database) == []
