"""検索の言葉 as pages: the list with its search, a new word, editing with its history, retiring and restoring."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.search_words import service
from app.search_words.service import WordText
from app.web.forms import Form, FormDep
from app.web.list_files import ListFile, ListPaging, ListPagingDep, list_file
from app.web.pages import flash, redirect, render
from app.web.statuses import status_name
from catalogue_schema.search_words import KINDS

PLACE = "/review/search-words"
router = APIRouter(prefix=PLACE, include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Writer = Annotated[Actor, guarded(Permission.REVIEW_CLAIM)]
Text = Annotated[str, Query(max_length=100)]

WORDS = ListFile(
    "search-words",
    "検索の言葉",
    (
        ("ID", lambda word: word.id),
        ("言葉", lambda word: word.written),
        ("種類", lambda word: word.kind_label),
        ("探す言葉", lambda word: "、".join(word.meant)),
        ("理由と出典", lambda word: word.note),
        ("状態", lambda word: status_name("search_word", word.status)),
    ),
)
"""Rows: `app.search_words.service.WordView`."""


@router.get("")
def every_word(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    of: Text = "",
    q: Text = "",
    retired: Text = "",
) -> Response:
    """The words, narrowed by kind and text, and the form for a new one."""
    wanted = of if of in KINDS else ""
    if paging.listed.format:
        rows, _ = service.list_words(session, paging, kind=wanted, text=q, retired=retired == "1")
        return list_file(paging.listed, WORDS, rows, clock)
    return _list_page(request, session, actor, paging, Form(), narrowed=(wanted, q, retired == "1"))


@router.post("")
def create(
    request: Request,
    actor: Writer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
) -> Response:
    """Keep a new word."""
    try:
        view = service.create(session, actor, clock, _text(form))
    except Invalid as refusal:
        return _list_page(request, session, actor, paging, form, refusal)
    return flash(request, redirect(PLACE), f"「{view.written}」を加えました。次の検索から使われます。")


@router.get("/{word_id}")
def one_word(request: Request, word_id: str, actor: Reader, session: SessionDep) -> Response:
    """The word with its history, and for reviewers the form."""
    return _word_page(request, session, actor, word_id, None)


@router.post("/{word_id}")
def edit(
    request: Request, word_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Change what was on the screen."""
    try:
        service.edit(session, actor, clock, word_id, _text(form), form.get("version") or None)
    except Invalid as refusal:
        return _word_page(request, session, actor, word_id, form, refusal)
    return flash(request, redirect(f"{PLACE}/{word_id}"), "直しました。次の検索から使われます。")


@router.post("/{word_id}/retirement")
def retire(request: Request, word_id: str, actor: Writer, session: SessionDep, clock: ClockDep) -> Response:
    """Let it count no more."""
    view = service.retire(session, actor, clock, word_id)
    return flash(request, redirect(f"{PLACE}/{word_id}"), f"「{view.written}」を廃止しました。")


@router.post("/{word_id}/restoration")
def restore(request: Request, word_id: str, actor: Writer, session: SessionDep, clock: ClockDep) -> Response:
    """Let it count again."""
    view = service.restore(session, actor, clock, word_id)
    return flash(request, redirect(f"{PLACE}/{word_id}"), f"「{view.written}」を戻しました。")


def _text(form: Form) -> WordText:
    return WordText(form.get("kind"), form.get("written"), form.get("meant").splitlines(), form.get("note"))


def _list_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    paging: ListPaging,
    form: Form,
    refusal: Invalid | None = None,
    narrowed: tuple[str, str, bool] = ("", "", False),
) -> Response:
    kind, text, retired = narrowed
    words, following = service.list_words(session, paging, kind=kind, text=text, retired=retired)
    return render(
        request,
        "review/search_words.html",
        status=422 if refusal else 200,
        words=words,
        following=following,
        listed=paging.listed,
        kind=kind,
        text=text,
        retired=retired,
        kinds=list(KINDS.items()),
        table_version=service.table_version(session),
        may_write=actor.may(Permission.REVIEW_CLAIM),
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )


def _word_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    word_id: str,
    form: Form | None,
    refusal: Invalid | None = None,
) -> Response:
    word = service.read_word(session, word_id)
    shown = {"written": word.written, "meant": "\n".join(word.meant), "note": word.note}
    return render(
        request,
        "review/search_word.html",
        status=422 if refusal else 200,
        word=word,
        changes=service.history(session, word_id),
        version=(form.get("version") if form else "") or word.etag,
        may_write=actor.may(Permission.REVIEW_CLAIM),
        typed=form.typed() if form else shown,
        faults=list(refusal.faults) if refusal else [],
    )
