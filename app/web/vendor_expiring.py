"""The vendor's page of what ends soon, with the declaration that a renewal is under way."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded, settings_of
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.listings import expiring
from app.listings.dependencies import SchemaDep
from app.organisations import renewals
from app.web import list_columns
from app.web.forms import FormDep
from app.web.list_files import ListAskedDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/vendor/expiring", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
Registrar = Annotated[Actor, guarded(Permission.QUALIFICATION_WRITE)]


@router.get("")
def near_ends(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    listed: ListAskedDep,
) -> Response:
    """What ends within six months, and what is in grace, the nearest first."""
    rules = settings_of(request).expiry
    found = expiring.near(session, actor, clock, schema, rules)
    if listed.format:
        return list_file(listed, list_columns.NEAR_ENDS, found, clock)
    listed.total = len(found)
    return render(
        request,
        "vendor/expiring.html",
        found=found,
        listed=listed,
        kinds=list_columns.ENDING_KINDS,
        may_declare=actor.may(Permission.QUALIFICATION_WRITE),
        grace_days=rules.grace_days,
    )


@router.post("/{subject_id}/declaration")
def declare(
    request: Request, subject_id: str, actor: Registrar, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """The renewal is under way."""
    grace = renewals.declare(session, actor, clock, settings_of(request).expiry, subject_id)
    said = f"更新の手続中であることを届け出ました。{grace.until.isoformat()} まで公開を続けられます。"
    return flash(request, redirect("/vendor/expiring"), said)
