"""Jobs under the worker's hand: cancelled, interrupted, taken over, refused; each ends once, and writes once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from app.access.actor import Actor
from app.audit.models import AuditEvent
from app.jobs import housekeeping, service
from app.jobs.models import JobFile
from app.jobs.running import ATTEMPTS, Handler, JobRefused, JobRunner, Run
from app.jobs.views import JobView, PlacedFault
from app.kit.errors import Conflict, NotFound, TransitionRefused
from app.organisations.acting import actor_of_membership
from app.organisations.models import Membership
from app.outbox import claims
from app.outbox.claims import Claim
from tests.world import Login, World

TOPICS = frozenset({service.RUN})


class Workshop:
    """A vendor's person who starts jobs, and a worker that does them by the handler of the test."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.login: Login = world.login(world.vendor(), "vendor_editor")
        self.actor: Actor = world.actor(self.login)

    def start(self, content: bytes = b"content") -> JobView:
        """A job with a file."""
        with self.world.database.write() as session:
            return service.start(
                session,
                self.actor,
                self.world.clock,
                kind="test",
                title="試験",
                options={},
                upload=service.Upload("file.csv", content),
            )

    def claim(self) -> Claim | None:
        """What the outbox hands to a worker now."""
        return claims.claim_next(self.world.database, self.world.clock.now(), TOPICS)

    def runner(self, handler: Handler) -> JobRunner:
        """A runner with one kind."""
        return JobRunner(self.world.database, self.world.clock, actor_of_membership, {"test": handler})

    def work(self, handler: Handler) -> None:
        """Claim and do the next job."""
        claim = self.claim()
        assert claim is not None
        self.runner(handler)(claim)
        claims.finish(self.world.database, claim, self.world.clock.now())

    def read(self, job: JobView) -> JobView:
        """The job as it is now."""
        with self.world.database.read() as session:
            return service.read(session, self.actor, job.id)

    def cancel(self, job: JobView) -> None:
        """Cancel as its starter."""
        with self.world.database.write() as session:
            service.cancel(session, self.actor, self.world.clock, job.id)

    def write(self, run: Run) -> None:
        """A handler that writes one audit event in the job's own transaction."""
        run.progress(1, 2)
        with run.completing() as done:
            done.session.add(
                AuditEvent(
                    id=f"ev_{run.job.id}",
                    occurred_at=self.world.clock.now(),
                    actor_kind="system",
                    action="test.wrote",
                    object_type="test",
                    object_id=run.job.id,
                )
            )
            done.message, done.result = "終わりました。", {"count": 1}

    def written(self, job: JobView) -> int:
        """How often the handler's effect is there."""
        with self.world.database.read() as session:
            statement = select(AuditEvent).where(
                col(AuditEvent.action) == "test.wrote", col(AuditEvent.object_id) == job.id
            )
            return len(session.exec(statement).all())


@pytest.fixture
def shop(world: World) -> Workshop:
    return Workshop(world)


def test_a_job_and_its_effect_end_together(shop: Workshop) -> None:
    job = shop.start()
    assert job.status == "queued"
    shop.work(shop.write)
    ended = shop.read(job)
    assert (ended.status, ended.message, ended.result) == ("succeeded", "終わりました。", {"count": 1})
    assert (ended.done, ended.total, ended.percent) == (2, 2, 100)
    assert shop.written(job) == 1
    with pytest.raises(TransitionRefused):
        shop.cancel(job)
    assert shop.claim() is None


def test_refused_with_its_faults(shop: Workshop) -> None:
    job = shop.start()

    def refuse(run: Run) -> None:
        raise JobRefused(
            "誤りがあります。", [PlacedFault("c", "m", "r", row=n, column="名") for n in range(1200)]
        )

    shop.work(refuse)
    ended = shop.read(job)
    assert (ended.status, ended.fault_count) == ("failed", 1200)
    with shop.world.database.read() as session:
        kept = list(service.all_faults(session, shop.actor, job.id))
    assert [fault.row for fault in kept] == list(range(1000))


