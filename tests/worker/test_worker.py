"""The worker: every topic has a handler, failures are kept, the sweep comes again, the loop ends when told."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.access.actor import system_actor
from app.audit.chain import newest_head
from app.audit.models import AuditEvent
from app.audit.record import record
from app.kit.clock import MovableClock, SystemClock
from app.kit.database import Database
from app.organisations.models import MasterAgreement
from app.outbox.models import OutboxRow
from app.outbox.publish import publish
from app.settings import Settings
from app.worker import SWEEP, Worker
from tests.world import World

APP = Path(__file__).resolve().parents[2] / "app"


@pytest.fixture
def worker(settings: Settings, clock: MovableClock, database: Database) -> Iterator[Worker]:
    worker = Worker(settings, clock=clock, database=database)
    yield worker
    worker.close()


def test_every_topic_that_is_published_has_a_handler(worker: Worker) -> None:
    published = {
        topic
        for path in APP.rglob("*.py")
        for topic in re.findall(r'publish\(\s*session,\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(published) >= 5
    assert published <= worker.topics


def test_the_sweep_expires_agreements_and_comes_again(
    worker: Worker, world: World, database: Database, clock: MovableClock
) -> None:
    vendor = world.vendor(agreement=False)
    agreement = world.agreement(vendor.id, ends_on=clock.today())
    worker.schedule_sweep()
    worker.drain()
    with database.read() as session:
        assert session.get_one(MasterAgreement, agreement.id).status == "active"
    clock.move(days=1)
    worker.drain()
    with database.read() as session:
        assert session.get_one(MasterAgreement, agreement.id).status == "expired"
        waiting = session.exec(
            select(OutboxRow).where(col(OutboxRow.topic) == SWEEP, col(OutboxRow.status) == "waiting")
        ).all()
        events = session.exec(
            select(AuditEvent).where(
                col(AuditEvent.object_id) == agreement.id, col(AuditEvent.action) == "agreement.expired"
            )
        ).all()
    assert [row.available_at for row in waiting] == [clock.now() + timedelta(hours=1)]
    assert len(events) == 1
    assert all(event.number is not None for event in events)


def test_a_failing_row_waits_and_the_others_go_on(
    settings: Settings, clock: MovableClock, database: Database, world: World
) -> None:
    world.login(world.agency(), "agency_admin")
    agreement = world.agreement(world.vendor(agreement=False).id, "signed")
    nowhere = settings.model_copy(
        update={
            "mail": settings.mail.model_copy(update={"transport": "smtp", "port": 1, "timeout_seconds": 1.0})
        }
    )
    with database.write() as session:
        publish(session, "notify.agreement-signed", agreement.id, at=clock.now())
        publish(session, "catalogue.sync", "sw_unknown", at=clock.now())
    worker = Worker(nowhere, clock=clock, database=database)
    worker.drain()
    worker.close()
    with database.read() as session:
        rows = {row.topic: row for row in session.exec(select(OutboxRow))}
    assert rows["catalogue.sync"].status == "done"
    assert rows["notify.agreement-signed"].status == "waiting"
    assert rows["notify.agreement-signed"].attempts == 1
    assert "ConnectionRefused" in rows["notify.agreement-signed"].last_error


def test_running_it_seals_and_ends_when_told(settings: Settings, database: Database) -> None:
    clock = SystemClock()
    with database.write() as session:
        record(session, system_actor(), "test.happened", "test", "1", at=clock.now())
    stop = threading.Event()
    thread = threading.Thread(target=Worker(settings, database=database).run, args=(stop,))
    thread.start()
    for _ in range(200):
        if newest_head(settings.audit_heads) is not None:
            break
        stop.wait(0.05)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert newest_head(settings.audit_heads) is not None
