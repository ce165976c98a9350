"""検収 as pages: one page for each contract, which both sides read, and the buyer's small forms on it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.procurement import inspection_views, inspections
from app.procurement.inputs import parse
from app.procurement.inspection_schemas import (
    AcceptanceIn,
    InspectionIn,
    InvoiceReceiptIn,
    ReinspectionIn,
    RejectionIn,
)
from app.procurement.inspection_views import InspectionView
from app.procurement.reach import note_read
from app.web import list_columns
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
LEVELS = {"met": "達成した", "missed": "達成しなかった", "not_agreed": "合意していない"}
Given = TypeVar("Given", bound=BaseModel)


def _page(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, contract_id: str,
    typed: Mapping[str, str] | None = None, status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    found = inspection_views.inspections_of(session, actor, clock, contract_id)
    vendor = found.subject.side == "vendor"
    home = ("受けた契約", "/vendor/contracts") if vendor else ("個別契約", "/contracts")
    path = found.subject.path
    if vendor and found.subject.contract_id:
        path = f"/vendor/contracts/{contract_id}"
    return render(
        request,
        "buyer/inspections.html",
        status,
        found=found,
        subject=found.subject,
        back=(home, (found.subject.number, path)),
        may_write=found.subject.side == "buyer"
        and found.subject.open
        and actor.may(Permission.CONTRACT_WRITE),
        levels=LEVELS,
        typed=typed or {},
        faults=list(faults),
    )


@router.get("/inspections")
def list_page(
    request: Request, actor: Writer, session: SessionDep, clock: ClockDep, paging: ListPagingDep
) -> Response:
    """All inspections of the body with their due dates."""
    rows, following = inspection_views.inspections_of_body(session, actor, clock, paging)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.INSPECTIONS, rows, clock)
    return render(request, "buyer/inspection_list.html", rows=rows, next=following, listed=paging.listed)


@router.get("/inspections/{inspection_id}")
def one(inspection_id: str, actor: Reader, session: SessionDep, clock: ClockDep) -> Response:
    """Leads to its place on the contract's page."""
    found = inspection_views.inspection_of(session, actor, clock, inspection_id)
    return redirect(f"/contracts/{found.contract_id}/inspections#{inspection_id}")


@router.get("/contracts/{contract_id}/inspections")
def inspections_page(
    contract_id: str, request: Request, actor: Reader, session: SessionDep, clock: ClockDep
) -> Response:
    """All inspections of a contract; the vendor reads those of its own."""
    return _page(request, actor, session, clock, contract_id)


@router.post("/contracts/{contract_id}/inspections")
def record_inspection(
    contract_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Record a period: that of an invoice, or one that was typed."""
    values = {name: form.get(name) for name in InspectionIn.model_fields}
    chosen = form.get("period")
    if ".." in chosen:
        values["period_from"], _, values["period_to"] = chosen.partition("..")
    try:
        made = inspections.record_inspection(session, actor, clock, contract_id, parse(InspectionIn, values))
    except Invalid as refused:
        return _page(request, actor, session, clock, contract_id, form.typed(), 422, refused.faults)
    answer = redirect(f"/contracts/{contract_id}/inspections#{made.id}")
    return flash(request, answer, "給付を記録しました。検査の期日を示しています。")


def _act(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, inspection_id: str, form: Form,
    model: type[Given], verb: Callable[..., InspectionView], said: str,
) -> Response:  # fmt: skip
    before = inspection_views.inspection_of(session, actor, clock, inspection_id)
    prefix = f"{inspection_id}-"
    values = {name: form.get(prefix + name) for name in model.model_fields}
    try:
        verb(session, actor, clock, inspection_id, parse(model, values))
    except Invalid as refused:
        faults = [
            FieldFault(f"/{prefix}{fault.pointer.removeprefix('/')}", fault.code, fault.message, fault.remedy)
            for fault in refused.faults
        ]
        return _page(request, actor, session, clock, before.contract_id, form.typed(), 422, faults)
    answer = redirect(f"/contracts/{before.contract_id}/inspections#{inspection_id}")
    return flash(request, answer, said)


@router.post("/inspections/{inspection_id}/decision")
def decide(
    inspection_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """合格 or 不合格, by the button that was pressed."""
    if form.action == "rejection":
        said = "不合格を記録し、理由を事業者に知らせます。"
        return _act(
            request, actor, session, clock, inspection_id, form, RejectionIn, inspections.reject, said
        )
    said = "合格を記録し、事業者に知らせます。"
    return _act(request, actor, session, clock, inspection_id, form, AcceptanceIn, inspections.accept, said)


@router.post("/inspections/{inspection_id}/reinspection")
def inspect_again(
    inspection_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """What was rejected was mended."""
    said = "是正の通知を記録しました。検査の期日を数え直しました。"
    return _act(
        request, actor, session, clock, inspection_id, form, ReinspectionIn, inspections.inspect_again, said
    )


@router.post("/inspections/{inspection_id}/invoice")
def receive_invoice(
    inspection_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """The invoice came."""
    said = "請求書を受け取った日を記録しました。支払の期日を示しています。"
    return _act(
        request,
        actor,
        session,
        clock,
        inspection_id,
        form,
        InvoiceReceiptIn,
        inspections.receive_invoice,
        said,
    )
