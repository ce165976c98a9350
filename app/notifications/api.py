"""`/me/notices` and `/me/mail`: what the person was told, and by which mail."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.access.dependencies import ActorDep, ClockDep
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.notifications import notices
from app.notifications.kinds import KINDS

router = APIRouter(prefix="/me", tags=["自分"])


class NoticeOut(BaseModel):
    """One notice. `path` is the page of the site that it is about; `read_at` is null until it was read."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    kind_label: str
    subject: str
    body: str
    path: str
    organisation_name: str
    created_at: datetime
    read_at: datetime | None


class MailKindOut(BaseModel):
    """One kind of message: whether it comes by mail, and whether that can be declined at all."""

    kind: str
    label: str
    about: str
    mailed: bool
    always: bool


class MailOut(BaseModel):
    """Every kind."""

    items: list[MailKindOut]
    next: None = None


class MailIn(BaseModel):
    """The kinds that shall come by mail; those that always come need not be named."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"wanted": ["review", "contract"]}]}
    )

    wanted: Annotated[list[str], Field(max_length=100)]


@router.get("/notices")
def list_notices(
    actor: ActorDep,
    session: SessionDep,
    paging: PagingDep,
    unread: Annotated[bool, Query(description="まだ読んでいないものだけにする")] = False,
) -> Page[NoticeOut]:
    """自分へのお知らせ

    新しい順です。APIトークンでは、そのトークンの組織でのものだけを読めます。
    """
    views, following = notices.notices_of(session, actor, paging, unread=unread)
    return Page(items=[NoticeOut.model_validate(view) for view in views], next=following)


@router.put("/notices/{notice_id}/reading", status_code=204)
def mark_read(notice_id: str, actor: ActorDep, session: SessionDep, clock: ClockDep) -> None:
    """お知らせを既読にする"""
    notices.mark_read(session, actor, clock, notice_id)


def _mail(session: SessionDep, actor: ActorDep) -> MailOut:
    declined = notices.unwanted(session, actor)
    return MailOut(
        items=[
            MailKindOut(
                kind=kind.code,
                label=kind.label,
                about=kind.about,
                mailed=kind.always or kind.code not in declined,
                always=kind.always,
            )
            for kind in KINDS
        ]
    )


@router.get("/mail")
def read_mail(actor: ActorDep, session: SessionDep) -> MailOut:
    """どの種類のお知らせをメールでも受け取るか"""
    return _mail(session, actor)


@router.put("/mail")
def choose_mail(body: MailIn, actor: ActorDep, session: SessionDep, clock: ClockDep) -> MailOut:
    """メールで受け取る種類を選ぶ

    選ばなかった種類も、サイトのお知らせには残ります。ログインした本人だけが変えられます。
    """
    notices.choose_mail(session, actor, clock, body.wanted)
    return _mail(session, actor)
