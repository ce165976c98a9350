"""Jobs of the own organisation: what runs, what came of it, and every fault. A page can be left and found again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.jobs import service as jobs
from app.jobs.report import csv_report
from app.jobs.schemas import JobReportOut, fault_out, job_out
from app.kit.database import SessionDep
from app.kit.errors import TransitionRefused
from app.kit.table_writing import CSV, attachment
from app.web import list_columns
from app.web.forms import FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/jobs", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.JOB_READ)]
FAULTS_SHOWN = 200


@router.get("")
def list_jobs(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, paging: ListPagingDep
) -> Response:
    """All jobs, newest first."""
    views, following = jobs.page(session, actor, paging)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.JOBS, views, clock)
    return render(request, "jobs/list.html", jobs=views, next=following, listed=paging.listed)


@router.get("/{job_id}")
def job(request: Request, job_id: str, actor: Reader, session: SessionDep) -> Response:
    """One job; the page loads itself anew until the job has ended."""
    view = jobs.read(session, actor, job_id)
    found = jobs.faults(session, actor, job_id, most=FAULTS_SHOWN) if view.fault_count else []
    return render(request, "jobs/job.html", job=view, found=found)


@router.get("/{job_id}/report")
def report(
    job_id: str,
    actor: Reader,
    session: SessionDep,
    format: Annotated[Literal["csv", "json"], Query()] = "csv",
) -> Response:
    """Every fault as a file."""
    found = jobs.all_faults(session, actor, job_id)
    if format == "csv":
        return Response(csv_report(found), media_type=CSV, headers=attachment(f"{job_id}.csv"))
    document = JobReportOut(
        job=job_out(jobs.read(session, actor, job_id)), faults=[fault_out(fault) for fault in found]
    )
    return Response(
        document.model_dump_json(), media_type="application/json", headers=attachment(f"{job_id}.json")
    )


@router.post("/{job_id}/cancellation")
def cancel(
    request: Request,
    job_id: str,
    actor: Annotated[Actor, guarded(Permission.JOB_CANCEL)],
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Stops it; where it was faster, its page says what came of it."""
    done = redirect(f"/jobs/{job_id}")
    try:
        jobs.cancel(session, actor, clock, job_id)
    except TransitionRefused:
        return flash(request, done, "中止する前に終わっていました。", "warning")
    return flash(request, done, "中止しました。何も変更していません。")
