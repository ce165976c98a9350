"""選定の結果: what a vendor was told after decisions about its listings, and its one question about each."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.procurement import outcomes
from app.procurement.inputs import parse
from app.procurement.outcome_schemas import OutcomeQuestionIn
from app.web.forms import FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.outcome_words import OUTCOMES_TOLD, RESULTS
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/vendor/outcomes", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.OUTCOME_READ)]
Asker = Annotated[Actor, guarded(Permission.OUTCOME_ASK)]


@router.get("")
def list_page(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, paging: ListPagingDep
) -> Response:
    """What the firm was told, newest first."""
    views, following = outcomes.told_to(session, actor, clock, paging)
    if paging.listed.format:
        return list_file(paging.listed, OUTCOMES_TOLD, views, clock)
    return render(
        request,
        "vendor/outcomes.html",
        outcomes=views,
        next=following,
        listed=paging.listed,
        RESULTS=RESULTS,
    )


def _page(
    request: Request,
    actor: Actor,
    session: SessionDep,
    clock: ClockDep,
    outcome_id: str,
    status: int = 200,
    faults: Sequence[FieldFault] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    view = outcomes.outcome_told(session, actor, clock, outcome_id)
    return render(
        request,
        "vendor/outcome.html",
        status,
        outcome=view,
        may_ask=actor.may(Permission.OUTCOME_ASK),
        typed=typed or {},
        faults=list(faults),
        RESULTS=RESULTS,
    )


@router.get("/{outcome_id}")
def page(outcome_id: str, request: Request, actor: Reader, session: SessionDep, clock: ClockDep) -> Response:
    """One outcome with the question and its answer."""
    return _page(request, actor, session, clock, outcome_id)


@router.post("/{outcome_id}/question")
def ask(
    outcome_id: str, request: Request, form: FormDep, actor: Asker, session: SessionDep, clock: ClockDep
) -> Response:
    """Ask the body once."""
    try:
        given = parse(OutcomeQuestionIn, {"question": form.get("question")})
    except Invalid as refused:
        return _page(request, actor, session, clock, outcome_id, 422, refused.faults, form.typed())
    outcomes.ask(session, actor, clock, outcome_id, given.question)
    return flash(
        request, redirect(f"/vendor/outcomes/{outcome_id}"), "質問を送りました。回答はメールでも届きます。"
    )
