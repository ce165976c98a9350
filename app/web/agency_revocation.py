"""Published in error, as a page of the Agency: what is live is taken back with a reason and a public note."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.listings import service as listings
from app.review import revocation
from app.web.forms import Form, FormDep
from app.web.list_columns import KINDS
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/agency/listings", include_in_schema=False)

Keeper = Annotated[Actor, guarded(Permission.LISTING_SUSPEND)]


@router.get("/{kind}/{entry_id}/revocation")
def ask(
    request: Request, kind: str, entry_id: str, actor: Keeper, session: SessionDep, clock: ClockDep
) -> Response:
    """Says what will be public afterwards, and asks for reason and note."""
    return _page(request, session, actor, clock, kind, entry_id, Form())


@router.post("/{kind}/{entry_id}/revocation")
def revoke(
    request: Request,
    kind: str,
    entry_id: str,
    actor: Keeper,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Take back the revision that was on the screen."""
    try:
        view = revocation.revoke(
            session,
            actor,
            clock,
            kind,
            entry_id,
            form.get("revision_id"),
            form.get("reason"),
            form.get("note"),
        )
    except Invalid as refusal:
        return _page(request, session, actor, clock, kind, entry_id, form, refusal)
    said = f"「{view.name}」の誤って公開された版を取り消しました。"
    return flash(request, redirect(f"/agency/listings?kind={kind}"), said)


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
    entry = listings.read_entry(session, actor, kind, entry_id, clock.today())
    before = listings.live_before(session, entry.id, entry.live.id) if entry.live else None
    return render(
        request,
        "agency/revocation.html",
        status=422 if refusal else 200,
        entry=entry,
        before=before,
        kind=kind,
        kinds=KINDS,
        shown_revision=form.get("revision_id") or (entry.live.id if entry.live else ""),
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )
