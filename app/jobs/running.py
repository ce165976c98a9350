"""Doing jobs in the worker: claims, leases, progress, and the one transaction in which a job ends.

A handler first reads and checks, outside of any write transaction, and calls `progress` as it goes: that renews the
outbox lease and notices a cancellation. Then it writes all it has to write inside `completing`, the transaction that
also moves the job to `succeeded`. So a job's effects and its end are one, whatever happens to lease or worker: a second
worker that took over an expired lease finds the job ended, or finds that nothing was written.

Where that transaction would keep other writers waiting too long (SQLite has one writer at a time), a handler writes in
steps: each leaves in `kept` what is still to do, and an interrupted job goes on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, update

from app.access.actor import Actor, system_actor
from app.access.permissions import Permission
from app.audit.record import record
from app.jobs import repository
from app.jobs.lifecycle import ENDED, JOB
from app.jobs.models import Job, JobFault
from app.jobs.views import JobView, PlacedFault, job_view
from app.kit.clock import Clock
from app.kit.database import Database, affected
from app.kit.errors import Invalid, Problem
from app.outbox import claims
from app.outbox.claims import Claim

log = logging.getLogger("dmp.jobs")

ATTEMPTS = 3
"""After so many unexpected ends a job fails instead of being tried again."""
FAULTS_KEPT = 1000
PROGRESS_EVERY = timedelta(seconds=1)
BROKEN = "処理中に問題が起きたため、中止しました。何も変更していません。時間をおいてやり直してください。"
HALFWAY = "取り込んだ後の処理の途中で問題が起きたため、中止しました。取り込んだものは残っています。"
STEP_LEASE = timedelta(minutes=15)
"""How long a step without progress may take (reading a file, the one write transaction) before another worker looks."""


class JobRefused(Exception):
    """The job cannot be done as asked: its message, and every fault that was found. Nothing was changed."""

    def __init__(
        self, message: str, faults: Sequence[PlacedFault] = (), result: Mapping[str, Any] | None = None
    ):
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)
        self.result = dict(result or {})


class JobStopped(Exception):
    """The job was cancelled, or another worker has it: stop quietly."""


@dataclass
class Completion:
    """What a handler leaves when it is done."""

    session: Session
    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)


class Run:
    """One job under the worker's hand."""

    def __init__(self, database: Database, clock: Clock, claim: Claim, job: JobView, actor: Actor) -> None:
        self.database = database
        self.clock = clock
        self.job = job
        self.actor = actor
        """Who started it, with the rights of now."""
        self.kept: Mapping[str, Any] = job.result
        """What an earlier step left; empty while nothing was written."""
        self._claim = claim
        self._told: datetime | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """What was asked for."""
        return self.job.options

    def content(self) -> bytes:
        """The uploaded file; there is a quarter of an hour to read it before the first `progress`.

        Raises JobRefused when it was forgotten, JobStopped when the job is no longer ours to do.
        """
        if not claims.renew(self.database, self._claim, self.clock.now(), STEP_LEASE):
            raise JobStopped
        with self.database.read() as session:
            row = repository.find(session, self.job.id)
            content = repository.content_of(session, row.file_id if row else None)
        if content is None:
            raise JobRefused("ファイルはもう保管されていません。もう一度送ってください。")
        return content

    def earlier_with_same_file(self) -> list[JobView]:
        """The organisation's other jobs of this kind that succeeded with the same bytes, newest first."""
        with self.database.read() as session:
            row = repository.find(session, self.job.id)
            rows = repository.earlier_with_file(session, row, ("succeeded",)) if row else []
            return [job_view(each) for each in rows]

    def progress(self, done: int, total: int) -> None:
        """Say how far it is, at most once a second. Raises JobStopped when the job is no longer ours to do."""
        now = self.clock.now()
        if self._told is not None and now - self._told < PROGRESS_EVERY and done < total:
            return
        self._told = now
        with self.database.write() as session:
            if affected(session, self._mine().values(done=done, total=total)) != 1:
                raise JobStopped
        if not claims.renew(self.database, self._claim, now):
            raise JobStopped

    @contextmanager
    def step(self) -> Iterator[Completion]:
        """A write transaction before the last one; its `result` says what is still to do, and is kept with it.

        Raises JobStopped when the job is no longer ours to do.
        """
        with self._writing() as (completion, row):
            yield completion
            row.result = completion.result
            completion.session.add(row)
        self.kept = completion.result

    @contextmanager
    def completing(self) -> Iterator[Completion]:
        """The write transaction that also ends the job. Raises JobStopped when it is no longer ours to end."""
        with self._writing() as (completion, row):
            yield completion
            session = completion.session
            JOB.move(
                session,
                row,
                "success",
                finished_at=self.clock.now(),
                message=completion.message,
                result=completion.result,
                done=row.total,
            )
            _record_end(session, self.actor, row, self.clock)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Completion, Job]]:
        if not claims.renew(self.database, self._claim, self.clock.now(), STEP_LEASE):
            raise JobStopped
        with self.database.write() as session:
            # Touching the row first holds it: a cancellation now waits, and then finds the job ended.
            if affected(session, self._mine().values(claim=_mark(self._claim))) != 1:
                raise JobStopped
            row = repository.find(session, self.job.id)
            assert row is not None  # it was touched above
            yield Completion(session), row

    def _mine(self) -> Any:
        return (
            update(Job)
            .where(
                col(Job.id) == self.job.id,
                col(Job.status) == "running",
                col(Job.claim) == _mark(self._claim),
            )
            .execution_options(synchronize_session=False)
        )


Handler = Callable[[Run], None]
"""Does one kind of job; ends it by `run.completing()` or raises JobRefused."""
ActorLookup = Callable[[Session, str, date], Actor | None]
"""The person of an active membership with the rights of now; None when it ended."""


class JobRunner:
    """The outbox handler of `jobs.run`: finds the kind's handler and carries the outcome into the job."""

    def __init__(
        self, database: Database, clock: Clock, actors: ActorLookup, handlers: Mapping[str, Handler]
    ) -> None:
        self._database = database
        self._clock = clock
        self._actors = actors
        self._handlers = dict(handlers)

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind that has a handler."""
        return frozenset(self._handlers)

    def __call__(self, claim: Claim) -> None:
        """Do the claimed job; again after an interruption. Unexpected errors are raised for the outbox to retry."""
        run = self._begin(claim)
        if run is None:
            return
        try:
            self._handlers[run.job.kind](run)
        except JobStopped:
            log.info("job stopped id=%s", run.job.id)
        except JobRefused as refused:
            self._fail(claim, run.actor, refused)
        except Invalid as refusal:
            faults = [
                PlacedFault(one.code, one.message, one.remedy, cell=one.pointer) for one in refusal.faults
            ]
            self._fail(claim, run.actor, JobRefused(refusal.detail, faults))
        except Problem as refusal:
            self._fail(claim, run.actor, JobRefused(refusal.detail))
        except Exception:
            if claim.attempts < ATTEMPTS:
                self._interrupt(claim)
                raise
            log.exception("job failed for good id=%s", run.job.id)
            self._fail(claim, run.actor, JobRefused(HALFWAY if run.kept else BROKEN, result=run.kept))

    def _begin(self, claim: Claim) -> Run | None:
        with self._database.write() as session:
            row = repository.find(session, claim.key)
            if row is None or row.status in ENDED:
                return None
            if row.status == "queued":
                JOB.move(session, row, "start", started_at=row.started_at or self._clock.now())
            row.claim = _mark(claim)
            session.add(row)
            session.flush()
            actor = self._actor(session, row)
            if actor is None or row.kind not in self._handlers:
                reason = (
                    "ジョブを始めた人の所属が終了したため、実行していません。"
                    if actor is None
                    else "この種類のジョブは実行できません。"
                )
                JOB.move(session, row, "failure", finished_at=self._clock.now(), message=reason)
                _record_end(session, actor or system_actor(), row, self._clock)
                return None
            return Run(self._database, self._clock, claim, job_view(row), actor)

    def _actor(self, session: Session, row: Job) -> Actor | None:
        actor = self._actors(session, row.membership_id, self._clock.today())
        if actor is None or not actor.acts_for(row.organisation_id):
            return None
        scopes = None if row.scopes is None else frozenset(Permission(scope) for scope in row.scopes)
        kind: Any = row.actor_kind
        return replace(actor, kind=kind, scopes=scopes, request_id=row.request_id)

    def _fail(self, claim: Claim, actor: Actor, refused: JobRefused) -> None:
        with self._database.write() as session:
            row = repository.find(session, claim.key)
            if row is None or row.status in ENDED or row.claim != _mark(claim):
                return
            for number, fault in enumerate(refused.faults[:FAULTS_KEPT], 1):
                session.add(JobFault(job_id=row.id, number=number, **asdict(fault)))
            JOB.move(
                session,
                row,
                "failure",
                finished_at=self._clock.now(),
                message=refused.message,
                result=refused.result,
                fault_count=len(refused.faults),
            )
            _record_end(session, actor, row, self._clock)

    def _interrupt(self, claim: Claim) -> None:
        with self._database.write() as session:
            row = repository.find(session, claim.key)
            if row is not None and row.status == "running" and row.claim == _mark(claim):
                JOB.move(session, row, "interruption", done=0)


def _mark(claim: Claim) -> str:
    return f"{claim.row_id}:{claim.claim_number}"


def _record_end(session: Session, actor: Actor, row: Job, clock: Clock) -> None:
    details = {"kind": row.kind, "faults": row.fault_count, "result": row.result}
    record(
        session,
        actor,
        f"job.{row.status}",
        "job",
        row.id,
        at=clock.now(),
        owner=row.organisation_id,
        details=details,
    )
