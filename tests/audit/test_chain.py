"""The audit chain: sealing after commit, and finding every kind of tampering, removal of the newest included."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.access.actor import Actor
from app.audit import chain
from app.audit.chain import Sealer, newest_head, verify
from app.audit.models import AuditEvent
from app.audit.record import record
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.settings import Settings

SEED = "seed-of-the-test"
ACTOR = Actor(
    kind="session", pseudonym="ps_1", organisation_id="org_1", address="192.0.2.7", request_id="req-1"
)


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "heads.jsonl"


@pytest.fixture
def sealer(database: Database, heads: Path) -> Sealer:
    return Sealer(database, heads, SEED)


def _record(database: Database, clock: MovableClock, count: int, prefix: str = "o") -> None:
    for number in range(count):
        with database.write() as session:
            session.info["audit_salt"] = "salt"
            record(
                session,
                ACTOR,
                "software.registered",
                "software",
                f"{prefix}{number}",
                at=clock.now(),
                details={"名前": "住民記録", "n": number},
            )


def test_sealed_events_verify(database: Database, clock: MovableClock, sealer: Sealer, heads: Path) -> None:
    _record(database, clock, 5)
    assert sealer.seal(clock.now()) == 5
    _record(database, clock, 3, "p")
    assert sealer.seal(clock.now()) == 3
    assert sealer.seal(clock.now()) == 0
    assert verify(database, heads, SEED, clock.now()) == (8, [])
    newest = newest_head(heads)
    assert newest is not None
    assert newest.number == 8


def test_nothing_personal_is_in_the_event(database: Database, clock: MovableClock) -> None:
    _record(database, clock, 1)
    with database.read() as session:
        event = session.exec(select(AuditEvent)).one()
    assert "192.0.2.7" not in json.dumps(event.model_dump(mode="json"))
    assert len(event.address_digest) == 32


@pytest.mark.parametrize(
    "column", ["action", "object_id", "actor_pseudonym", "details", "hash", "occurred_at"]
)
def test_a_changed_event_is_named(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path, column: str
) -> None:
    _record(database, clock, 6)
    sealer.seal(clock.now())
    changed: object = (
        {"n": 99}
        if column == "details"
        else clock.now().replace(year=2020)
        if column == "occurred_at"
        else "x"
    )
    with database.write() as session:
        session.execute(update(AuditEvent).where(col(AuditEvent.number) == 4).values({column: changed}))
    _, faults = verify(database, heads, SEED, clock.now())
    assert any(fault.startswith("broken link: event number 4 ") for fault in faults)


def test_a_removed_event_is_a_gap(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path
) -> None:
    _record(database, clock, 6)
    sealer.seal(clock.now())
    with database.write() as session:
        session.execute(delete(AuditEvent).where(col(AuditEvent.number) == 3))
    _, faults = verify(database, heads, SEED, clock.now())
    assert any(fault.startswith("gap: after event number 2") for fault in faults)


def test_removing_the_newest_is_found_by_the_heads(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path
) -> None:
    _record(database, clock, 6)
    sealer.seal(clock.now())
    with database.write() as session:
        session.execute(delete(AuditEvent).where(col(AuditEvent.number) > 4))
    _, faults = verify(database, heads, SEED, clock.now())
    assert faults == ["removed: a signed head names event number 6, the newest is 4"]


def test_a_chain_computed_anew_is_found_by_the_heads(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path, tmp_path: Path
) -> None:
    _record(database, clock, 4)
    sealer.seal(clock.now())
    with database.write() as session:
        session.execute(
            update(AuditEvent).where(col(AuditEvent.number) == 2).values(action="software.withdrawn")
        )
        session.execute(update(AuditEvent).values(number=None, hash=None, previous_hash=None))
    Sealer(database, tmp_path / "elsewhere.jsonl", "another seed").seal(clock.now())
    _, faults = verify(database, heads, SEED, clock.now())
    assert faults == ["rewritten: event number 4 is not the one that was signed"]


def test_a_forged_head_is_named(database: Database, clock: MovableClock, sealer: Sealer, heads: Path) -> None:
    _record(database, clock, 2)
    sealer.seal(clock.now())
    line = json.loads(heads.read_text(encoding="utf-8"))
    heads.write_text(json.dumps(line | {"hash": "0" * 64}) + "\n", encoding="utf-8")
    _, faults = verify(database, heads, SEED, clock.now())
    assert any(fault.startswith("forged head: number 2") for fault in faults)


def test_late_unsealed_events_are_reported(database: Database, clock: MovableClock, heads: Path) -> None:
    _record(database, clock, 1)
    assert verify(database, heads, SEED, clock.now()) == (0, [])
    clock.move(minutes=2)
    _, faults = verify(database, heads, SEED, clock.now())
    assert len(faults) == 1
    assert "unsealed" in faults[0]


def test_a_crash_between_commit_and_head_heals(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path
) -> None:
    _record(database, clock, 2)
    sealer.seal(clock.now())
    heads.unlink()
    assert sealer.has_work()
    sealer.seal(clock.now())
    assert verify(database, heads, SEED, clock.now()) == (2, [])
    assert newest_head(heads) is not None


def test_two_sealers_and_many_writers_make_one_chain(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path
) -> None:
    with ThreadPoolExecutor(6) as pool:
        writing = [pool.submit(_record, database, clock, 10, f"w{n}-") for n in range(4)]
        while not all(future.done() for future in writing):
            list(pool.map(lambda _: sealer.seal(clock.now()), range(2)))
        for future in writing:
            future.result()
    while sealer.seal(clock.now()):
        pass
    assert verify(database, heads, SEED, clock.now()) == (40, [])


def test_a_line_torn_by_a_crash_stops_nobody_and_is_reported(
    client: TestClient, database: Database, clock: MovableClock, settings: Settings
) -> None:
    heads, sealer = settings.audit_heads, Sealer(database, settings.audit_heads, SEED)
    _record(database, clock, 1)
    sealer.seal(clock.now())
    whole = heads.read_text(encoding="utf-8")
    heads.write_text(whole + whole[:40], encoding="utf-8")
    assert client.get("/api/v1/audit-events/head").json()["number"] == 1
    assert client.get("/readyz").json()["audit_head"]["number"] == 1
    _record(database, clock, 1)
    sealer.seal(clock.now())
    assert client.get("/api/v1/audit-events/head").json()["number"] == 2
    assert heads.read_text(encoding="utf-8").splitlines()[1] == whole[:40]
    _, faults = verify(database, heads, SEED, clock.now())
    assert [fault for fault in faults if ":2: not a head" in fault]


def test_a_first_line_that_was_torn_is_written_anew(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path
) -> None:
    heads.parent.mkdir()
    heads.write_text('{"number": 1, "ha', encoding="utf-8")
    _record(database, clock, 1)
    sealer.seal(clock.now())
    newest = newest_head(heads)
    assert newest is not None
    assert newest.number == 1


def test_a_file_of_heads_that_cannot_be_read_takes_nobody_out(client: TestClient, settings: Settings) -> None:
    settings.audit_heads.mkdir()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["audit_head"] == "unreadable: IsADirectoryError"
    assert client.get("/api/v1/audit-events/head").status_code == 503


def test_a_replaced_heads_file_is_named(
    database: Database, clock: MovableClock, sealer: Sealer, heads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    _record(database, clock, 5)
    while sealer.seal(clock.now()):
        pass
    assert verify(database, heads, SEED, clock.now()) == (5, [])
    heads.unlink()
    assert sealer.has_work(), "the running worker writes the newest head into a new file"
    sealer.seal(clock.now())
    _, faults = verify(database, heads, SEED, clock.now())
    assert len(faults) == 1
    assert faults[0].startswith("heads missing: ")
