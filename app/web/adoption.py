"""Taking over the drafts of an エントリー who claims the firm's number: see them first, then adopt."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.listings import adoption
from app.web.forms import FormDep
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False)


@router.get("/vendor/adoption")
def adoptable(
    request: Request,
    actor: Annotated[Actor, guarded(Permission.ORGANISATION_WRITE)],
    session: SessionDep,
) -> Response:
    """The drafts with all their answers."""
    return render(request, "vendor/adoption.html", offers=adoption.adoptable(session, actor))


@router.post("/vendor/adoption/{space_id}")
def adopt(
    request: Request,
    space_id: str,
    form: FormDep,
    actor: Annotated[Actor, guarded(Permission.MEMBERS_MANAGE)],
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Take over what was on the screen."""
    count = adoption.adopt(session, actor, clock, space_id, set(form.all("seen")))
    return flash(request, redirect("/vendor"), f"{count}件の下書きを引き継ぎました。")
