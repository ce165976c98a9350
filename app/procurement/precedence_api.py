"""`/contracts/{id}/terms` and `/contracts/{id}/deviations`: whose terms win, and what is asked to be otherwise."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.http import etag
from app.procurement import precedence
from app.procurement.precedence_schemas import (
    DeviationAnswerIn,
    DeviationIn,
    DeviationOut,
    PrecedenceIn,
    PrecedenceOut,
)
from app.procurement.precedence_views import DeviationView, PrecedenceView
from app.procurement.reach import note_read

router = APIRouter(prefix="/contracts/{contract_id}", tags=["個別契約"], dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
Answerer = Annotated[Actor, guarded(Permission.CONTRACT_CONFIRM)]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="送れば、読んだときのものだけを置き換えます")
]


def _tagged(response: Response, found: PrecedenceView) -> PrecedenceOut:
    response.headers["ETag"] = etag(found.digest)
    return PrecedenceOut.model_validate(found)


def _found(session: SessionDep, actor: Actor, contract_id: str, deviation_id: str) -> DeviationView:
    found = precedence.terms_of(session, actor, contract_id)
    return next(one for one in found.deviations if one.id == deviation_id)


@router.get("/terms")
def read_terms(contract_id: str, actor: Reader, session: SessionDep, response: Response) -> PrecedenceOut:
    """契約の文書を優先する順に、本文とハッシュ値とともに返します。申し入れと回答も含みます。"""
    return _tagged(response, precedence.terms_of(session, actor, contract_id))


@router.put("/terms")
def state_terms(
    contract_id: str,
    body: PrecedenceIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> PrecedenceOut:
    """契約の文書と優先する順を定めます。事業者か団体の承認者が確認するまで、何度でも置き換えられます。"""
    plain = if_match.strip('"') if if_match is not None else None
    return _tagged(response, precedence.state_texts(session, actor, clock, contract_id, body, plain))


@router.post("/deviations", status_code=201)
def ask_deviation(
    contract_id: str,
    body: DeviationIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> DeviationOut:
    """文書の条項と違う扱いを事業者に申し入れます。事業者が答えるまで、契約は確認されません。"""
    made = idempotency.run(
        lambda: precedence.ask_deviation(session, actor, clock, contract_id, body),
        lambda id_: _found(session, actor, contract_id, id_),
        lambda view: view.id,
    )
    return DeviationOut.model_validate(made)


@router.post("/deviations/{deviation_id}/withdrawal")
def withdraw_deviation(
    contract_id: str, deviation_id: str, actor: Writer, session: SessionDep, clock: ClockDep
) -> DeviationOut:
    """申し入れを取り下げます。応じると回答されたものは取り下げられません。"""
    done = precedence.withdraw_deviation(session, actor, clock, contract_id, deviation_id)
    return DeviationOut.model_validate(done)


@router.post("/deviations/{deviation_id}/acceptance")
def accept_deviation(
    contract_id: str,
    deviation_id: str,
    body: DeviationAnswerIn,
    actor: Answerer,
    session: SessionDep,
    clock: ClockDep,
) -> DeviationOut:
    """事業者の管理者が、理由とともに申し入れに応じます。"""
    done = precedence.answer_deviation(session, actor, clock, contract_id, deviation_id, "acceptance", body)
    return DeviationOut.model_validate(done)


@router.post("/deviations/{deviation_id}/decline")
def decline_deviation(
    contract_id: str,
    deviation_id: str,
    body: DeviationAnswerIn,
    actor: Answerer,
    session: SessionDep,
    clock: ClockDep,
) -> DeviationOut:
    """事業者の管理者が、理由とともに申し入れを断ります。"""
    done = precedence.answer_deviation(session, actor, clock, contract_id, deviation_id, "decline", body)
    return DeviationOut.model_validate(done)
