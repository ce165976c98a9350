"""The Agency's list of every firm's entries, from which suspensions begin (`agency_suspensions`)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.listings import service as listings
from app.web import list_columns
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import render

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
