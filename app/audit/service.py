"""Reading the trail: the auditor reads all of it, the Agency all but deliberations, an administrator the own part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit import repository
from app.audit.models import AuditEvent
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.pagination import Paging, paginate

CONTRACT_FACTS = frozenset({"number", "version", "vendor_id", "side", "ended_on"})
"""What the Agency reads of a contract's events: registered facts, not the project behind it or who answered."""


@dataclass(frozen=True)
class _Scope:
    """What of the trail an actor reads: one organisation's part (None: everybody's), with deliberations or without."""

    owner: str | None
    deliberations: bool

    def shown(self, event: AuditEvent) -> AuditEvent:
        """The event as this reader sees it."""
        if self.deliberations or event.object_type != "contract":
            return event
        facts = {name: value for name, value in event.details.items() if name in CONTRACT_FACTS}
        # A copy that no session knows, so that nothing of it can reach the table.
        return AuditEvent(**event.model_dump() | {"details": facts})


def reads_deliberations(actor: Actor) -> bool:
    """Whether the actor's view of the trail has the events of projects: auditors do, the Agency does not.

    The projects' readers are the measure, so that the trail never tells more than the pages do.
    """
    return not actor.may(Permission.AUDIT_READ) or actor.may(Permission.PROJECT_READ)


def _scope(actor: Actor) -> _Scope:
    """What the actor reads. Raises Unauthenticated or Forbidden."""
    if actor.kind == "anonymous":
        raise Unauthenticated()
    if actor.may(Permission.AUDIT_READ):
        return _Scope(None, reads_deliberations(actor))
    if actor.may(Permission.AUDIT_READ_OWN) and actor.organisation_id is not None:
        return _Scope(actor.organisation_id, deliberations=True)
    raise Forbidden(
        "操作の記録を読めるのは、監査担当、デジタル庁の管理者（案件の検討を除く）、"
        "各組織の管理者（自組織の分だけ）です。",
        permission=Permission.AUDIT_READ.value,
    )


def list_events(
    session: Session,
    actor: Actor,
    paging: Paging,
    *,
    object_types: Collection[str] = (),
    object_id: str | None = None,
    action: str | None = None,
    deeds: Collection[str] = (),
    organisation_id: str | None = None,
) -> tuple[Sequence[AuditEvent], str | None]:
    """One page of events, newest first, and the next cursor."""
    scope = _scope(actor)
    statement = repository.events(
        owner=scope.owner,
        deliberations=scope.deliberations,
        object_types=object_types,
        object_id=object_id,
        action=action,
        deeds=deeds,
        organisation_id=organisation_id,
    )
    rows, following = paginate(session, statement, AuditEvent, paging)
    return [scope.shown(row) for row in rows], following


def get_event(session: Session, actor: Actor, event_id: str) -> AuditEvent:
    """One event that the actor may read. Raises NotFound for others'."""
    scope = _scope(actor)
    statement = repository.events(owner=scope.owner, deliberations=scope.deliberations, event_id=event_id)
    found = session.exec(statement).first()
    if found is None:
        raise NotFound("この操作の記録は見つかりません。")
    return scope.shown(found)
