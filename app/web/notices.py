"""お知らせ: what the person was told, and which of it comes by mail as well."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.dependencies import ClockDep
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.notifications import notices
from app.notifications.kinds import KINDS
from app.web import list_columns_people
from app.web.forms import FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.login import PersonDep
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False)

LIST = "/account/notices"


@router.get(LIST)
def list_page(
    request: Request,
    actor: PersonDep,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    unread: Annotated[str, Query()] = "",
) -> Response:
    """Newest first; only the unread ones where asked."""
    only = unread == "1"
    views, following = notices.notices_of(session, actor, paging, unread=only)
    if paging.listed.format:
        return list_file(paging.listed, list_columns_people.NOTICES, views, clock)
    return render(
        request,
        "account/notices.html",
        notices=views,
        listed=paging.listed,
        following=following,
        only=only,
    )


@router.post(f"{LIST}/reading")
def read_all(
    request: Request, form: FormDep, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """All of them were read."""
    notices.mark_all_read(session, actor, clock)
    return flash(request, redirect(LIST), "全て既読にしました。")


@router.post(f"{LIST}/{{notice_id}}")
def open_notice(
    request: Request, notice_id: str, form: FormDep, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Read it, and go to what it is about."""
    return redirect(notices.mark_read(session, actor, clock, notice_id))


@router.get("/account/mail")
def mail_page(request: Request, actor: PersonDep, session: SessionDep) -> Response:
    """Which kinds come by mail."""
    declined = notices.unwanted(session, actor)
    return _mail_page(request, [kind.code for kind in KINDS if kind.code not in declined])


def _mail_page(request: Request, wanted: list[str], refused: Invalid | None = None) -> Response:
    return render(
        request,
        "account/mail.html",
        422 if refused else 200,
        kinds=KINDS,
        wanted=wanted,
        faults=list(refused.faults) if refused else [],
    )


@router.post("/account/mail")
def choose_mail(
    request: Request, form: FormDep, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Choose them."""
    wanted = form.all("wanted")
    try:
        notices.choose_mail(session, actor, clock, wanted)
    except Invalid as refused:
        return _mail_page(request, wanted, refused)
    return flash(request, redirect("/account/mail"), "メールの設定を保存しました。")
