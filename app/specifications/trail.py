"""What becomes of versions, in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.specifications.models import Specification, SpecificationVersion


def note(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Specification,
    version: SpecificationVersion,
    act: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record an act on a version in the audit trail."""
    record(
        session,
        actor,
        f"specification-version.{act}",
        "specification",
        row.id,
        at=clock.now(),
        revision_id=version.id,
        owner=row.steward_id,
        details={"number": version.number, **(details or {})},
    )
