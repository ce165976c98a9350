"""Which reads of review cases are written down."""

from typing import cast

from fastapi import Request

from app.access.actor import Actor
from app.access.dependencies import ActorDep
from app.access.permissions import Permission, Role
from app.audit.reads import note_read
from app.kit.database import READONLY_METHODS, Database
from app.review import repository


def reads_from_outside(actor: Actor) -> bool:
    """Whether the actor reads deliberations without taking part in them: auditor and Agency, not the reviewers."""
    return actor.may(Permission.REVIEW_READ) and Role.REVIEWER not in actor.roles


def note_case_read(request: Request, actor: ActorDep) -> None:
    """Router dependency: an auditor's or the Agency's read of a case (by a sample too) is an audit event."""
    case_id, sample_id = request.path_params.get("case_id"), request.path_params.get("sample_id")
    if (
        (case_id is None and sample_id is None)
        or request.method not in READONLY_METHODS
        or not reads_from_outside(actor)
    ):
        return
    with cast(Database, request.app.state.database).read() as session:
        sample = repository.find_sample(session, str(sample_id)) if sample_id else None
        case = repository.find_case(session, sample.case_id if sample else str(case_id))
    if case is not None:
        note_read(request, actor, "review_case", case.id, case.owner_id)
