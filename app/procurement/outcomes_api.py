"""`/outcomes` for vendors, and a project's outcomes for the body."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep, page_of
from app.listings.dependencies import SchemaDep
from app.procurement import outcomes
from app.procurement.outcome_schemas import (
    OutcomeAnswerIn,
    OutcomeOut,
    OutcomeQuestionIn,
    OutcomeReasonIn,
    Outcomes,
    outcome_out,
)
from app.procurement.reach import note_read

router = APIRouter(prefix="/outcomes", tags=["選定の結果"])
of_project_router = APIRouter(prefix="/projects", tags=["選定の結果"], dependencies=[Depends(note_read)])

Told = Annotated[Actor, guarded(Permission.OUTCOME_READ)]
Asker = Annotated[Actor, guarded(Permission.OUTCOME_ASK)]
Reader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="読んだときの ETag")]


@router.get("")
def list_outcomes(actor: Told, session: SessionDep, clock: ClockDep, paging: PagingDep) -> Page[OutcomeOut]:
    """自社に通知された選定の結果を、新しい順に返します。自社についての理由だけを含みます。"""
    views, following = outcomes.told_to(session, actor, clock, paging)
    return page_of(views, following, outcome_out)


@router.get("/{outcome_id}")
def read_outcome(outcome_id: str, actor: Told, session: SessionDep, clock: ClockDep) -> OutcomeOut:
    """自社に通知された選定の結果を一つ読みます。"""
    return outcome_out(outcomes.outcome_told(session, actor, clock, outcome_id))


@router.post("/{outcome_id}/question")
def ask(
    outcome_id: str, body: OutcomeQuestionIn, actor: Asker, session: SessionDep, clock: ClockDep
) -> OutcomeOut:
    """結果について団体に質問する

    一つの結果に1回だけ、期限（`ask_until`）までです。2回目は409（outcome-asked）です。
    """
    return outcome_out(outcomes.ask(session, actor, clock, outcome_id, body.question))


@of_project_router.get("/{project_id}/outcomes")
def list_project_outcomes(project_id: str, actor: Reader, session: SessionDep, clock: ClockDep) -> Outcomes:
    """候補となった事業者への通知と、質問・回答の一覧です。決裁または中止のときに作られます。"""
    views = outcomes.outcomes_of(session, actor, clock, project_id)
    return Outcomes(items=[outcome_out(view) for view in views])


@of_project_router.get("/{project_id}/outcomes/{outcome_id}")
def read_project_outcome(
    project_id: str,
    outcome_id: str,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> OutcomeOut:
    """一つの事業者への通知を読みます。"""
    view = outcomes.outcome_of(session, actor, clock, project_id, outcome_id)
    response.headers["ETag"] = outcomes.tag_of(view)
    return outcome_out(view)


@of_project_router.patch("/{project_id}/outcomes/{outcome_id}")
def revise_reason(
    project_id: str,
    outcome_id: str,
    body: OutcomeReasonIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    response: Response,
    if_match: IfMatch = None,
) -> OutcomeOut:
    """通知の前に、その事業者への理由を直す

    ほかの事業者・製品の名称や予定価格の額を含む文は、受け付けません。
    """
    view = outcomes.revise_reason(
        session, actor, clock, schema, project_id, outcome_id, if_match, body.reason
    )
    response.headers["ETag"] = outcomes.tag_of(view)
    return outcome_out(view)


@of_project_router.post("/{project_id}/outcomes/notification")
def notify(
    project_id: str,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    settings: SettingsDep,
) -> Outcomes:
    """まだ通知していない全ての事業者に、結果と理由を通知します。空の理由は、まとめて422で返します。"""
    views = outcomes.send(session, settings, actor, clock, schema, project_id)
    return Outcomes(items=[outcome_out(view) for view in views])


@of_project_router.post("/{project_id}/outcomes/{outcome_id}/answer")
def answer(
    project_id: str,
    outcome_id: str,
    body: OutcomeAnswerIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> OutcomeOut:
    """事業者の質問に回答します。回答は後から変えられません。"""
    return outcome_out(outcomes.answer(session, actor, clock, schema, project_id, outcome_id, body.answer))
