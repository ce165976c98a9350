"""定型文 as pages: the reviewers' list, a new one, editing, retiring."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.review import phrases
from app.review.reasons import reasons
from app.web import list_columns_people
from app.web.forms import Form, FormDep
from app.web.list_files import ListAskedDep, ListLinks, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/review/phrases", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Claimer = Annotated[Actor, guarded(Permission.REVIEW_CLAIM)]


@router.get("")
def every_phrase(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, listed: ListAskedDep
) -> Response:
    """The phrases, and the form for a new one."""
    if listed.format:
        found = phrases.list_phrases(session, actor, retired=True)
        return list_file(listed, list_columns_people.PHRASES, found, clock)
    return _list_page(request, session, actor, Form())


@router.post("")
def create(request: Request, actor: Claimer, form: FormDep, session: SessionDep, clock: ClockDep) -> Response:
    """Keep a new phrase."""
    try:
        phrases.create(session, actor, clock, form.get("title"), form.get("reason_code"), form.get("text"))
    except Invalid as refusal:
        return _list_page(request, session, actor, form, refusal)
    return flash(request, redirect("/review/phrases"), "定型文を作りました。")


@router.get("/{phrase_id}")
def ask(request: Request, phrase_id: str, actor: Claimer, session: SessionDep) -> Response:
    """The form for editing."""
    return _edit_page(request, session, actor, phrase_id, None)


@router.post("/{phrase_id}")
def edit(
    request: Request, phrase_id: str, actor: Claimer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Change what was on the screen."""
    try:
        phrases.edit(
            session,
            actor,
            clock,
            phrase_id,
            form.get("title"),
            form.get("reason_code"),
            form.get("text"),
            form.get("version") or None,
        )
    except Invalid as refusal:
        return _edit_page(request, session, actor, phrase_id, form, refusal)
    return flash(request, redirect("/review/phrases"), "定型文を直しました。")


@router.post("/{phrase_id}/retirement")
def retire(
    request: Request, phrase_id: str, actor: Claimer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Offer it no more."""
    phrases.retire(session, actor, clock, phrase_id)
    return flash(request, redirect("/review/phrases"), "定型文を廃止しました。")


def _list_page(
    request: Request, session: SessionDep, actor: Actor, form: Form, refusal: Invalid | None = None
) -> Response:
    found = phrases.list_phrases(session, actor, retired=True)
    return render(
        request,
        "review/phrases.html",
        status=422 if refusal else 200,
        phrases=found,
        listed=ListLinks("/review/phrases", len(found)),
        may_claim=actor.may(Permission.REVIEW_CLAIM),
        reasons=[(row.code, row.ja) for row in reasons()],
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )


def _edit_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    phrase_id: str,
    form: Form | None,
    refusal: Invalid | None = None,
) -> Response:
    phrase = phrases.read_phrase(session, actor, phrase_id)
    shown = {"title": phrase.title, "reason_code": phrase.reason_code, "text": phrase.text}
    return render(
        request,
        "review/phrase.html",
        status=422 if refusal else 200,
        phrase=phrase,
        reasons=[(row.code, row.ja) for row in reasons()],
        version=(form.get("version") if form else "") or phrase.etag,
        typed=form.typed() if form else shown,
        faults=list(refusal.faults) if refusal else [],
    )
