"""引継ぎ: all that a member holds passes to a successor; the officer of one project."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.listings.dependencies import SchemaDep
from app.procurement import handover
from app.web.buyer_view import project_page
from app.web.forms import FormDep
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False)

Member = Annotated[Actor, guarded(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]


def _page(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, membership_id: str, chosen: str = "",
    status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    holding = handover.holding_of(session, actor, clock, actor.organisation_id or "", membership_id)
    return render(
        request, "account/handover.html", status, holding=holding, chosen=chosen, faults=list(faults)
    )


@router.get("/organisation/members/{membership_id}/handover")
def page(
    membership_id: str, request: Request, actor: Member, session: SessionDep, clock: ClockDep
) -> Response:
    """What the member holds, and who shall have it."""
    return _page(request, actor, session, clock, membership_id)


@router.post("/organisation/members/{membership_id}/handover")
def hand_over(
    membership_id: str, request: Request, form: FormDep, actor: Member, session: SessionDep, clock: ClockDep
) -> Response:
    """Pass it on, all at once."""
    chosen = form.get("successor_id")
    try:
        passed = handover.hand_over(session, actor, clock, actor.organisation_id or "", membership_id, chosen)
    except Invalid as refused:
        return _page(request, actor, session, clock, membership_id, chosen, 422, refused.faults)
    text = f"引き継ぎました（案件{len(passed.projects)}件、招待{passed.supports + passed.invitations}件）。"
    return flash(request, redirect("/organisation/members"), text)


@router.post("/projects/{project_id}/officer")
def assign(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Take the project, or give it to a colleague."""
    try:
        handover.assign_officer(session, actor, clock, project_id, form.get("membership_id") or None)
    except Invalid as refused:
        return project_page(
            request, actor, session, schema, clock, project_id,
            status=422, faults=refused.faults, typed=form.typed(),
        )  # fmt: skip
    return flash(request, redirect(f"/projects/{project_id}"), "担当者を決めました。")
