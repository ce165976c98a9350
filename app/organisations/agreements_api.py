"""`/agreements`: the master agreement's versions and its life. Suspension and resumption are mounted by `review`."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.organisations import agreement_texts, agreements
from app.organisations.agreements import AgreementView
from app.organisations.schemas import (
    AcceptanceIn,
    AgreementOut,
    AgreementVersionOut,
    ReasonIn,
    SignatureIn,
)

router = APIRouter(prefix="/agreements", tags=["基本契約"])

Reader = Annotated[Actor, guarded(Permission.AGREEMENT_READ)]
Signatory = Annotated[Actor, guarded(Permission.AGREEMENT_SIGN)]
Agency = Annotated[Actor, guarded(Permission.AGREEMENT_DECIDE)]


def _out(view: AgreementView) -> AgreementOut:
    return AgreementOut.model_validate(view)


@router.get("")
def list_agreements(
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: PagingDep,
    status: Annotated[str | None, Query(max_length=40, examples=["active"])] = None,
) -> Page[AgreementOut]:
    """基本契約の一覧

    事業者には自分のもの、デジタル庁にはすべてを新しい順に示します。
    """
    views, following = agreements.list_agreements(session, actor, clock, paging, status=status)
    return Page(items=[_out(view) for view in views], next=following)


@router.get("/versions")
def list_versions(session: SessionDep) -> Page[AgreementVersionOut]:
    """基本契約の文面の版

    新しい順です。だれでも読めます。
    """
    rows = agreement_texts.list_versions(session)
    return Page(items=[AgreementVersionOut.model_validate(row) for row in rows])


@router.post("", status_code=201)
def offer_agreement(
    actor: Signatory, session: SessionDep, clock: ClockDep, idempotency: IdempotencyDep
) -> AgreementOut:
    """基本契約の手続きを始める

    いま有効な版で始めます。続けて署名してください。
    """
    view = idempotency.run(
        lambda: agreements.offer_agreement(session, actor, clock),
        lambda made: agreements.get_agreement(session, actor, clock, made),
        lambda made: made.id,
    )
    return _out(view)


@router.get("/{agreement_id}")
def read_agreement(agreement_id: str, actor: Reader, session: SessionDep, clock: ClockDep) -> AgreementOut:
    """基本契約一件"""
    return _out(agreements.get_agreement(session, actor, clock, agreement_id))


@router.post("/{agreement_id}/signature")
def sign_agreement(
    agreement_id: str, body: SignatureIn, actor: Signatory, session: SessionDep, clock: ClockDep
) -> AgreementOut:
    """基本契約に署名する

    事業者の権限のある人が、職名を添えて署名します。
    """
    view = agreements.sign_agreement(
        session, actor, clock, agreement_id, signatory_title=body.signatory_title
    )
    return _out(view)


@router.post("/{agreement_id}/acceptance")
def accept_agreement(
    agreement_id: str, body: AcceptanceIn, actor: Agency, session: SessionDep, clock: ClockDep
) -> AgreementOut:
    """基本契約を承諾する（デジタル庁）"""
    view = agreements.accept_agreement(
        session, actor, clock, agreement_id, starts_on=body.starts_on, ends_on=body.ends_on
    )
    return _out(view)


@router.post("/{agreement_id}/termination")
def terminate_agreement(
    agreement_id: str, body: ReasonIn, actor: Agency, session: SessionDep, clock: ClockDep
) -> AgreementOut:
    """基本契約を終了する（デジタル庁）

    署名だけされたものを断るときも使います。
    """
    return _out(agreements.terminate_agreement(session, actor, clock, agreement_id, reason=body.reason))
