"""Outbox claims: one live claim per key, coalescing, leases, back-off, parking; by many workers at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import col, select

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.outbox import claims
from app.outbox.models import OutboxRow
from app.outbox.publish import publish


def _publish(database: Database, clock: MovableClock, topic: str, key: str) -> str:
    with database.write() as session:
        return publish(session, topic, key, at=clock.now()).id


def _rows(database: Database) -> dict[str, OutboxRow]:
    with database.read() as session:
        return {row.id: row for row in session.exec(select(OutboxRow))}


def test_a_claim_coalesces_what_waits_for_the_same_key(database: Database, clock: MovableClock) -> None:
    first = _publish(database, clock, "catalogue.sync", "a")
    second = _publish(database, clock, "catalogue.sync", "a")
    other = _publish(database, clock, "catalogue.sync", "b")
    claim = claims.claim_next(database, clock.now())
    assert claim is not None
    assert claim.row_id == first
    assert _rows(database)[second].status == "done"
    assert _rows(database)[other].status == "waiting"


def test_no_second_claim_of_a_held_key(database: Database, clock: MovableClock) -> None:
    _publish(database, clock, "catalogue.sync", "a")
    held = claims.claim_next(database, clock.now())
    assert held is not None
    later = _publish(database, clock, "catalogue.sync", "a")
    assert claims.claim_next(database, clock.now()) is None
    assert claims.finish(database, held, clock.now())
    after = claims.claim_next(database, clock.now())
    assert after is not None
    assert after.row_id == later


def test_a_lost_lease_comes_back_and_the_late_worker_cannot_finish(
    database: Database, clock: MovableClock
) -> None:
    _publish(database, clock, "catalogue.sync", "a")
    slow = claims.claim_next(database, clock.now())
    clock.move(seconds=claims.LEASE.total_seconds() + 1)
    fast = claims.claim_next(database, clock.now())
    assert slow is not None
    assert fast is not None
    assert fast.row_id == slow.row_id
    assert not claims.finish(database, slow, clock.now())
    assert claims.fail(database, slow, clock.now(), "too late") == "lost"
    assert claims.finish(database, fast, clock.now())


def test_failures_back_off_and_then_park(database: Database, clock: MovableClock) -> None:
    row_id = _publish(database, clock, "notify.x", "a")
    delays = []
    for _ in range(claims.ATTEMPTS):
        claim = claims.claim_next(database, clock.now())
        assert claim is not None
        outcome = claims.fail(database, claim, clock.now(), "refused")
        row = _rows(database)[row_id]
        delays.append(row.available_at - clock.now())
        assert claims.claim_next(database, clock.now()) is None
        clock.set(row.available_at)
    assert outcome == "parked"
    assert delays == sorted(delays)
    assert delays[0] < delays[-1]
    assert claims.claim_next(database, clock.now() + timedelta(days=9)) is None
    assert claims.counts(database) == {"parked": 1}
    assert claims.revive_parked(database, clock.now()) == 1
    assert claims.claim_next(database, clock.now()) is not None


def test_a_row_that_ends_its_worker_each_time_is_parked(database: Database, clock: MovableClock) -> None:
    row_id = _publish(database, clock, "catalogue.sync", "a")
    for attempt in range(1, claims.ATTEMPTS + 1):
        claim = claims.claim_next(database, clock.now())
        assert claim is not None
        assert claim.attempts == attempt
        clock.move(seconds=claims.LEASE.total_seconds() + 1)
    assert claims.claim_next(database, clock.now()) is None
    row = _rows(database)[row_id]
    assert (row.status, row.last_error) == ("parked", claims.LOST)
    _publish(database, clock, "catalogue.sync", "a")
    assert claims.claim_next(database, clock.now()) is not None, "a parked row holds no key"


def test_a_rolled_back_change_publishes_nothing(database: Database, clock: MovableClock) -> None:
    session = database.session(readonly=False)
    publish(session, "catalogue.sync", "a", at=clock.now())
    session.flush()
    session.rollback()
    session.close()
    assert claims.claim_next(database, clock.now()) is None


def test_many_workers_handle_each_key_once_at_a_time(database: Database, clock: MovableClock) -> None:
    keys = [f"k{n % 7}" for n in range(40)]
    for key in keys:
        _publish(database, clock, "catalogue.sync", key)
    held: Counter[str] = Counter()
    doubled: list[str] = []
    handled: set[str] = set()

    def work(_: int) -> None:
        idle = 0
        while idle < 5:
            claim = claims.claim_next(database, clock.now())
            if claim is None:
                idle += 1
                continue
            held[claim.key] += 1
            if held[claim.key] > 1:
                doubled.append(claim.key)
            handled.add(claim.key)
            held[claim.key] -= 1
            claims.finish(database, claim, clock.now())

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert doubled == []
    assert handled == set(keys)
    with database.read() as session:
        left = session.exec(select(OutboxRow).where(col(OutboxRow.status) != "done")).all()
    assert left == []


def test_done_rows_are_forgotten_after_a_week(database: Database, clock: MovableClock) -> None:
    _publish(database, clock, "catalogue.sync", "a")
    claim = claims.claim_next(database, clock.now())
    assert claim is not None
    claims.finish(database, claim, clock.now())
    assert claims.sweep_done(database, clock.now()) == 0
    clock.move(days=8)
    assert claims.sweep_done(database, clock.now()) == 1
