"""`/projects/{id}/conformance-confirmations`: what the body itself found out about its candidates."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.procurement import confirmations
from app.procurement.confirmation_schemas import ConfirmationIn, ConfirmationListOut, ConfirmationOut
from app.procurement.reach import note_read

router = APIRouter(
    prefix="/projects/{project_id}/conformance-confirmations",
    tags=["確認と検収"],
    dependencies=[Depends(note_read)],
)

Reader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]


@router.get("")
def list_confirmations(
    project_id: str, actor: Reader, session: SessionDep, clock: ClockDep
) -> ConfirmationListOut:
    """適合確認の記録を、新しい順に返します。団体の内部の記録で、事業者には見えません"""
    found = confirmations.of_project(session, actor, clock, project_id)
    return ConfirmationListOut(items=[ConfirmationOut.model_validate(view) for view in found.records])


@router.post("", status_code=201)
def record_confirmation(
    project_id: str,
    body: ConfirmationIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> ConfirmationOut:
    """候補の適合を団体が確かめたことを記録する

    候補にした版の回答についての記録です。前の記録は残り、選定の記録一式に入ります。
    """
    view = idempotency.run(
        lambda: confirmations.record_confirmation(session, actor, clock, project_id, body),
        lambda known: confirmations.read_confirmation(session, actor, project_id, known),
        lambda made: made.id,
    )
    return ConfirmationOut.model_validate(view)
