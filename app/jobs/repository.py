"""Queries over jobs and their faults."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import exists
from sqlmodel import Session, col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from app.jobs.lifecycle import ENDED
from app.jobs.models import Job, JobFault, JobFile
from app.kit.database import affected


def find(session: Session, job_id: str) -> Job | None:
    """A job by id; read afresh."""
    return session.exec(
        select(Job).where(col(Job.id) == job_id).execution_options(populate_existing=True)
    ).first()


def of_organisation(organisation_id: str) -> SelectOfScalar[Job]:
    """Select of an organisation's jobs."""
    return select(Job).where(col(Job.organisation_id) == organisation_id)


def faults_of(session: Session, job_id: str, *, after: int = 0, most: int = 1000) -> Sequence[JobFault]:
    """The job's faults with a number above `after`, in the order of the file."""
    statement = select(JobFault).where(col(JobFault.job_id) == job_id, col(JobFault.number) > after)
    return session.exec(statement.order_by(col(JobFault.number)).limit(most)).all()


def content_of(session: Session, file_id: str | None) -> bytes | None:
    """The uploaded bytes; None when the sweep has forgotten them."""
    row = session.get(JobFile, file_id) if file_id else None
    return row.content if row else None


def earlier_with_file(session: Session, job: Job, statuses: Sequence[str]) -> list[Job]:
    """The organisation's other jobs of the kind with the same bytes in these statuses, newest first."""
    return list(
        session.exec(
            select(Job)
            .where(
                col(Job.organisation_id) == job.organisation_id,
                col(Job.kind) == job.kind,
                col(Job.file_sha256) == job.file_sha256,
                col(Job.status).in_(statuses),
                col(Job.id) != job.id,
            )
            .order_by(col(Job.id).desc())
            .limit(20)
        ).all()
    )


def forget_files(session: Session, before: datetime) -> int:
    """Delete uploads from before the moment that no waiting or running job needs; how many."""
    old = select(col(JobFile.id)).where(
        col(JobFile.created_at) < before,
        ~exists().where(col(Job.file_id) == col(JobFile.id), col(Job.status).not_in(ENDED)),
    )
    ids = list(session.exec(old).all())
    if not ids:
        return 0
    session.execute(update(Job).where(col(Job.file_id).in_(ids)).values(file_id=None))
    return affected(session, cast(Any, delete(JobFile).where(col(JobFile.id).in_(ids))))