@pytest.mark.parametrize("when", ["before", "while checking", "before writing"])
def test_cancelled_nothing_is_written(shop: Workshop, when: str) -> None:
    job = shop.start()
    if when == "before":
        shop.cancel(job)

    def handler(run: Run) -> None:
        if when == "while checking":
            shop.cancel(job)
        run.progress(1, 1)
        if when == "before writing":
            shop.cancel(job)
        shop.write(run)

    shop.work(handler)
    assert shop.read(job).status == "cancelled"
    assert shop.written(job) == 0


def test_long_work_keeps_its_lease(shop: Workshop) -> None:
    job = shop.start()

    def slow(run: Run) -> None:
        assert run.content() == b"content"
        shop.world.clock.move(minutes=10)
        assert shop.claim() is None, "reading a large file takes its time"
        for step in range(5):
            shop.world.clock.move(seconds=100)
            run.progress(step, 5)
            assert shop.claim() is None, "somebody else got it while it was running"
        shop.write(run)

    shop.work(slow)
    assert (shop.read(job).status, shop.written(job)) == ("succeeded", 1)


def test_a_worker_that_was_overtaken_writes_nothing(shop: Workshop) -> None:
    """It slept longer than its lease; another worker did the job meanwhile."""
    job = shop.start()

    def overtaken(run: Run) -> None:
        shop.world.clock.move(minutes=5)
        shop.work(shop.write)
        shop.write(run)

    first = shop.claim()
    assert first is not None
    shop.runner(overtaken)(first)
    assert shop.read(job).status == "succeeded"
    assert shop.written(job) == 1


def test_a_crash_is_tried_again_and_given_up_in_the_end(shop: Workshop) -> None:
    job = shop.start()
    handled: list[int] = []

    def crash(run: Run) -> None:
        handled.append(run.job.done)
        with run.completing() as done:
            done.session.add(
                JobFile(id="jf_x", organisation_id="nowhere", content=b"", created_at=run.clock.now())
            )
            raise RuntimeError("broken")

    for attempt in range(1, ATTEMPTS + 1):
        shop.world.clock.move(hours=2)
        claim = shop.claim()
        assert claim is not None
        if attempt < ATTEMPTS:
            with pytest.raises(RuntimeError):
                shop.runner(crash)(claim)
            claims.fail(shop.world.database, claim, shop.world.clock.now(), "broken")
            assert shop.read(job).status == "queued"
        else:
            shop.runner(crash)(claim)
    assert len(handled) == ATTEMPTS
    assert shop.read(job).status == "failed"
    assert "何も変更していません" in shop.read(job).message


def test_who_left_starts_nothing(shop: Workshop) -> None:
    job = shop.start()
    with shop.world.database.write() as session:
        membership = session.get_one(Membership, shop.login.membership_id)
        membership.status, membership.ended_at = "ended", shop.world.clock.now()
        session.add(membership)
    shop.work(shop.write)
    assert (shop.read(job).status, shop.written(job)) == ("failed", 0)


def test_a_refusal_of_a_service_is_the_jobs_message(shop: Workshop) -> None:
    job = shop.start()

    def refused(run: Run) -> None:
        raise Conflict("今はできません。")

    shop.work(refused)
    assert shop.read(job).message == "今はできません。"


def test_others_do_not_see_it(shop: Workshop) -> None:
    job = shop.start()
    stranger = shop.world.actor(shop.world.login(shop.world.vendor(), "vendor_admin"))
    for ask in _asks(job.id):
        with shop.world.database.write() as session, pytest.raises(NotFound):
            ask(shop, stranger)(session)


def _asks(job_id: str) -> list[Callable[[Workshop, Actor], Callable[..., object]]]:
    return [
        lambda shop, actor: lambda session: service.read(session, actor, job_id),
        lambda shop, actor: lambda session: list(service.all_faults(session, actor, job_id)),
        lambda shop, actor: lambda session: service.cancel(session, actor, shop.world.clock, job_id),
    ]


def test_files_are_forgotten_but_not_those_that_wait(shop: Workshop) -> None:
    done = shop.start()
    shop.work(shop.write)
    shop.world.clock.move(days=8)
    waiting = shop.start(b"another")
    shop.world.clock.move(days=8)
    with shop.world.database.write() as session:
        assert housekeeping.sweep(session, shop.world.clock) == 1
    assert not shop.read(done).has_file
    assert shop.read(done).file_sha256, "what it was stays known"
    assert shop.read(waiting).has_file
