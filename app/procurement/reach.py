"""Visible or 404: how every service of procurement gets its project, and how auditors' reads are written down."""

from typing import cast

from fastapi import Request
from sqlmodel import Session

from app.access.actor import Actor
from app.access.dependencies import ActorDep, Guard, allow, clock_of, settings_of
from app.access.permissions import Permission
from app.audit.reads import note_read as note
from app.kit.database import READONLY_METHODS, Database
from app.kit.errors import Forbidden, NotFound, PreconditionFailed, PreconditionRequired
from app.procurement import repository
from app.procurement.errors import EvidenceClosed
from app.procurement.models import Project
from app.procurement.policies import (
    CLOSED,
    OPEN_STATUS,
    can_read_project,
    is_of_the_body,
    reads_every_body,
    supports_project,
)

_NO_PROJECT = "この案件は見つかりません。自分の団体の案件かどうかを確かめてください。"


def reachable(session: Session, actor: Actor, project_id: str) -> Project:
    """The project for reading.

    Raises NotFound unless it is of the actor's own body, or the actor supports it or reads every body.
    """
    found = repository.project(session, project_id)
    if found is None or not can_read_project(actor, found.organisation_id, found.id):
        raise NotFound(_NO_PROJECT)
    return found


def own(session: Session, actor: Actor, project_id: str) -> Project:
    """The project of the actor's own body for writing, its row held until the transaction ends.

    Raises NotFound, Forbidden for a supporter, who reads, comments and drafts only.
    """
    found = drafted(session, actor, project_id)
    if not is_of_the_body(actor, found.organisation_id):
        raise Forbidden(
            "支援者ができるのは、読むこと、コメント、下書き（条件と候補のメモ）です。"
            "確定・選定・契約などは、案件の団体の担当者または承認者に依頼してください。"
        )
    return found


def drafted(session: Session, actor: Actor, project_id: str) -> Project:
    """The project for what its supporters may write, too; its row held until the transaction ends. Raises NotFound."""
    found = repository.project(session, project_id, lock=True)
    if found is None or not (
        is_of_the_body(actor, found.organisation_id) or supports_project(actor, found.id)
    ):
        raise NotFound(_NO_PROJECT)
    return found


def editable(session: Session, actor: Actor, project_id: str) -> Project:
    """`own`, and still being assessed. Raises EvidenceClosed once a selection was proposed or decided."""
    return _open(own(session, actor, project_id))


def editable_draft(session: Session, actor: Actor, project_id: str) -> Project:
    """`drafted`, and still being assessed. Raises EvidenceClosed as `editable` does."""
    return _open(drafted(session, actor, project_id))


def _open(found: Project) -> Project:
    if found.status != OPEN_STATUS:
        closed = found.status in CLOSED
        raise EvidenceClosed(
            "決裁または中止の後は、選定の記録を変更できません。"
            if closed
            else "選定を申し出た後は変更できません。直すときは、案件を検討中に戻してください。",
            status=found.status,
        )
    return found


def require_match(if_match: str | None, current: str) -> None:
    """Raise PreconditionRequired without `If-Match`, PreconditionFailed (member `current`) for an older one."""
    if if_match is None:
        raise PreconditionRequired("編集には、読んだときの ETag を If-Match ヘッダーで送ってください。")
    if if_match not in ("*", current):
        raise PreconditionFailed(
            "画面を開いた後に、ほかの人が先に変更しました。今の内容を確かめてから、もう一度直してください。",
            current=current,
        )


def note_read(request: Request, actor: ActorDep) -> None:
    """Router dependency: an auditor's read of a project or contract is an audit event, and a supporter's read."""
    project_id = request.path_params.get("project_id")
    if request.method not in READONLY_METHODS:
        return
    if not reads_every_body(actor) and project_id not in actor.supports:
        return
    contract_id = request.path_params.get("contract_id")
    if project_id is None and contract_id is None:
        return
    with cast(Database, request.app.state.database).read() as session:
        project = repository.project(session, project_id) if project_id is not None else None
        contract = repository.contract(session, contract_id) if contract_id is not None else None
    if project is not None:
        note(request, actor, "project", project.id, project.organisation_id)
    elif contract is not None:
        note(request, actor, "contract", contract.id, contract.buyer_id)


class ContractReader(Guard):
    """Lets parties and auditors through, and the Agency, which reads registered facts by a right of its own."""

    async def __call__(self, request: Request, actor: ActorDep) -> Actor:
        """The actor, or a refusal that names who may read contracts."""
        if actor.kind == "anonymous" or not actor.may(Permission.CONTRACT_FACTS):
            allow(actor, self.permission, settings_of(request), clock_of(request))
        return actor
