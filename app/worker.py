"""The worker: does what the outbox asks, seals the audit trail, numbers the change feed, and lets time pass.

One process of this kind runs beside the web processes. It alone writes the search index (the embedded engine has one
writer). Sealing runs in a thread of its own so that a slow mail server cannot delay it, and so does work on the whole
index (app/indexing/indexer.py), so that changes and mails go on during a rebuild.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from app.access import idempotency, unsent
from app.access.actor import system_actor
from app.audit.chain import Sealer
from app.bulk import listing_import, renewal_import
from app.catalogue import projection
from app.catalogue.engines import open_writer
from app.conformance import verifications
from app.files import service as files
from app.identity import housekeeping as identity_housekeeping
from app.impact import asking
from app.indexing.indexer import Indexer, IndexThread
from app.indexing.indexer import sweep as sweep_index
from app.indexing.keeper import IndexKeeper
from app.indexing.repository import SYNC, SYNC_VENDOR
from app.indexing.repository import TOPICS as INDEX_TOPICS
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
from app.outbox import batches, claims
from app.outbox.claims import Claim
from app.outbox.publish import publish
from app.procurement import contract_import, outcomes
from app.procurement import housekeeping as procurement_housekeeping
from app.review import suspensions
from app.search_words import service as search_words
from app.settings import Settings
from app.specifications import importing as specification_import
from app.specifications import publication as specification_publication
from catalogue_schema import Schema, load_schema
from catalogue_schema.search_words import seed_words
from search.engine import EngineUnavailable, IndexStale, IndexWriter, WriterBusy

log = logging.getLogger("dmp.worker")

IDLE_SECONDS = 0.3
SEAL_EVERY_SECONDS = 0.5
SWEEP = "sweep.hourly"
BATCH = 200
"""Changes of single listings that go into the index in one commit."""
ENGINE_PAUSE_SECONDS = 2.0
"""How long changes wait after the engine failed; they are not at fault and lose no attempt."""


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
            specification_import.KIND: specification_import.SpecificationImport(settings),
        }
        self._opening = threading.RLock()
        self._keeper: IndexKeeper | None = None
        self._indexer: Indexer | None = None
        self._takes_changes = threading.Event()
        self._takes_changes.set()
        self._paused_until = 0.0
        self._stopping = threading.Event()
        self._jobs = JobRunner(self._database, self._clock, actor_of_membership, kinds)
        self._handlers: Mapping[str, Callable[[Claim], None]] = {
            SYNC_VENDOR: lambda claim: self.keeper().sync_vendor(claim.key),
            search_words.TOPIC: lambda _: self.keeper().tell_words(),
            SWEEP: self._sweep,
            RUN: self._jobs,
            asking.TOPIC: lambda claim: asking.ask_vendors(self._database, self._clock, claim.key),
            **dict.fromkeys(TOPICS, self._notify),
        }

    @property
    def topics(self) -> frozenset[str]:
        """Every topic that has a handler."""
        return frozenset(self._handlers) | {SYNC}

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set. A failing handler never ends the loop."""
        self._stopping = stop
        self.schedule_sweep()
        sealing = threading.Thread(target=self._seal_until, args=(stop,), name="sealer", daemon=True)
        sealing.start()
        indexing: IndexThread | None = None
        try:
            if self._open_index(stop):
                indexing = IndexThread(self.begin, stop)
                self._takes_changes = indexing.takes_changes
                indexing.start()
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
            if indexing is not None:
                indexing.join(30)
            self.close()

    def drain(self, most: int = 10_000) -> int:
        """Do what is due now, runs over the index too, seal, number the change feed; how many rows were handled."""
        handled = 0
        while handled < most:
            if self.step():
                handled += 1
            elif not self._step_index():
                break
        while self._sealer.seal(self._clock.now()):
            pass
        while self._numberer.number(self._clock.now()):
            pass
        return handled

    def _step_index(self) -> bool:
        try:
            return self.indexer().step()
        except WriterBusy:
            return False  # whoever writes the index does its runs

    def step(self) -> bool:
        """Claim and handle one row, or a batch of changed listings; False when nothing was due."""
        topics = self.topics
        if not self._index_takes_changes():
            topics = topics - INDEX_TOPICS - {search_words.TOPIC}
        claim = claims.claim_next(self._database, self._clock.now(), topics)
        if claim is None:
            return False
        if claim.topic == SYNC:
            more = batches.claim_more(self._database, claim, self._clock.now(), BATCH - 1)
            self._sync([claim, *more])
        else:
            self._handle(claim, self._handlers[claim.topic])
        return True

    def _handle(self, claim: Claim, handler: Callable[[Claim], None]) -> None:
        try:
            handler(claim)
        except (EngineUnavailable, IndexStale, WriterBusy) as failure:
            self._wait_for_engine([claim], failure)
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

    def _sync(self, held: list[Claim]) -> None:
        """Changed listings together; where that fails, each by itself, so that one cannot hold up the others."""
        try:
            self.keeper().sync(claim.key for claim in held)
        except (EngineUnavailable, IndexStale, WriterBusy) as failure:
            self._wait_for_engine(held, failure)
        except Exception:
            log.warning("a batch of %s changes failed; each is tried by itself", len(held), exc_info=True)
            for claim in held:
                self._handle(claim, lambda one: self.keeper().sync([one.key]))
        else:
            batches.finish_all(self._database, held, self._clock.now())

    def _wait_for_engine(self, held: list[Claim], failure: Exception) -> None:
        log.warning("the index takes no changes now; %s wait: %s", len(held), failure)
        batches.put_back(self._database, held, f"{type(failure).__name__}: {failure}")
        self._paused_until = time.monotonic() + ENGINE_PAUSE_SECONDS

    def _index_takes_changes(self) -> bool:
        return self._takes_changes.is_set() and time.monotonic() >= self._paused_until

    def close(self) -> None:
        """Let go of the index and the database."""
        if self._writer is not None:
            self._writer.close()
            self._writer = self._keeper = self._indexer = None
        if self._owned:
            self._database.dispose()

    def writer(self) -> IndexWriter:
        """The index writer, opened when first needed. Raises WriterBusy while another process holds it."""
        with self._opening:
            if self._writer is None:
                self._writer = open_writer(self._settings, projection.index_settings(self._schema))
            return self._writer

    def keeper(self) -> IndexKeeper:
        """What makes the index agree with the database. Raises WriterBusy."""
        with self._opening:
            if self._keeper is None:
                self._keeper = IndexKeeper(self._database, self.writer(), self._schema, self._clock)
            return self._keeper

    def indexer(self, told: Callable[[int, int], None] = lambda done, total: None) -> Indexer:
        """What does runs over the whole index; `told` hears of their progress. Raises WriterBusy."""
        with self._opening:
            if self._indexer is None:
                self._indexer = Indexer(
                    self._database, self.keeper(), self._schema, self._clock, self._stopping.is_set, told
                )
            return self._indexer

    def schedule_sweep(self) -> None:
        """Make sure that the next hourly sweep is in the outbox."""
        with self._database.write() as session:
            publish(session, SWEEP, "hour", at=self._clock.now())

    def _open_index(self, stop: threading.Event) -> bool:
        while not stop.is_set():
            try:
                self.writer()
            except WriterBusy:
                log.warning("another process writes the index; waiting for it")
                stop.wait(2)
            except EngineUnavailable as failure:
                log.warning("the search engine does not answer; everything else goes on: %s", failure)
                return True
            else:
                return True
        return False

    def begin(self) -> Indexer:
        """Take over what a worker that ended left of the index's work. Raises WriterBusy, EngineUnavailable."""
        self.writer()
        if self._settings.search_engine == "embedded":
            # Its lock is ours: whoever held these claims is gone, and nobody has to wait for their leases.
            batches.release(self._database, INDEX_TOPICS)
        self.keeper().tell_words()
        indexer = self.indexer()
        indexer.begin()
        return indexer

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
            search_words.adopt_seed(session, actor, self._clock, seed_words())
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
            specification_publication.supersede(session, actor, self._clock)
            verifications.end_due(session, actor, self._clock)
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
        sweep_index(self._database, self._clock)
