"""`/search-index`: how the index stands, its rebuilds and comparisons (the Agency)."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.catalogue.dependencies import SearchDep
from app.indexing import runs
from app.indexing.schemas import IndexRunIn, IndexRunOut, IndexStatusOut, run_out, status_out
from app.indexing.status import status
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep

router = APIRouter(prefix="/search-index", tags=["デジタル庁"])

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Manager = Annotated[Actor, guarded(Permission.INDEX_MANAGE)]


@router.get("")
def read_status(request: Request, actor: Reader, engine: SearchDep, clock: ClockDep) -> IndexStatusOut:
    """検索の索引の状態（反映を待つ変更、最後の照合、進行中の処理）を読みます。"""
    return status_out(status(request.app.state.database, engine, clock))


@router.get("/runs")
def list_runs(actor: Reader, session: SessionDep, paging: PagingDep) -> Page[IndexRunOut]:
    """索引の作り直しと照合の一覧です（新しい順）。"""
    views, following = runs.page(session, paging)
    return Page(items=[run_out(view) for view in views], next=following)


@router.get("/runs/{run_id}")
def read_run(run_id: str, actor: Reader, session: SessionDep) -> IndexRunOut:
    """作り直しや照合の進み具合と結果を読みます。"""
    return run_out(runs.read(session, run_id))


@router.post("/runs", status_code=202)
def start_run(
    body: IndexRunIn,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> IndexRunOut:
    """索引の作り直しか照合を始めます（ログインしているデジタル庁の管理者）。検索は止まりません。

    同じ種類の処理が進んでいる間は 409 です。
    """
    view = idempotency.run(
        lambda: runs.ask_by(session, actor, clock, body.kind, repair=body.repair),
        lambda known: runs.read(session, known),
        lambda made: made.id,
    )
    response.headers["Location"] = f"/api/v1/search-index/runs/{view.id}"
    return run_out(view)
