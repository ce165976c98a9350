"""Starting, reading and cancelling jobs. What runs them is `running`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.jobs import repository
from app.jobs.lifecycle import JOB
from app.jobs.models import Job, JobFile
from app.jobs.views import JobView, PlacedFault, fault_view, job_view
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden, NotFound
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.outbox.publish import publish

RUN = "jobs.run"
"""The outbox topic; its key is the job's id."""
FILE_NAME_LIMIT = 120


@dataclass(frozen=True)
class Upload:
    """A file that the job works on."""

    name: str
    content: bytes


def start(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    kind: str,
    title: str,
    options: Mapping[str, Any],
    upload: Upload | None = None,
    file_of: str | None = None,
) -> JobView:
    """Put a job into the queue, with an upload or with the file of an earlier job of the same organisation.

    The caller has checked that the actor may do what the job will do; the handler checks again when it runs. Raises
    Forbidden for who belongs nowhere, NotFound for another's job, Conflict for a file that was forgotten meanwhile.
    """
    if actor.organisation_id is None or actor.person_id is None or actor.membership_id is None:
        raise Forbidden("ジョブを始められるのは、組織に所属している人だけです。")
    now = clock.now()
    job = Job(
        id=new_id("job"),
        kind=kind,
        title=title,
        organisation_id=actor.organisation_id,
        started_by=actor.person_id,
        membership_id=actor.membership_id,
        actor_kind=actor.kind,
        scopes=sorted(scope.value for scope in actor.scopes) if actor.scopes is not None else None,
        request_id=actor.request_id,
        options=dict(options),
        created_at=now,
    )
    if upload is not None:
        kept = JobFile(
            id=new_id("jf"), organisation_id=actor.organisation_id, content=upload.content, created_at=now
        )
        session.add(kept)
        session.flush()
        job.file_id = kept.id
        job.file_name = upload.name[-FILE_NAME_LIMIT:]
        job.file_size = len(upload.content)
        job.file_sha256 = hashlib.sha256(upload.content).hexdigest()
    elif file_of is not None:
        earlier = _own(session, actor, file_of)
        if earlier.file_id is None:
            raise Conflict("このファイルはもう保管していません。もう一度ファイルを送ってください。")
        job.file_id, job.file_name = earlier.file_id, earlier.file_name
        job.file_size, job.file_sha256 = earlier.file_size, earlier.file_sha256
    session.add(job)
    session.flush()
    record(
        session,
        actor,
        "job.started",
        "job",
        job.id,
        at=now,
        owner=job.organisation_id,
        details={"kind": kind, "options": dict(options), "file_sha256": job.file_sha256},
    )
    publish(session, RUN, job.id, at=now)
    session.flush()
    return job_view(job)


def _own(session: Session, actor: Actor, job_id: str) -> Job:
    job = repository.find(session, job_id)
    if job is None or not actor.acts_for(job.organisation_id):
        raise NotFound("そのジョブは見つかりません。")
    return job


def read(session: Session, actor: Actor, job_id: str) -> JobView:
    """One job of the actor's organisation. Raises NotFound for any other."""
    return job_view(_own(session, actor, job_id))


def page(session: Session, actor: Actor, paging: Paging) -> tuple[list[JobView], str | None]:
    """One page of the organisation's jobs, newest first, and the next cursor."""
    rows, following = paginate(session, repository.of_organisation(actor.organisation_id or ""), Job, paging)
    return [job_view(row) for row in rows], following


def faults(session: Session, actor: Actor, job_id: str, *, most: int = 1000) -> list[PlacedFault]:
    """The first faults of a job, in the order of the file. Raises NotFound for another organisation's job."""
    job = _own(session, actor, job_id)
    return [fault_view(row) for row in repository.faults_of(session, job.id, most=most)]


def all_faults(session: Session, actor: Actor, job_id: str) -> Iterator[PlacedFault]:
    """Every kept fault, read in portions. Raises NotFound for another organisation's job."""
    job = _own(session, actor, job_id)
    after = 0
    while rows := repository.faults_of(session, job.id, after=after):
        yield from (fault_view(row) for row in rows)
        after = rows[-1].number


def cancel(session: Session, actor: Actor, clock: Clock, job_id: str) -> JobView:
    """Stop a job that has not ended. Nothing that it would have changed is changed.

    Raises NotFound, TransitionRefused for one that has ended, Conflict for one that has written its first step.
    """
    job = _own(session, actor, job_id)
    JOB.require("cancellation", job.status)
    if job.result:
        raise Conflict(
            "取込みはもう済み、その後の処理をしています。中止できません。終わるのを待ってください。"
        )
    JOB.move(session, job, "cancellation", finished_at=clock.now())
    record(session, actor, "job.cancelled", "job", job.id, at=clock.now(), owner=job.organisation_id)
    return job_view(job)
