"""Frozen views of jobs and of the faults that they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.jobs.lifecycle import ENDED, JOB
from app.jobs.models import Job, JobFault
from app.kit.errors import PlacedFault

__all__ = ["JobView", "PlacedFault", "fault_view", "job_view"]


@dataclass(frozen=True)
class JobView:
    """A job as its organisation sees it."""

    id: str
    kind: str
    title: str
    organisation_id: str
    started_by: str
    status: str
    options: Mapping[str, Any]
    done: int
    total: int
    result: Mapping[str, Any]
    message: str
    fault_count: int
    file_name: str
    file_size: int
    file_sha256: str
    has_file: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED

    @property
    def cancellable(self) -> bool:
        """Whether it can still be stopped with nothing changed: not after a first step was kept."""
        return "cancellation" in JOB.allowed(self.status) and not self.result

    @property
    def percent(self) -> int:
        """How far it is, in whole percent; 0 while that is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else 0


def job_view(row: Job) -> JobView:
    """The frozen view of a job."""
    return JobView(
        id=row.id,
        kind=row.kind,
        title=row.title,
        organisation_id=row.organisation_id,
        started_by=row.started_by,
        status=row.status,
        options=dict(row.options),
        done=row.done,
        total=row.total,
        result=dict(row.result),
        message=row.message,
        fault_count=row.fault_count,
        file_name=row.file_name,
        file_size=row.file_size,
        file_sha256=row.file_sha256,
        has_file=row.file_id is not None,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def fault_view(row: JobFault) -> PlacedFault:
    """The frozen view of a fault."""
    return PlacedFault(row.code, row.message, row.remedy, row.row, row.column, row.cell, row.sheet)
