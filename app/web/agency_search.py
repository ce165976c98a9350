"""The Agency's page of the search index: how it stands, and what is done with the whole of it."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.catalogue.dependencies import SearchDep
from app.indexing import runs
from app.indexing.status import status
from app.kit.database import SessionDep
from app.kit.errors import Conflict
from app.web.forms import FormDep
from app.web.list_files import ListFile, ListPagingDep, list_file
from app.web.pages import flash, redirect, render
from app.web.statuses import status_name

router = APIRouter(prefix="/agency/search", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Manager = Annotated[Actor, guarded(Permission.INDEX_MANAGE)]

RUNS = ListFile(
    "search-index-runs",
    "索引の処理の一覧",
    (
        ("ID", lambda run: run.id),
        ("処理", lambda run: run.kind_name),
        ("きっかけ", lambda run: run.reason_name),
        ("状態", lambda run: status_name("index_run", run.status)),
        ("件数", lambda run: run.documents),
        ("違い", lambda run: run.differing),
        ("直した数", lambda run: run.repaired),
        ("世代", lambda run: run.generation),
        ("照合値", lambda run: run.checksum),
        ("受付", lambda run: run.created_at),
        ("終了", lambda run: run.finished_at),
    ),
)
"""Rows: `app.indexing.runs.RunView`."""
WHAT = {"missing": "索引にない", "outdated": "内容が古い", "surplus": "余分"}


@router.get("")
def overview(
    request: Request,
    actor: Reader,
    session: SessionDep,
    engine: SearchDep,
    clock: ClockDep,
    paging: ListPagingDep,
) -> Response:
    """The state and every run; the page loads itself anew while one is under way."""
    views, following = runs.page(session, paging)
    if paging.listed.format:
        return list_file(paging.listed, RUNS, views, clock)
    return render(
        request,
        "agency/search.html",
        state=status(request.app.state.database, engine, clock),
        runs=views,
        following=following,
        listed=paging.listed,
        may_manage=actor.may(Permission.INDEX_MANAGE),
    )


@router.post("/runs")
def start(request: Request, actor: Manager, form: FormDep, session: SessionDep, clock: ClockDep) -> Response:
    """Queues a rebuild or a comparison; where one is under way, says so."""
    done = redirect("/agency/search")
    try:
        view = runs.ask_by(session, actor, clock, form.get("kind"), repair=form.get("repair") == "true")
    except Conflict as refusal:
        return flash(request, done, refusal.detail, "warning")
    return flash(request, done, f"索引の{view.kind_name}を始めます。")


@router.get("/runs/{run_id}")
def run(request: Request, run_id: str, actor: Reader, session: SessionDep) -> Response:
    """One run with the first differences that it found."""
    return render(request, "agency/search_run.html", run=runs.read(session, run_id), what=WHAT)
