"""`/official-lists` and `/agency-tasks`: how new the lists are, and what they give the Agency to do."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.listings.schemas import OwnerOut, owner_out
from app.review import official_tasks
from app.review.desk_schemas import body_example
from app.review.official_tasks import TaskView

router = APIRouter(tags=["デジタル庁"])

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Manager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]


class OfficialListOut(BaseModel):
    """An official list and the day of its newest import (null: never)."""

    name: str
    label: str
    as_of: date | None


class OfficialListsOut(BaseModel):
    """The official lists."""

    items: list[OfficialListOut]
    next: None = None


class TaskOut(BaseModel):
    """Something for the Agency to look into."""

    id: str
    kind: str = Field(
        description="name_changed、name_differs、number_differs、closed、merged、cancelled、missing、dates_differ"
    )
    list_name: str
    organisation: OwnerOut
    subject: str = Field(description="一覧での番号")
    message: str
    as_of: date = Field(description="一覧の現在日")
    status: str = Field(description="open（未対応）、done（対応済み）")
    opened_at: datetime
    done_at: datetime | None
    done_by: str
    done_reason: str


class CompletionIn(BaseModel):
    """What was found and done."""

    model_config = body_example({"reason": "登記を確かめ、組織の名称を直した。"})

    reason: str


def task_out(view: TaskView) -> TaskOut:
    """A task as JSON."""
    return TaskOut(
        id=view.id,
        kind=view.kind,
        list_name=view.list_name,
        organisation=owner_out(view.firm),
        subject=view.subject,
        message=view.message,
        as_of=view.as_of,
        status=view.status,
        opened_at=view.opened_at,
        done_at=view.done_at,
        done_by=view.done_by,
        done_reason=view.done_reason,
    )


@router.get("/official-lists")
def list_official_lists(actor: Reader, session: SessionDep) -> OfficialListsOut:
    """取り込んだ公的な一覧（法人番号、全省庁統一資格、ISMAP）と、その現在日です。"""
    return OfficialListsOut(
        items=[
            OfficialListOut(name=one.name, label=one.label, as_of=one.as_of)
            for one in official_tasks.lists(session, actor)
        ]
    )


@router.get("/agency-tasks")
def list_tasks(
    actor: Reader,
    session: SessionDep,
    paging: PagingDep,
    status: Annotated[
        str | None, Query(max_length=20, description="省くと、未対応", examples=["open"])
    ] = None,
) -> Page[TaskOut]:
    """公的な一覧との違いから生じた確認事項を、古い順に返します。"""
    views, following = official_tasks.task_list(session, actor, paging, status=status)
    return Page(items=[task_out(view) for view in views], next=following)


@router.get("/agency-tasks/{task_id}")
def read_task(task_id: str, actor: Reader, session: SessionDep) -> TaskOut:
    """確認事項を読みます。"""
    return task_out(official_tasks.read_task(session, actor, task_id))


@router.post("/agency-tasks/{task_id}/completion")
def complete_task(
    task_id: str, body: CompletionIn, actor: Manager, session: SessionDep, clock: ClockDep
) -> TaskOut:
    """確認事項を、確かめた結果を書いて終えます。"""
    return task_out(official_tasks.complete(session, actor, clock, task_id, body.reason))
