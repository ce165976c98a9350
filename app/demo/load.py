"""`load_demo`: the sample data, loaded once through the services themselves, so that audit trail, outbox and evidence
are real. Two transactions, each whole or not at all, with the index built between them, because procurement searches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from sqlmodel import Session, col, select, update

from app.access.actor import system_actor
from app.audit.chain import Sealer
from app.audit.models import AuditEvent
from app.audit.record import record
from app.catalogue import projection
from app.catalogue.search import SearchService
from app.demo.directory import Directory
from app.demo.identities import Identities
from app.demo.load_contracts import ContractLoader
from app.demo.load_listings import ListingLoader
from app.demo.load_organisations import (
    begin_agreements,
    declare_renewals,
    load_organisations,
    suspend_agreements,
)
from app.demo.load_projects import ProjectLoader
from app.demo.load_specifications import load_specifications
from app.demo.looks import count_looks
from app.demo.sample import Sample
from app.demo.timeline import Halted, Timeline
from app.indexing.indexer import rebuild_now
from app.kit.clock import Clock, MovableClock
from app.kit.database import Database
from app.outbox.models import OutboxRow
from app.review.rules import ReviewRules
from app.settings import Settings
from catalogue_schema import Schema
from search.embedded import open_engine, open_writer

CATALOGUE_LOADED = "demo.catalogue-loaded"
LOADED = "demo.loaded"
BEGINS_DAYS_BEFORE = 200
MAIL_KEPT = timedelta(days=7)
"""News older than this went out long ago, as far as the demo is concerned."""

Say = Callable[[str], None]


def sample_data_loaded(session: Session) -> bool:
    """Whether the sample data is there in full."""
    return _happened(session, LOADED)


def _happened(session: Session, action: str) -> bool:
    return session.exec(select(AuditEvent.id).where(col(AuditEvent.action) == action)).first() is not None


def load_demo(
    database: Database,
    settings: Settings,
    clock: Clock,
    schema: Schema,
    sample: Sample,
    identities: Identities,
    *,
    say: Say,
    halted: Callable[[], bool] = lambda: False,
) -> bool:
    """Load what is not loaded yet; whether anything was. `say` takes lines of progress.

    The database must be migrated and the index free to write. Raises what a service refuses: the data is wrong; and
    Halted, with nothing of the transaction at hand kept, soon after `halted()` has become true.
    """
    with database.read() as session:
        catalogue, whole = _happened(session, CATALOGUE_LOADED), _happened(session, LOADED)
    if whole:
        say("見本データは読み込み済みです。")
        _index(database, settings, clock, schema, say, rebuild=False)
        return False
    began = time.monotonic()
    salt = settings.secret_key.get_secret_value()
    if not catalogue:
        say(
            f"見本データを読み込んでいます（事業者{len(sample.vendors)}、ソフトウェア{len(sample.software)}）。"
        )
        with database.write() as session:
            session.info["audit_salt"] = salt
            _load_catalogue(session, settings, clock, schema, sample, identities, halted)
            _mark(session, clock, CATALOGUE_LOADED)
            _settle(session, clock)
    _index(database, settings, clock, schema, say, rebuild=True)
    if halted():
        raise Halted
    say(f"団体の案件と契約を作っています（{len(sample.projects)}件）。")
    engine = open_engine(settings.search_directory, projection.index_settings(schema))
    with database.write() as session:
        session.info["audit_salt"] = salt
        moving = MovableClock(clock.now())
        timeline = Timeline(moving, clock.today(), halted)
        service = SearchService(database, engine, schema, moving)
        ProjectLoader(session, schema, service, timeline, sample, Directory(session, sample), settings).plan()
        ContractLoader(session, schema, timeline, sample, Directory(session, sample)).plan()
        timeline.run()
        count_looks(session, clock.today())
        _mark(session, clock, LOADED)
        _settle(session, clock)
    _seal(database, settings, clock)
    say(f"見本データの用意ができました（{time.monotonic() - began:.0f}秒）。")
    return True


def _load_catalogue(
    session: Session,
    settings: Settings,
    clock: Clock,
    schema: Schema,
    sample: Sample,
    identities: Identities,
    halted: Callable[[], bool],
) -> None:
    today = clock.today()
    moving = MovableClock(clock.now() - timedelta(days=BEGINS_DAYS_BEFORE))
    load_organisations(session, settings, moving, schema, sample, identities, today)
    directory = Directory(session, sample)
    load_specifications(session, moving, schema, sample, directory)
    timeline = Timeline(moving, today, halted)
    loader = ListingLoader(session, schema, timeline, sample, directory, ReviewRules.of(settings))
    loader.plan()
    timeline.at(timeline.moment(-2, 16), loader.announce_suspension)
    timeline.at(timeline.moment(-3, 13), lambda: declare_renewals(session, moving, sample, directory))
    timeline.at(timeline.moment(-22, 13), lambda: suspend_agreements(session, moving, sample, directory))
    timeline.at(timeline.moment(-4, 11), lambda: begin_agreements(session, moving, sample, directory, today))
    timeline.run()


def _mark(session: Session, clock: Clock, action: str) -> None:
    record(session, system_actor("demo"), action, "demo", "sample-data", at=clock.now())


def _settle(session: Session, clock: Clock) -> None:
    """What the outbox need not do any more: the index is built as a whole, and old news is no news."""
    waiting = update(OutboxRow).where(col(OutboxRow.status) == "waiting")
    done = {"status": "done", "finished_at": clock.now()}
    past = col(OutboxRow.available_at) <= clock.now()
    session.flush()
    session.execute(waiting.where(col(OutboxRow.topic).startswith("catalogue."), past).values(**done))
    old = col(OutboxRow.available_at) < clock.now() - MAIL_KEPT
    session.execute(waiting.where(col(OutboxRow.topic).startswith("notify."), old).values(**done))


def _index(
    database: Database, settings: Settings, clock: Clock, schema: Schema, say: Say, *, rebuild: bool
) -> None:
    writer = open_writer(settings.search_directory, projection.index_settings(schema))
    try:
        if rebuild or writer.stale or not projection.index_agrees(database, writer, schema, clock):
            say("検索の索引を作っています。")
            rebuild_now(database, writer, schema, clock)
    finally:
        writer.close()


def _seal(database: Database, settings: Settings, clock: Clock) -> None:
    sealer = Sealer(database, settings.audit_heads, settings.audit_key.get_secret_value())
    while sealer.seal(clock.now()):
        pass
