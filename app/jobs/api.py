"""`/jobs`: long work of the own organisation. What starts a job is the API of the capability that does it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.jobs import service
from app.jobs.report import csv_report
from app.jobs.schemas import JobOut, JobReportOut, fault_out, job_out
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.kit.table_writing import CSV, attachment

router = APIRouter(prefix="/jobs", tags=["ジョブ"])

Reader = Annotated[Actor, guarded(Permission.JOB_READ)]


@router.get("")
def list_jobs(actor: Reader, session: SessionDep, paging: PagingDep) -> Page[JobOut]:
    """自組織のジョブの一覧です（新しい順）。"""
    views, following = service.page(session, actor, paging)
    return Page(items=[job_out(view) for view in views], next=following)


@router.get("/{job_id}")
def read_job(job_id: str, actor: Reader, session: SessionDep) -> JobOut:
    """ジョブの状態、進み具合、結果を読みます。"""
    return job_out(service.read(session, actor, job_id))


@router.get(
    "/{job_id}/report",
    response_model=JobReportOut,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def read_report(
    job_id: str,
    actor: Reader,
    session: SessionDep,
    format: Annotated[
        Literal["json", "csv"], Query(description="JSON または CSV（UTF-8、BOM付き）")
    ] = "json",
) -> JobReportOut | Response:
    """ジョブの報告です。見つかった誤りを、行と項目とともに全て示します。"""
    if format == "csv":
        content = csv_report(service.all_faults(session, actor, job_id))
        return Response(content, media_type=CSV, headers=attachment(f"{job_id}.csv"))
    job = service.read(session, actor, job_id)
    return JobReportOut(
        job=job_out(job), faults=[fault_out(fault) for fault in service.all_faults(session, actor, job_id)]
    )


@router.post("/{job_id}/cancellation")
def cancel_job(
    job_id: str,
    actor: Annotated[Actor, guarded(Permission.JOB_CANCEL)],
    session: SessionDep,
    clock: ClockDep,
) -> JobOut:
    """ジョブを中止します。終わっていなければ、何も変更されません。"""
    return job_out(service.cancel(session, actor, clock, job_id))
