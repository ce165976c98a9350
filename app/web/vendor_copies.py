"""Answers taken over between the vendor's own entries: choose, see what changes, confirm; new from last year's."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, PreconditionFailed
from app.listings import service as listings
from app.listings.dependencies import SchemaDep
from app.web.forms import FormDep
from app.web.pages import flash, redirect, render
from app.web.vendor import PLACES, Writer
from app.web.vendor_entries import NOUNS, own
from catalogue_schema import Schema


def _router(kind: str) -> APIRouter:
    router = APIRouter(prefix=PLACES[kind], include_in_schema=False)

    @router.get("/{entry_id}/copies")
    def choose(
        request: Request,
        entry_id: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        source: Annotated[str, Query(max_length=60)] = "",
        groups: Annotated[list[str], Query()] = [],  # noqa: B006  # FastAPI copies it for each request
    ) -> Response:
        """Which entry and which sections; with both chosen, what would change."""
        if not source and not groups:
            return _page(request, session, actor, clock, schema, kind, entry_id, "", [], None, [])
        try:
            copying = listings.preview_copy(session, actor, clock, schema, kind, entry_id, source, groups)
        except Invalid as refusal:
            faults = list(refusal.faults)
            return _page(request, session, actor, clock, schema, kind, entry_id, source, groups, None, faults)
        return _page(request, session, actor, clock, schema, kind, entry_id, source, groups, copying, [])

    @router.post("/{entry_id}/copies")
    def copy(
        request: Request,
        entry_id: str,
        actor: Writer,
        form: FormDep,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> Response:
        """Takes them over as they were shown."""
        source, groups = form.get("source"), form.all("groups")
        try:
            listings.copy_answers(
                session, actor, clock, schema, kind, entry_id, source, groups, form.get("version") or None
            )
        except Invalid as refusal:
            faults = list(refusal.faults)
            return _page(request, session, actor, clock, schema, kind, entry_id, source, groups, None, faults)
        except PreconditionFailed:
            message = "画面を開いた後に、この掲載が更新されました。"
            fault = FieldFault("/source", "stale", message, "変わるところを、もう一度確かめてください。")
            return _page(
                request, session, actor, clock, schema, kind, entry_id, source, groups, None, [fault], 412
            )
        done = redirect(f"{PLACES[kind]}/{entry_id}")
        return flash(request, done, "回答を写しました。内容を確かめてから申請してください。")

    @router.post("/{entry_id}/duplication")
    def duplicate(
        request: Request,
        entry_id: str,
        actor: Writer,
        form: FormDep,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> Response:
        """A new draft with the answers of this entry (last year's plan as this year's)."""
        source = own(session, actor, clock, kind, entry_id)
        if kind == "software":
            made = listings.register_software(session, actor, clock, schema, {}, source.id)
        else:
            software_id = source.software_id or ""
            made = listings.register_offer(session, actor, clock, schema, software_id, {}, source.id)
        first = schema.groups(kind)[0].name
        done = redirect(f"{PLACES[kind]}/{made.id}/edit/{first}")
        text = f"「{source.name}」を元に、新しい下書きを登録しました（{made.id}）。名称から確かめてください。"
        return flash(request, done, text)

    return router


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    kind: str,
    entry_id: str,
    source: str,
    groups: list[str],
    copying: listings.Copying | None,
    faults: list[FieldFault],
    status: int = 422,
) -> Response:
    entry = own(session, actor, clock, kind, entry_id)
    others = [
        (other.id, f"{other.name}（{other.id}）")
        for other in listings.owned_entries(session, actor, kind, clock.today())
        if other.id != entry_id
    ]
    return render(
        request,
        "vendor/copies.html",
        status=status if faults else 200,
        entry=entry,
        noun=NOUNS[kind],
        address=f"{PLACES[kind]}/{entry_id}",
        others=others,
        source=source,
        groups=groups,
        group_options=[(group.name, group.label_ja) for group in schema.groups(kind)],
        copying=copying,
        faults=faults,
    )


router = APIRouter()
for _kind in PLACES:
    router.include_router(_router(_kind))
