"""`/contracts/{id}/inspections` and `/inspections/{id}`: 検収."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep, page_of
from app.procurement import inspection_views, inspections
from app.procurement.inspection_schemas import (
    AcceptanceIn,
    DueInspectionOut,
    InspectionIn,
    InspectionOut,
    InvoiceReceiptIn,
    ReinspectionIn,
    RejectionIn,
)
from app.procurement.inspection_views import InspectionView
from app.procurement.reach import note_read

router = APIRouter(tags=["確認と検収"], dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]


def _out(view: InspectionView) -> InspectionOut:
    return InspectionOut.model_validate(asdict(view))


@router.get("/contracts/{contract_id}/inspections")
def list_inspections(
    contract_id: str, actor: Reader, session: SessionDep, clock: ClockDep
) -> list[InspectionOut]:
    """契約の検収を、新しい期間の順に全て返します。契約の当事者と監査担当が読めます。"""
    found = inspection_views.inspections_of(session, actor, clock, contract_id)
    return [_out(view) for view in found.rows]


@router.post("/contracts/{contract_id}/inspections", status_code=201)
def record_inspection(
    contract_id: str,
    body: InspectionIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> InspectionOut:
    """期間の給付を記録します。検査の期日は、通知を受けた日から計算します。"""
    view = idempotency.run(
        lambda: inspections.record_inspection(session, actor, clock, contract_id, body),
        lambda known: inspection_views.inspection_of(session, actor, clock, known),
        lambda made: made.id,
    )
    return _out(view)


@router.get("/inspections")
def list_own_inspections(
    actor: Writer, session: SessionDep, clock: ClockDep, paging: PagingDep
) -> Page[DueInspectionOut]:
    """自分の団体の検収を、期日とともに新しい順に返します。"""
    rows, following = inspection_views.inspections_of_body(session, actor, clock, paging)
    return page_of(rows, following, DueInspectionOut.model_validate)


@router.get("/inspections/{inspection_id}")
def read_inspection(inspection_id: str, actor: Reader, session: SessionDep, clock: ClockDep) -> InspectionOut:
    """検収の記録を1つ読みます。"""
    return _out(inspection_views.inspection_of(session, actor, clock, inspection_id))


@router.post("/inspections/{inspection_id}/acceptance")
def accept_inspection(
    inspection_id: str, body: AcceptanceIn, actor: Writer, session: SessionDep, clock: ClockDep
) -> InspectionOut:
    """検査の合格を記録し、事業者に知らせます。"""
    return _out(inspections.accept(session, actor, clock, inspection_id, body))


@router.post("/inspections/{inspection_id}/rejection")
def reject_inspection(
    inspection_id: str, body: RejectionIn, actor: Writer, session: SessionDep, clock: ClockDep
) -> InspectionOut:
    """検査の不合格を記録し、理由を事業者に知らせます。"""
    return _out(inspections.reject(session, actor, clock, inspection_id, body))


@router.post("/inspections/{inspection_id}/reinspection")
def inspect_again(
    inspection_id: str, body: ReinspectionIn, actor: Writer, session: SessionDep, clock: ClockDep
) -> InspectionOut:
    """不合格のものが是正されたことを記録し、検査の期日を数え直します。"""
    return _out(inspections.inspect_again(session, actor, clock, inspection_id, body))


@router.post("/inspections/{inspection_id}/invoice")
def receive_invoice(
    inspection_id: str, body: InvoiceReceiptIn, actor: Writer, session: SessionDep, clock: ClockDep
) -> InspectionOut:
    """請求書を受け取った日を記録します。支払の期日を計算します（支払ったかどうかは管理しません）。"""
    return _out(inspections.receive_invoice(session, actor, clock, inspection_id, body))
