"""`/contracts`, and the public summaries of contracts under `/software/{id}/contracts`."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.http import etag
from app.kit.pagination import Page, PagingDep, page_of
from app.procurement import contract_answers, contracts
from app.procurement.contract_outputs import (
    ContractListed,
    ContractOut,
    SummaryOut,
    contract_out,
    listed_out,
    summary_out,
)
from app.procurement.contract_schemas import AmendmentIn, AnswerIn, ContractIn, DisputeIn, TerminationIn
from app.procurement.contract_views import ContractCard, ContractView
from app.procurement.reach import ContractReader, note_read

router = APIRouter(prefix="/contracts", tags=["個別契約"], dependencies=[Depends(note_read)])
public_router = APIRouter(tags=["個別契約"])


Reader = Annotated[Actor, Depends(ContractReader(Permission.CONTRACT_READ))]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
Answerer = Annotated[Actor, guarded(Permission.CONTRACT_CONFIRM)]


def _tag(response: Response, found: ContractView | ContractCard) -> ContractOut:
    card = found if isinstance(found, ContractCard) else found.card
    response.headers["ETag"] = etag(card.id, card.version, card.status)
    return contract_out(found)


@router.get("")
def list_contracts(
    actor: Reader, session: SessionDep, clock: ClockDep, paging: PagingDep
) -> Page[ContractListed]:
    """自分の団体、または自社の契約を新しい順に返します。デジタル庁と監査担当には全ての契約を返します。"""
    cards, following = contracts.contracts_of(session, actor, clock, paging)
    return page_of(cards, following, listed_out)


@router.post("", status_code=201)
def record_contract(
    body: ContractIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> ContractOut:
    """確定した選定にもとづく契約を記録し、事業者に確認を求めます。合計は計算し、違う額は正しい額とともに断ります。"""
    found = idempotency.run(
        lambda: contracts.record_contract(session, actor, clock, body),
        lambda id_: cast(ContractView, contracts.contract_of(session, actor, clock, id_)),
        lambda made: made.card.id,
    )
    return _tag(response, found)


@router.get("/{contract_id}")
def read_contract(
    contract_id: str, actor: Reader, session: SessionDep, clock: ClockDep, response: Response
) -> ContractOut:
    """契約を読みます。当事者は全ての版を、デジタル庁は登録された事実だけを読めます。"""
    return _tag(response, contracts.contract_of(session, actor, clock, contract_id))


@router.post("/{contract_id}/confirmation")
def confirm_contract(
    contract_id: str,
    actor: Answerer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    body: AnswerIn | None = None,
) -> ContractOut:
    """事業者の管理者が契約を確認します。団体の承認者が行うと、団体としての確認になります。"""
    given = body or AnswerIn()
    return _tag(response, contract_answers.confirm_contract(session, actor, clock, contract_id, given))


@router.post("/{contract_id}/dispute")
def dispute_contract(
    contract_id: str,
    body: DisputeIn,
    actor: Answerer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> ContractOut:
    """事業者の管理者が、理由とともに異議を申し出ます。"""
    return _tag(response, contract_answers.dispute_contract(session, actor, clock, contract_id, body))


@router.post("/{contract_id}/amendments", status_code=201)
def amend_contract(
    contract_id: str,
    body: AmendmentIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> ContractOut:
    """契約を変更します。新しい版になり、事業者が改めて回答します。"""
    found = idempotency.run(
        lambda: contracts.amend_contract(session, actor, clock, contract_id, body),
        lambda id_: cast(ContractView, contracts.contract_of(session, actor, clock, id_)),
        lambda made: made.card.id,
    )
    return _tag(response, found)


@router.post("/{contract_id}/termination")
def terminate_contract(
    contract_id: str,
    body: TerminationIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> ContractOut:
    """契約を期間の途中で終わらせます。"""
    return _tag(response, contracts.terminate_contract(session, actor, clock, contract_id, body))


@public_router.get("/software/{software_id}/contracts")
def list_published_contracts(
    software_id: str, session: SessionDep, clock: ClockDep, paging: PagingDep
) -> Page[SummaryOut]:
    """団体が公表している契約の概要です。公表しない団体の契約は含みません。"""
    found, following = contracts.published_contracts(session, clock, software_id, paging)
    return page_of(found, following, summary_out)
