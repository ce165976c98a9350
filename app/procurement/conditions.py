"""A project's conditions: a field of the catalogue's schema and the wanted value."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.procurement import repository
from app.procurement.judging import Wanted, normal_wanted
from app.procurement.models import Condition
from app.procurement.policies import is_of_the_body
from app.procurement.project_schemas import ConditionIn
from app.procurement.reach import editable_draft, reachable
from catalogue_schema import Schema

MOST = 50


def conditions_of(session: Session, actor: Actor, project_id: str) -> Sequence[Condition]:
    """The conditions in order. Raises NotFound."""
    return repository.conditions(session, reachable(session, actor, project_id).id)


def add_condition(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, given: ConditionIn
) -> Condition:
    """Add one at the end. Raises Invalid with the nearest right value, Conflict above fifty."""
    project = editable_draft(session, actor, project_id)
    wanted, faults = normal_wanted(schema, Wanted(given.subject, given.field, given.operator, given.wanted))
    if faults:
        raise Invalid(faults)
    known = repository.conditions(session, project.id)
    if len(known) >= MOST:
        raise Conflict(f"条件は{MOST}件までです。")
    now = clock.now()
    condition = Condition(
        id=new_id("cnd"),
        project_id=project.id,
        subject=given.subject,
        field=given.field,
        operator=given.operator,
        wanted=wanted,
        note=given.note,
        position=known[-1].position + 1 if known else 1,
        created_by=actor.person_id or "",
        created_at=now,
    )
    session.add(condition)
    session.flush()
    record(
        session, actor, "condition.added", "project", project.id,
        at=now, owner=project.organisation_id,
        details={"condition_id": condition.id, "field": f"{given.subject}.{given.field}"},
    )  # fmt: skip
    return condition


def remove_condition(
    session: Session, actor: Actor, clock: Clock, project_id: str, condition_id: str
) -> None:
    """Take a condition away (a supporter: an own one). Raises NotFound, Forbidden, Conflict while excluding."""
    project = editable_draft(session, actor, project_id)
    condition = next((c for c in repository.conditions(session, project.id) if c.id == condition_id), None)
    if condition is None:
        raise NotFound("この案件にその条件はありません。")
    if condition.created_by != actor.person_id and not is_of_the_body(actor, project.organisation_id):
        raise Forbidden("支援者が取り消せるのは、自分で加えた条件だけです。")
    if any(
        e.condition_id == condition_id and e.withdrawn_at is None
        for e in repository.exclusions(session, project.id)
    ):
        raise Conflict("この条件による除外があります。先に除外を取り消してください。")
    condition.removed_at = clock.now()
    session.add(condition)
    session.flush()
    record(
        session, actor, "condition.removed", "project", project.id,
        at=condition.removed_at, owner=project.organisation_id, details={"condition_id": condition.id},
    )  # fmt: skip
