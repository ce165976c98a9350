"""The Agency's page of tasks that official lists opened, each finished with a reason."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.review import official_tasks
from app.review.lifecycle import TASK
from app.web import list_columns
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/agency/tasks", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Manager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]


@router.get("")
def every_task(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    status: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Tasks, oldest first, and how new the lists are."""
    wanted = status.strip()
    tasks, following = official_tasks.task_list(session, actor, paging, status=wanted or None)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.TASKS, tasks, clock)
    return render(
        request,
        "agency/tasks.html",
        tasks=tasks,
        listed=paging.listed,
        following=following,
        wanted=wanted,
        statuses=TASK.statuses,
        lists=official_tasks.lists(session, actor),
    )


@router.get("/{task_id}")
def read(request: Request, task_id: str, actor: Reader, session: SessionDep) -> Response:
    """One task, with the form that finishes it."""
    return _page(request, session, actor, task_id, Form())


@router.post("/{task_id}/completion")
def complete(
    request: Request, task_id: str, actor: Manager, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Finish it."""
    try:
        official_tasks.complete(session, actor, clock, task_id, form.get("reason"))
    except Invalid as refusal:
        return _page(request, session, actor, task_id, form, refusal)
    return flash(request, redirect("/agency/tasks"), "確認事項を終えました。")


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    task_id: str,
    form: Form,
    refusal: Invalid | None = None,
) -> Response:
    return render(
        request,
        "agency/task.html",
        status=422 if refusal else 200,
        task=official_tasks.read_task(session, actor, task_id),
        may_complete=actor.may(Permission.ORGANISATIONS_MANAGE),
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )
