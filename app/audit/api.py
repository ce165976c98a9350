"""`/audit-events`: the trail as data, and the newest signed head for everybody."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.access.dependencies import ActorDep, SettingsDep
from app.audit import service
from app.audit.chain import newest_head
from app.audit.models import AuditEvent
from app.kit.database import SessionDep
from app.kit.errors import NotFound, Unavailable
from app.kit.pagination import Page, PagingDep, page_of

router = APIRouter(prefix="/audit-events", tags=["操作の記録"])


class AuditEventOut(BaseModel):
    """One event. `number` and `hash` are null until sealed (within two seconds).

    The hash is over the whole event; the Agency reads a contract's events without what is not a registered fact.
    """

    id: str
    occurred_at: datetime
    actor_kind: str
    actor_pseudonym: str
    organisation_id: str | None
    action: str
    object_type: str
    object_id: str
    revision_id: str | None
    details: dict[str, Any]
    request_id: str
    number: int | None
    hash: str | None


class HeadOut(BaseModel):
    """The newest sealed event's number and hash, signed (Ed25519 over `number:hash:sealed_at`)."""

    number: int
    hash: str
    sealed_at: str
    signature: str


def _out(event: AuditEvent) -> AuditEventOut:
    return AuditEventOut.model_validate(event, from_attributes=True)


@router.get("")
def list_audit_events(
    actor: ActorDep,
    session: SessionDep,
    paging: PagingDep,
    object_type: Annotated[str | None, Query(max_length=60)] = None,
    object_id: Annotated[str | None, Query(max_length=60)] = None,
    action: Annotated[str | None, Query(max_length=80)] = None,
    organisation_id: Annotated[str | None, Query(max_length=60)] = None,
) -> Page[AuditEventOut]:
    """操作の記録の一覧（新しい順）。監査担当は全件、デジタル庁は案件の検討を除く全件、各組織の管理者は自組織の分です。"""
    rows, following = service.list_events(
        session,
        actor,
        paging,
        object_types=(object_type,) if object_type else (),
        object_id=object_id,
        action=action,
        organisation_id=organisation_id,
    )
    return page_of(rows, following, _out)


@router.get("/head")
def sealed_head(settings: SettingsDep) -> HeadOut:
    """封印された最新の記録の番号とハッシュ（署名付き、誰でも読めます）。"""
    try:
        head = newest_head(settings.audit_heads)
    except OSError as error:
        raise Unavailable("署名された先頭の記録のファイルを読めません。運用者に知らせてください。") from error
    if head is None:
        raise NotFound("まだ封印された操作の記録はありません。")
    return HeadOut(number=head.number, hash=head.hash, sealed_at=head.sealed_at, signature=head.signature)


@router.get("/{event_id}")
def get_audit_event(event_id: str, actor: ActorDep, session: SessionDep) -> AuditEventOut:
    """操作の記録の一件。"""
    return _out(service.get_event(session, actor, event_id))
