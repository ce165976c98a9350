"""The buyer's first page: what waits for the body, and what comes to its end."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.procurement import buyer_desk
from app.web.pages import render

router = APIRouter(include_in_schema=False)


@router.get("/buyer")
def desk_page(
    request: Request,
    actor: Annotated[Actor, guarded(Permission.PROJECT_WRITE)],
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """The desk."""
    return render(
        request,
        "buyer/desk.html",
        desk=buyer_desk.desk(session, actor, clock),
        may_confirm=actor.may(Permission.SELECTION_CONFIRM),
        may_approve=actor.may(Permission.CONTRACT_CONFIRM),
    )
