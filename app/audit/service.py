"""Reading the trail: the auditor and the Agency read all of it, an organisation's administrator its own."""

from collections.abc import Sequence

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit import repository
from app.audit.models import AuditEvent
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.pagination import Paging, paginate


def _scope(actor: Actor) -> str | None:
    """None for everything, else the organisation whose trail it is. Raises Unauthenticated or Forbidden."""
    if actor.kind == "anonymous":
        raise Unauthenticated()
    if actor.may(Permission.AUDIT_READ):
        return None
    if actor.may(Permission.AUDIT_READ_OWN) and actor.organisation_id is not None:
        return actor.organisation_id
    raise Forbidden(
        "操作の記録を読めるのは、監査担当、デジタル庁の管理者、各組織の管理者（自組織の分だけ）です。",
        permission=Permission.AUDIT_READ.value,
    )


def list_events(
    session: Session,
    actor: Actor,
    paging: Paging,
    *,
    object_type: str | None = None,
    object_id: str | None = None,
    action: str | None = None,
    organisation_id: str | None = None,
) -> tuple[Sequence[AuditEvent], str | None]:
    """One page of events, newest first, and the next cursor."""
    statement = repository.events(
        owner=_scope(actor),
        object_type=object_type,
        object_id=object_id,
        action=action,
        organisation_id=organisation_id,
    )
    return paginate(session, statement, AuditEvent, paging)


def get_event(session: Session, actor: Actor, event_id: str) -> AuditEvent:
    """One event that the actor may read. Raises NotFound for others'."""
    owner = _scope(actor)
    found = repository.event(session, event_id)
    if found is None or (
        owner is not None and owner not in (found.owner_organisation_id, found.organisation_id)
    ):
        raise NotFound("この操作の記録は見つかりません。")
    return found


def record_read(
    session: Session, actor: Actor, clock: Clock, object_type: str, object_id: str, owner: str
) -> None:
    """Keep that the auditor or the Agency read somebody's deliberations. `session` must be one that writes."""
    record(session, actor, f"{object_type}.read", object_type, object_id, at=clock.now(), owner=owner)
