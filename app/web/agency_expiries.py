"""The Agency's pages of nights on which much would end at once, and the decision on each."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded, settings_of
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.listings import mass_expiry
from app.web import list_columns
from app.web.forms import Form, FormDep
from app.web.list_files import ListPaging, ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/agency/expiries", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Decider = Annotated[Actor, guarded(Permission.AGREEMENT_DECIDE)]


@router.get("")
def every_hold(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, paging: ListPagingDep
) -> Response:
    """Held nights, newest first."""
    found, following = mass_expiry.page(session, actor, paging)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.HOLDS, found, clock)
    return render(
        request,
        "agency/expiries.html",
        holds=found,
        following=following,
        listed=paging.listed,
        rules=settings_of(request).expiry,
        may_renew=actor.may(Permission.ORGANISATIONS_MANAGE),
    )


@router.get("/{hold_id}")
def read(
    request: Request,
    hold_id: str,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
) -> Response:
    """Which listings would go, and the form of the decision."""
    return _page(request, session, actor, clock, hold_id, paging, Form())


@router.post("/{hold_id}/decision")
def decide(
    request: Request,
    hold_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
) -> Response:
    """Let it happen, or extend."""
    try:
        mass_expiry.decide(
            session,
            actor,
            clock,
            hold_id,
            form.get("verdict"),
            reason=form.get("reason"),
            until=form.get("until"),
        )
    except Invalid as refusal:
        return _page(request, session, actor, clock, hold_id, paging, form, refusal)
    return flash(request, redirect(f"/agency/expiries/{hold_id}"), "決定を記録しました。")


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    hold_id: str,
    paging: ListPaging,
    form: Form,
    refusal: Invalid | None = None,
) -> Response:
    hold = mass_expiry.read(session, actor, hold_id)
    leaving, following = mass_expiry.leaving(session, actor, hold_id, paging)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.LEAVING, leaving, clock)
    return render(
        request,
        "agency/expiry.html",
        status=422 if refusal else 200,
        hold=hold,
        leaving=leaving,
        following=following,
        listed=paging.listed,
        kinds=list_columns.KINDS,
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )
