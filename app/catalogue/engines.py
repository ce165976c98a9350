"""Which search engine the settings choose, as a reader for sites and as the writer for the worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from app.catalogue.waiting import wait_for
from app.kit.database import Database
from app.outbox import claims
from app.settings import RefusedToStart, Settings
from search import embedded, meilisearch
from search.engine import IndexSettings, IndexWriter, SearchEngine
from search.errors import ALARMS
from search.failover import FailoverEngine, MirroredWriter

PRIMARY_SHARE = 0.7
"""Of the time for an answer, what the engine has before the stand-in is asked."""
_KEYS = {
    "site": ("DMP_SEARCH__SEARCH_KEY", "検索用"),
    "worker": ("DMP_SEARCH__WORKER_KEY", "ワーカー用"),
}
TOPICS = ("catalogue.", "search.")
"""How the topics begin whose outbox rows change the index."""


def connection(settings: Settings, part: Literal["site", "worker", "keys"]) -> meilisearch.Connection:
    """Where Meilisearch is, for one part of the service. Raises RefusedToStart without its address or its key."""
    chosen = settings.search
    if not chosen.url:
        raise RefusedToStart("DMP_SEARCH__URL: Meilisearch の住所が必要です（例：http://search:7700）")
    keys = {"site": chosen.search_key.get_secret_value(), "worker": chosen.worker_key.get_secret_value()}
    if keys.get(part) == "":
        name, whose = _KEYS[part]
        raise RefusedToStart(f"{name}: {whose}の鍵が必要です（dmp search-keys で作れます）")
    return meilisearch.Connection(
        url=chosen.url,
        index=chosen.index,
        # Each part has its own key and not the other's, whatever its environment holds.
        search_key=keys["site"] if part == "site" else "",
        worker_key=keys["worker"] if part == "worker" else "",
        answer_seconds=chosen.answer_seconds * PRIMARY_SHARE,
        connect_seconds=min(chosen.connect_seconds, chosen.answer_seconds * PRIMARY_SHARE),
        connections=chosen.connections,
        rest_seconds=chosen.rest_seconds,
        task_seconds=chosen.task_seconds,
    )


def check(settings: Settings, part: Literal["site", "worker"]) -> None:
    """Raise RefusedToStart where what a part of the service needs for its engine is missing."""
    if settings.search_engine == "meilisearch":
        connection(settings, part)


def open_engine(settings: Settings, names: IndexSettings) -> SearchEngine:
    """The engine that a process asks. It may be down: nothing is asked yet. Raises RefusedToStart without its key."""
    if settings.search_engine == "embedded":
        return embedded.open_engine(settings.search_directory, names)
    primary = meilisearch.open_engine(connection(settings, "site"), names)
    standby = embedded.open_engine(settings.search_directory, names) if settings.search.standby else None
    return FailoverEngine(primary, standby)


def open_writer(settings: Settings, names: IndexSettings) -> IndexWriter:
    """The engine that the worker writes, with its stand-in, whose lock keeps a second worker on this host away.

    Raises WriterBusy, and RefusedToStart without the worker's key; without a stand-in EngineUnavailable too.
    """
    if settings.search_engine == "embedded":
        return embedded.open_writer(settings.search_directory, names)
    there = connection(settings, "worker")
    if not settings.search.standby:
        return meilisearch.open_writer(there, names)
    standby = embedded.open_writer(settings.search_directory, names)
    return MirroredWriter(lambda: meilisearch.open_writer(there, names), standby)


def create_keys(settings: Settings, master_key: str) -> meilisearch.Keys:
    """The deployment's two keys, made with Meilisearch's master key, which is kept nowhere.

    Raises RefusedToStart without an address, EngineUnavailable in one of its kinds.
    """
    return meilisearch.create_keys(connection(settings, "keys"), master_key)


def alarms(engine: SearchEngine, database: Database) -> list[Mapping[str, str]]:
    """What is wrong with the engine, by name and since when: as this process sees it, and as the worker does.

    Asks an engine that has a stand-in how it is, so that a fault is seen, and its end too, while nobody searches.
    """
    found: dict[str, datetime] = {}
    if isinstance(engine, FailoverEngine):
        wait_for(engine.health)
        if engine.alarm is not None:
            found[engine.alarm.name] = engine.alarm.since
    for error, since in claims.failing(database, TOPICS).items():
        name = ALARMS.get(error.partition(":")[0])
        if name is not None:
            found.setdefault(name, since)
    return [{"name": name, "since": since.isoformat()} for name, since in sorted(found.items())]
