"""The Agency's page of renewing many firms from a file: upload, check, take over."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, guarded
from app.access.permissions import Permission
from app.bulk import renewal_import
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.web.forms import FormDep, UploadDep
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/agency/renewals", include_in_schema=False)

Manager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]


@router.get("")
def upload_page(request: Request, actor: Manager, settings: SettingsDep) -> Response:
    """How the file is made, and the upload."""
    return _page(request, settings, [])


@router.post("")
def upload(
    request: Request,
    actor: Manager,
    form: UploadDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> Response:
    """Queues the check of the file; its job page goes on from there."""
    if form.file is None:
        fault = FieldFault("/file", "required", "ファイルが選ばれていません。", "ファイルを選んでください。")
        return _page(request, settings, [fault])
    try:
        job = renewal_import.begin(
            session,
            actor,
            clock,
            settings,
            name=form.file.name,
            content=form.file.content,
            dry_run=True,
        )
    except Invalid as refusal:
        return _page(request, settings, list(refusal.faults))
    return flash(request, redirect(f"/jobs/{job.id}"), "ファイルを受け取りました。内容を確かめています。")


@router.post("/{job_id}/confirmation")
def confirm(
    request: Request, job_id: str, actor: Manager, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Queues the import of the checked file."""
    job = renewal_import.confirm(session, actor, clock, job_id)
    return flash(request, redirect(f"/jobs/{job.id}"), "取込みを始めました。")


def _page(request: Request, settings: SettingsDep, faults: list[FieldFault]) -> Response:
    return render(
        request,
        "agency/renewals.html",
        status=422 if faults else 200,
        faults=faults,
        columns=renewal_import.COLUMNS,
        required=renewal_import.REQUIRED,
        rows_at_most=settings.import_entries,
    )
