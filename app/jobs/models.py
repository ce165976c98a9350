"""Long work as rows: what was asked, how far it is, what came of it, and every fault that was found."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.jobs.lifecycle import JOB


class JobFile(SQLModel, table=True):
    """What was uploaded, until the sweep forgets it; a check and the run that follows it share one."""

    __tablename__ = "job_file"

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime


class Job(SQLModel, table=True):
    """One piece of long work of an organisation, done by the worker."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(JOB.check_sql(), name="job_status"),
        CheckConstraint("done >= 0 AND total >= 0", name="job_progress"),
        Index("ix_job_file_known", "organisation_id", "kind", "file_sha256"),
    )

    id: str = Field(primary_key=True)
    kind: str
    """Which handler does it (app/worker.py)."""
    title: str
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    started_by: str = Field(foreign_key="person.id")
    membership_id: str
    """In whose rights it runs, as they are when it runs; a membership that ended runs nothing."""
    actor_kind: str = "session"
    scopes: list[str] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    """What the token held by which it was started; None for a session."""
    request_id: str = ""
    status: str = Field(default="queued", index=True)
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    done: int = 0
    total: int = 0
    """Both count what the kind counts (rows of a file); 0 of 0 while it is unknown."""
    result: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    message: str = ""
    fault_count: int = 0
    """All faults that were found; of very many only the first are kept."""
    file_id: str | None = Field(default=None, foreign_key="job_file.id", index=True)
    file_name: str = ""
    file_size: int = 0
    file_sha256: str = ""
    claim: str = ""
    """The worker's claim that runs it: only that one may report progress or finish."""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class JobFault(SQLModel, table=True):
    """One thing wrong in what was uploaded: where it stands, which rule, why, and what would be right."""

    __tablename__ = "job_fault"

    job_id: str = Field(primary_key=True, foreign_key="job.id")
    number: int = Field(primary_key=True)
    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    code: str
    message: str
    remedy: str = ""
