"""Who reads a case's deliberations without taking part in them is in the trail, by page and by API."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from app.audit.models import AuditEvent
from tests.listings.market import Market


def _reads(market: Market) -> list[tuple[str, str, str | None]]:
    with market.world.read() as session:
        rows = session.exec(
            select(AuditEvent)
            .where(col(AuditEvent.action) == "review_case.read")
            .order_by(col(AuditEvent.id))
        ).all()
    return [(row.object_id, str(row.details["path"]), row.owner_organisation_id) for row in rows]


@pytest.mark.parametrize("role", ["auditor", "agency_admin"])
def test_reads_from_outside_are_audited(market: Market, role: str) -> None:
    case_id = market.submit(f"/software/{market.draft()['id']}")
    market.claim(case_id)
    note = market.reviewer.post(f"/api/v1/reviews/{case_id}/notes", json={"text": "要確認"})
    assert note.status_code == 201
    reader = market.world.client(market.world.login(market.world.agency(), role))
    paths = [
        f"/api/v1/reviews/{case_id}",
        f"/api/v1/reviews/{case_id}/notes",
        f"/api/v1/reviews/{case_id}/findings",
        f"/review/cases/{case_id}",
    ]
    for path in paths:
        assert reader.get(path).status_code == 200
    assert _reads(market) == [(case_id, path, market.vendor.id) for path in paths]


def test_reviewers_own_work_and_refused_reads_are_not(market: Market) -> None:
    case_id = market.submit(f"/software/{market.draft()['id']}")
    path = f"/api/v1/reviews/{case_id}"
    assert market.reviewer.get(path).status_code == 200
    assert market.world.api(market.reviewer_login).get(path).status_code == 200
    assert market.editor.get(path).status_code == 403
    assert market.agency.get("/api/v1/reviews/case_none").status_code == 404
    assert market.agency.get("/api/v1/reviews").status_code == 200
    assert _reads(market) == []
