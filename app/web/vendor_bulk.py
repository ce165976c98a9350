"""The vendor's listings as files: upload, check, take over; export."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from app.access.dependencies import ClockDep, SettingsDep
from app.bulk import service as bulk
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.kit.table_writing import attachment
from app.listings.dependencies import SchemaDep
from app.web.forms import Form, FormDep, UploadDep
from app.web.pages import flash, redirect, render
from app.web.vendor import Writer

router = APIRouter(prefix="/vendor", include_in_schema=False)


@router.get("/bulk")
def upload_page(request: Request, actor: Writer, settings: SettingsDep) -> Response:
    """Export, and upload."""
    return _page(request, settings, Form(), [])


@router.post("/bulk")
def upload(
    request: Request,
    actor: Writer,
    form: UploadDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> Response:
    """Queues the check of the file; its job page goes on from there."""
    if form.file is None:
        fault = FieldFault("/file", "required", "ファイルが選ばれていません。", "ファイルを選んでください。")
        return _page(request, settings, form, [fault])
    try:
        job = bulk.begin_import(
            session,
            actor,
            clock,
            settings,
            name=form.file.name,
            content=form.file.content,
            dry_run=True,
            submit=form.checked("submit"),
        )
    except Invalid as refusal:
        return _page(request, settings, form, list(refusal.faults))
    return flash(request, redirect(f"/jobs/{job.id}"), "ファイルを受け取りました。内容を確かめています。")


@router.post("/bulk/{job_id}/confirmation")
def confirm(
    request: Request, job_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Queues the import of the checked file."""
    job = bulk.confirm_import(session, actor, clock, job_id)
    return flash(request, redirect(f"/jobs/{job.id}"), "取込みを始めました。")


@router.get("/bulk/export")
def export(
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    format: Annotated[Literal["jsonl", "csv", "xlsx"], Query()] = "xlsx",
) -> Response:
    """Everything in the form that the upload reads."""
    content = bulk.export(session, actor, clock, schema, format)
    headers = attachment(f"listings-{clock.today().isoformat()}.{format}")
    return StreamingResponse(content, media_type=bulk.MEDIA[format], headers=headers)


def _page(request: Request, settings: SettingsDep, form: Form, faults: list[FieldFault]) -> Response:
    return render(
        request,
        "vendor/bulk.html",
        status=422 if faults else 200,
        form=form,
        faults=faults,
        limit_megabytes=f"{settings.import_limit_bytes / 1_048_576:g}",
        entries_at_most=settings.import_entries,
    )
