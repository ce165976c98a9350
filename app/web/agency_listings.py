"""The Agency's hold on listings: every firm's entries, suspension with a reason, and its end."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.listings import service as listings
from app.web import list_columns
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/agency/listings", include_in_schema=False)

Keeper = Annotated[Actor, guarded(Permission.LISTING_SUSPEND)]


@router.get("")
def every_listing(
    request: Request,
    actor: Keeper,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    kind: Annotated[str, Query(pattern="^(software|offer)?$")] = "",
    status: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Entries of every firm, newest first."""
    chosen = kind or "software"
    entries, following = listings.all_page(
        session, actor, chosen, clock.today(), paging, status=status.strip() or None
    )
    if paging.listed.format:
        return list_file(paging.listed, list_columns.LISTINGS, entries, clock)
    return render(
        request,
        "agency/listings.html",
        entries=entries,
        following=following,
        listed=paging.listed,
        kind=chosen,
        wanted_status=status.strip(),
        kinds=list_columns.KINDS,
    )


@router.get("/{kind}/{entry_id}/suspension")
def ask(
    request: Request, kind: str, entry_id: str, actor: Keeper, session: SessionDep, clock: ClockDep
) -> Response:
    """Asks for the reason."""
    return _page(request, session, actor, clock, kind, entry_id, Form())


@router.post("/{kind}/{entry_id}/suspension")
def suspend(
    request: Request,
    kind: str,
    entry_id: str,
    actor: Keeper,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Out of the catalogue at once."""
    try:
        view = listings.suspend(session, actor, clock, kind, entry_id, form.get("reason"), form.get("note"))
    except Invalid as refusal:
        return _page(request, session, actor, clock, kind, entry_id, form, refusal)
    return flash(request, redirect(f"/agency/listings?kind={kind}"), f"「{view.name}」の掲載を停止しました。")


@router.post("/{kind}/{entry_id}/resumption")
def resume(
    request: Request,
    kind: str,
    entry_id: str,
    actor: Keeper,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """The suspension ends."""
    view = listings.resume(session, actor, clock, kind, entry_id)
    return flash(request, redirect(f"/agency/listings?kind={kind}"), f"「{view.name}」の停止を終えました。")


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    kind: str,
    entry_id: str,
    form: Form,
    refusal: Invalid | None = None,
) -> Response:
    return render(
        request,
        "agency/suspension.html",
        status=422 if refusal else 200,
        entry=listings.read_entry(session, actor, kind, entry_id, clock.today()),
        kind=kind,
        kinds=list_columns.KINDS,
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )
