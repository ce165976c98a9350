"""Answers of the jobs API."""

from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from app.jobs.views import JobView, PlacedFault


class JobOut(BaseModel):
    """A job: how far it is, and what came of it."""

    id: str
    kind: str
    title: str
    status: str = Field(
        description="queued、running、succeeded、cancelled、failed（何も変更していません。"
        "取込みの後の処理で止まったときは、message に示します）"
    )
    options: dict[str, Any]
    done: int
    total: int = Field(description="0 は、まだ分からないことを表します")
    result: dict[str, Any]
    message: str
    fault_count: int = Field(description="見つかった誤りの総数。一覧は /jobs/{id}/report")
    file_name: str
    file_size: int
    file_sha256: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobFaultOut(BaseModel):
    """One fault of the uploaded file."""

    sheet: str
    row: int | None = Field(description="表計算で見える行番号（見出しが1行目）。JSON Lines では行番号")
    column: str = Field(description="項目名")
    cell: str = Field(description="番地（D7）。JSON Lines では行の中の JSON ポインター")
    code: str
    message: str
    remedy: str


class JobReportOut(BaseModel):
    """The job with its faults, in the order of the file; of more than 1,000 the first 1,000."""

    job: JobOut
    faults: list[JobFaultOut]


def accepted(response: Response, view: JobView) -> JobOut:
    """The answer of an endpoint that queued a job: the job, and where to ask for it."""
    response.headers["Location"] = f"/api/v1/jobs/{view.id}"
    return job_out(view)


def job_out(view: JobView) -> JobOut:
    """A job as JSON."""
    return JobOut(
        id=view.id,
        kind=view.kind,
        title=view.title,
        status=view.status,
        options=dict(view.options),
        done=view.done,
        total=view.total,
        result=dict(view.result),
        message=view.message,
        fault_count=view.fault_count,
        file_name=view.file_name,
        file_size=view.file_size,
        file_sha256=view.file_sha256,
        created_at=view.created_at,
        started_at=view.started_at,
        finished_at=view.finished_at,
    )


def fault_out(fault: PlacedFault) -> JobFaultOut:
    """A fault as JSON."""
    return JobFaultOut(
        sheet=fault.sheet,
        row=fault.row,
        column=fault.column,
        cell=fault.cell,
        code=fault.code,
        message=fault.message,
        remedy=fault.remedy,
    )
