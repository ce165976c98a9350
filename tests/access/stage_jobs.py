"""What a vendor has on the stage that the worker does: a job that waits, and a dry run that found no fault."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from app.indexing.models import IndexRun
from app.jobs.models import Job, JobFile
from app.kit.ids import new_id
from tests.access.stage_procurement import Family
from tests.world import Login


def add_jobs(session: Session, family: Family, now: datetime) -> None:
    """Names them `job_id` and `checked_job`."""
    starter = family.logins["vendor_editor"]
    file = JobFile(id=new_id("jf"), organisation_id=family.vendor.id, content=b"{}", created_at=now)
    session.add(file)
    session.flush()
    for name, status in (("job_id", "queued"), ("checked_job", "succeeded")):
        job = Job(
            id=new_id("job"),
            kind="listing-import",
            title="一括登録の確認",
            organisation_id=family.vendor.id,
            started_by=starter.person_id,
            membership_id=starter.membership_id,
            status=status,
            options={"dry_run": True, "submit": False},
            result=dict.fromkeys(("created", "changed", "unchanged", "complete"), 0)
            | {"dry_run": True, "repeat_of": None},
            file_id=file.id,
            created_at=now,
        )
        session.add(job)
        family.ids[name] = job.id


def add_renewal_job(session: Session, family: Family, admin: Login, now: datetime) -> None:
    """Names the Agency's checked file of renewals `renewal_job`."""
    file = JobFile(id=new_id("jf"), organisation_id=admin.organisation_id, content=b"{}", created_at=now)
    session.add(file)
    session.flush()
    job = Job(
        id=new_id("job"),
        kind="renewal-import",
        title="更新の取込みの確認",
        organisation_id=admin.organisation_id,
        started_by=admin.person_id,
        membership_id=admin.membership_id,
        status="succeeded",
        options={"dry_run": True},
        result={"dry_run": True, "changed": 0, "unchanged": 0},
        file_id=file.id,
        created_at=now,
    )
    session.add(job)
    family.ids["renewal_job"] = job.id


def add_index_runs(session: Session, family: Family, now: datetime) -> None:
    """Names a rebuild of the search index that was done `run_id`."""
    run = IndexRun(
        id=new_id("ix"),
        kind="rebuild",
        reason="command_line",
        status="succeeded",
        generation="000001",
        created_at=now,
        finished_at=now,
    )
    session.add(run)
    family.ids["run_id"] = run.id
