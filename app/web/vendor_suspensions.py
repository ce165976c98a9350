"""The vendor's pages of suspensions: what is planned or decided, the statement, the objection."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid, NotFound
from app.review import suspension_answers, suspension_views
from app.review.suspension_words import END_KINDS, GROUNDS, SUBJECTS
from app.web import list_columns
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/vendor/suspensions", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
Answerer = Annotated[Actor, guarded(Permission.SUSPENSION_ANSWER)]


@router.get("")
def own_suspensions(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, paging: ListPagingDep
) -> Response:
    """The firm's procedures, newest first."""
    found, following = suspension_views.page(session, actor, clock, paging)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.SUSPENSIONS, found, clock)
    return render(
        request,
        "vendor/suspensions.html",
        suspensions=found,
        listed=paging.listed,
        following=following,
        subjects=SUBJECTS,
    )


@router.get("/{suspension_id}")
def read(
    request: Request, suspension_id: str, actor: Reader, session: SessionDep, clock: ClockDep
) -> Response:
    """One procedure, with the form of what can be said now."""
    return _page(request, session, actor, clock, suspension_id, Form())


@router.post("/{suspension_id}/{verb}")
def say(
    request: Request,
    suspension_id: str,
    verb: str,
    actor: Answerer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """The statement (弁明) or the objection (不服の申出)."""
    acts = {"statement": suspension_answers.state, "objection": suspension_answers.object_to}
    if verb not in acts:
        raise NotFound()
    try:
        acts[verb](session, actor, clock, suspension_id, form.get("text"))
    except Invalid as refusal:
        return _page(request, session, actor, clock, suspension_id, form, refusal, verb)
    said = "弁明を出しました。" if verb == "statement" else "不服を申し出ました。"
    return flash(request, redirect(f"/vendor/suspensions/{suspension_id}"), f"{said}デジタル庁に知らせます。")


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    suspension_id: str,
    form: Form,
    refusal: Invalid | None = None,
    tried: str = "",
) -> Response:
    return render(
        request,
        "vendor/suspension.html",
        status=422 if refusal else 200,
        case=suspension_views.read(session, actor, clock, suspension_id),
        subjects=SUBJECTS,
        grounds=GROUNDS,
        end_kinds=END_KINDS,
        tried_verb=tried,
        today=clock.today(),
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )
