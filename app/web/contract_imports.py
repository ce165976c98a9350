"""A body's existing contracts as files: template, upload, check, take over, export; and the page of one."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.listings.dependencies import SchemaDep
from app.procurement import checklists, contract_import, contract_rows, imported, inspection_views
from app.procurement.imported_schemas import WithdrawalIn
from app.procurement.imports_api import table_answer
from app.procurement.inputs import parse
from app.procurement.reach import ContractReader, note_read
from app.web import list_columns
from app.web.forms import FormDep, UploadDep
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, Depends(ContractReader(Permission.CONTRACT_READ))]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
TableFormat = Annotated[Literal["csv", "xlsx"], Query()]


def _upload_page(
    request: Request, settings: SettingsDep, schema: Schema, faults: list[FieldFault]
) -> Response:
    return render(
        request,
        "buyer/contract_import.html",
        status=422 if faults else 200,
        faults=faults,
        limit_megabytes=f"{settings.import_limit_bytes / 1_048_576:g}",
        entries_at_most=settings.import_entries,
        columns=contract_rows.COLUMNS,
        areas=[term.ja for term in schema.vocabulary(contract_rows.AREAS).current()],
    )


@router.get("/contracts/import")
def upload_page(request: Request, actor: Writer, settings: SettingsDep, schema: SchemaDep) -> Response:
    """Template, export, and upload."""
    return _upload_page(request, settings, schema, [])


@router.post("/contracts/import")
def upload(
    request: Request,
    actor: Writer,
    form: UploadDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    schema: SchemaDep,
) -> Response:
    """Queues the check of the file; its job page goes on from there."""
    if form.file is None:
        fault = FieldFault("/file", "required", "ファイルが選ばれていません。", "ファイルを選んでください。")
        return _upload_page(request, settings, schema, [fault])
    try:
        job = contract_import.begin_import(
            session, actor, clock, settings, name=form.file.name, content=form.file.content, dry_run=True
        )
    except Invalid as refused:
        return _upload_page(request, settings, schema, list(refused.faults))
    return flash(request, redirect(f"/jobs/{job.id}"), "ファイルを受け取りました。内容を確かめています。")


@router.post("/contracts/import/{job_id}/confirmation")
def confirm(
    request: Request, job_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Queues the import of the checked file."""
    job = contract_import.confirm_import(session, actor, clock, job_id)
    return flash(request, redirect(f"/jobs/{job.id}"), "取込みを始めました。")


@router.get("/contracts/import/template")
def template(actor: Writer, format: TableFormat = "xlsx") -> Response:
    """The file to fill in."""
    return table_answer("contracts-template", contract_rows.template(), format)


@router.get("/contracts/import/export")
def export(actor: Writer, session: SessionDep, clock: ClockDep, format: TableFormat = "xlsx") -> Response:
    """All contracts of the body in the form that the upload reads."""
    rows = imported.export_rows(session, actor, clock)
    return table_answer(f"contracts-{clock.today().isoformat()}", rows, format)


def imported_page(
    request: Request, actor: Actor, session: SessionDep, schema: Schema, clock: ClockDep, contract_id: str,
    typed: Mapping[str, str] | None = None, status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    """The page of an imported contract, for every side."""
    found = imported.imported_of(session, actor, contract_id)
    vocabulary = schema.vocabulary(contract_rows.AREAS)
    own = found.side == "buyer"
    return render(
        request,
        "buyer/contract_imported.html",
        status,
        found=found,
        card=found.card,
        late=inspection_views.late_of(session, actor, clock, contract_id) if found.side != "facts" else (),
        LATE=list_columns.LATE,
        checklist=checklists.of_contract(session, actor, contract_id)
        if found.side in ("buyer", "auditor")
        else None,
        area_names=[vocabulary.label(code) for code in found.business_areas],
        may_write=own and actor.may(Permission.CONTRACT_WRITE) and found.card.status == "imported",
        typed=typed or {},
        faults=list(faults),
    )


@router.get("/contracts/imported/{contract_id}")
def page(
    contract_id: str,
    request: Request,
    actor: Reader,
    session: SessionDep,
    schema: SchemaDep,
    clock: ClockDep,
) -> Response:
    """An imported contract."""
    return imported_page(request, actor, session, schema, clock, contract_id)


@router.post("/contracts/imported/{contract_id}/withdrawal")
def withdraw(
    contract_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    schema: SchemaDep,
    clock: ClockDep,
) -> Response:
    """Take a mistaken import back."""
    try:
        given = parse(WithdrawalIn, {"reason": form.get("reason")})
        imported.withdraw(session, actor, clock, contract_id, given.reason)
    except Invalid as refused:
        return imported_page(
            request, actor, session, schema, clock, contract_id, form.typed(), 422, refused.faults
        )
    return flash(request, redirect("/contracts"), "取り込んだ契約を取り消しました。")
