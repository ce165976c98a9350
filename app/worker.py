"""The worker: does what the outbox asks, seals the audit trail, numbers the change feed, and lets time pass.

One process of this kind runs beside the web processes. It alone writes the search index (the embedded engine has one
writer); sealing runs in a thread of its own so that a slow mail server cannot delay it.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from app.access import idempotency, unsent
from app.access.actor import system_actor
from app.audit.chain import Sealer
from app.bulk import listing_import, renewal_import
from app.catalogue import projection
from app.files import service as files
from app.identity import housekeeping as identity_housekeeping
from app.jobs import housekeeping as jobs_housekeeping
from app.jobs.running import Handler, JobRunner
from app.jobs.service import RUN
from app.kit.clock import Clock, SystemClock
from app.kit.database import Database, create_engine
from app.kit.ids import new_id
from app.listings import expiring, mass_expiry
from app.listings import housekeeping as listings_housekeeping
from app.listings.feed_numbers import Numberer
from app.notifications import notices
from app.notifications.mail import transport_for
from app.notifications.service import TOPICS, Notifier, Undelivered
from app.organisations import housekeeping as organisations_housekeeping
from app.organisations import renewals
from app.organisations.acting import actor_of_membership
from app.outbox import claims
from app.outbox.claims import Claim
from app.outbox.publish import publish
from app.procurement import contract_import, outcomes
from app.procurement import housekeeping as procurement_housekeeping
from app.review import suspensions
from app.settings import Settings
from catalogue_schema import Schema, load_schema
from search.embedded import open_writer
from search.engine import IndexWriter, WriterBusy

log = logging.getLogger("dmp.worker")

IDLE_SECONDS = 0.3
SEAL_EVERY_SECONDS = 0.5
SWEEP = "sweep.hourly"
REINDEX = "search.reindex"


class Worker:
    """Handles outbox rows one after another. `run` until told to stop, or `drain` what is due (tests, the demo)."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        database: Database | None = None,
        schema: Schema | None = None,
        writer: IndexWriter | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._owned = database is None
        self._database = database or Database(create_engine(settings.database_url))
        self._schema = schema or load_schema(settings.schema_directory)
        self._writer = writer
        self._notifier = Notifier(self._database, settings, self._clock, transport_for(settings.mail))
        self._sealer = Sealer(self._database, settings.audit_heads, settings.audit_key.get_secret_value())
        self._numberer = Numberer(self._database)
        self._files = files.files_of(settings)
        kinds: Mapping[str, Handler] = {
            listing_import.KIND: listing_import.ListingImport(self._schema, settings),
            contract_import.KIND: contract_import.ContractImport(self._schema, settings),
            renewal_import.KIND: renewal_import.RenewalImport(settings),
        }
        self._jobs = JobRunner(self._database, self._clock, actor_of_membership, kinds)
        self._handlers: Mapping[str, Callable[[Claim], None]] = {
            "catalogue.sync": self._sync,
            "catalogue.sync-vendor": self._sync_vendor,
            REINDEX: self._reindex,
            SWEEP: self._sweep,
            RUN: self._jobs,
            **dict.fromkeys(TOPICS, self._notify),
        }

    @property
    def topics(self) -> frozenset[str]:
        """Every topic that has a handler."""
        return frozenset(self._handlers)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set. A failing handler never ends the loop."""
        self.schedule_sweep()
        sealing = threading.Thread(target=self._seal_until, args=(stop,), name="sealer", daemon=True)
        sealing.start()
        try:
            if self._open_index(stop):
                while not stop.is_set():
                    try:
                        busy = self.step()
                    except Exception:
                        log.exception("the worker's loop failed; it goes on")
                        busy = False
                    if not busy:
                        stop.wait(IDLE_SECONDS)
        finally:
            stop.set()
            sealing.join(timeout=30)
            self.close()

    def drain(self, most: int = 10_000) -> int:
        """Handle what is due now, seal, number the change feed, and answer how many rows were handled."""
        handled = 0
        while handled < most and self.step():
            handled += 1
        while self._sealer.seal(self._clock.now()):
            pass
        while self._numberer.number(self._clock.now()):
            pass
        return handled

    def step(self) -> bool:
        """Claim and handle one row; False when none was due."""
        claim = claims.claim_next(self._database, self._clock.now(), self.topics)
        if claim is None:
            return False
        try:
            self._handlers[claim.topic](claim)
        except Exception as error:
            outcome = claims.fail(
                self._database, claim, self._clock.now(), f"{type(error).__name__}: {error}"
            )
            log.warning(
                "outbox row failed topic=%s key=%s attempt=%s now=%s",
                claim.topic,
                claim.key,
                claim.attempts,
                outcome,
                exc_info=error,
            )
        else:
            claims.finish(self._database, claim, self._clock.now())
        return True

    def close(self) -> None:
        """Let go of the index and the database."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._owned:
            self._database.dispose()

    def writer(self) -> IndexWriter:
        """The index writer, opened when first needed. Raises WriterBusy while another process holds it."""
        if self._writer is None:
            self._writer = open_writer(
                self._settings.search_directory, projection.index_settings(self._schema)
            )
        return self._writer

    def schedule_sweep(self) -> None:
        """Make sure that the next hourly sweep is in the outbox."""
        with self._database.write() as session:
            publish(session, SWEEP, "hour", at=self._clock.now())

    def _open_index(self, stop: threading.Event) -> bool:
        while not stop.is_set():
            try:
                if self.writer().check({}).stale:
                    log.info("the index was made under other settings: building it anew")
                    projection.rebuild_all(self._database, self.writer(), self._schema, self._clock)
                return True
            except WriterBusy:
                log.warning("another process writes the index; waiting for it")
                stop.wait(2)
        return False

    def _seal_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            # Each by itself: a disk that takes no more heads must not stop the change feed.
            busy = False
            for act in (self._seal, self._number):
                try:
                    busy = act() or busy
                except Exception:
                    log.exception("sealing or numbering failed; it is tried again")
                    stop.wait(2)
            if not busy:
                stop.wait(SEAL_EVERY_SECONDS)

    def _seal(self) -> bool:
        return self._sealer.has_work() and self._sealer.seal(self._clock.now()) > 0

    def _number(self) -> bool:
        now = self._clock.now()
        return self._numberer.has_work(now) and self._numberer.number(now) > 0

    def _sync(self, claim: Claim) -> None:
        projection.sync(self._database, self.writer(), self._schema, self._clock, claim.key)

    def _sync_vendor(self, claim: Claim) -> None:
        projection.sync_vendor(self._database, self.writer(), self._schema, self._clock, claim.key)

    def _reindex(self, _: Claim) -> None:
        projection.rebuild_all(self._database, self.writer(), self._schema, self._clock)

    def _notify(self, claim: Claim) -> None:
        try:
            self._notifier.deliver(claim.topic, claim.key, claim.row_id, claim.payload.get("sent"))
        except Undelivered as failure:
            claims.note(self._database, claim, claim.payload | {"sent": failure.sent})
            raise

    def _sweep(self, _: Claim) -> None:
        """What happens because time passed: ends, events, mails, the index; then the next hour's row."""
        now = self._clock.now()
        with self._database.write() as session:
            # On the hour, so that a day's end in Japan is dealt with at midnight and not up to an hour later.
            next_hour = (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
            publish(session, SWEEP, "hour", at=now, not_before=next_hour)
        actor = system_actor(new_id("sweep"))
        rules = self._settings.expiry
        with self._database.write() as session:
            # Before anything ends: what is to be carried over its end is written down first.
            renewals.grant_general(session, actor, self._clock, rules)
            mass_expiry.ask(session, actor, self._clock, rules)
            expiring.remind(session, actor, self._clock, self._schema)
            expiring.note_ended(session, actor, self._clock)
        with self._database.write() as session:
            organisations_housekeeping.sweep(session, actor, self._clock)
        with self._database.write() as session:
            listings_housekeeping.sweep(session, actor, self._clock)
        with self._database.write() as session:
            suspensions.sweep(session, actor, self._clock)
        with self._database.write() as session:
            procurement_housekeeping.sweep(session, actor, self._clock)
            outcomes.remind(session, self._settings, self._clock)
        with self._database.write() as session:
            identity_housekeeping.sweep(session, actor, self._clock)
            idempotency.sweep(session, now)
            unsent.sweep(session, now)
        with self._database.write() as session:
            jobs_housekeeping.sweep(session, self._clock)
            notices.sweep(session, self._clock)
        files.sweep(self._database, self._files, self._clock)
        claims.sweep_done(self._database, now)
        if not projection.index_agrees(self._database, self.writer(), self._schema, self._clock):
            log.warning("the index did not agree with the database: building it anew")
            projection.rebuild_all(self._database, self.writer(), self._schema, self._clock)


def reindex(settings: Settings, report: Callable[[str], None]) -> int:
    """`dmp reindex`: rebuild at once, or ask the running worker and wait for it. Answers an exit code."""
    worker = Worker(settings)
    try:
        try:
            writer = worker.writer()
        except WriterBusy:
            report("動いているワーカーに索引の作り直しを頼みました。")
            return _ask_worker(settings, report)
        database = Database(create_engine(settings.database_url))
        generation = projection.rebuild_all(
            database, writer, load_schema(settings.schema_directory), SystemClock()
        )
        database.dispose()
        report(f"索引を作り直しました（世代 {generation}）。")
        return 0
    finally:
        worker.close()


def _ask_worker(settings: Settings, report: Callable[[str], None]) -> int:
    from app.outbox.models import OutboxRow  # here only: the loop above never looks at single rows

    database = Database(create_engine(settings.database_url))
    clock = SystemClock()
    with database.write() as session:
        row_id = publish(session, REINDEX, "all", at=clock.now()).id
    waited = threading.Event()
    status = "waiting"
    for _ in range(600):
        with database.read() as session:
            row = session.get(OutboxRow, row_id)
            status = row.status if row else "done"
        if status in ("done", "parked"):
            break
        waited.wait(1)
    database.dispose()
    report("終わりました。" if status == "done" else "終わりませんでした。ワーカーの記録を確認してください。")
    return 0 if status == "done" else 1


def heads_file(settings: Settings) -> Path:
    """Where the signed heads are."""
    return settings.audit_heads
