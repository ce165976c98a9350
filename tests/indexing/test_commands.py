"""`dmp reindex` and `dmp search-check`, alone and beside a running worker."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.catalogue import projection
from app.cli import app as commands
from app.indexing import runs
from app.kit.database import Database
from app.kit.pagination import Paging
from app.settings import Settings
from app.worker import Worker
from search import meilisearch
from tests.catalogue.shelf import Shelf
from tests.meilisearch_api.process import MASTER_KEY, StandIn
from tests.support.application import Running, application
from tests.support.databases import Databases

Dmp = Callable[..., Result]


@pytest.fixture
def running(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Running]:
    with application(Databases("sqlite", migrated_sqlite), tmp_path) as running:
        yield running


@pytest.fixture
def dmp(monkeypatch: pytest.MonkeyPatch, running: Running) -> Dmp:
    settings = running.settings
    monkeypatch.setenv("DMP_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DMP_AUDIT_HEADS", str(settings.audit_heads))
    monkeypatch.setenv("DMP_SEARCH_DIRECTORY", str(settings.search_directory))
    monkeypatch.setenv("DMP_FILES__DIRECTORY", str(settings.files.directory))
    return lambda *words: CliRunner().invoke(commands, list(words))


def _publish(running: Running, number: int) -> list[str]:
    """Published listings of which the index has never heard."""
    with _worker(running.settings, running.database) as worker:
        shelf = Shelf(running.app, running.database, running.clock, worker.writer())
        return [shelf.software(running.world.vendor()) for _ in range(number)]


@contextmanager
def _worker(settings: Settings, database: Database) -> Iterator[Worker]:
    worker = Worker(settings, database=database)
    try:
        yield worker
    finally:
        worker.close()


@contextmanager
def _at_work(running: Running) -> Iterator[None]:
    stop = threading.Event()
    worker = Worker(running.settings, database=running.database)
    worker.writer()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def test_alone_they_compare_mend_and_rebuild(dmp: Dmp, running: Running) -> None:
    assert dmp("reindex").exit_code == 0
    assert dmp("search-check").exit_code == 0
    ids = _publish(running, 2)
    told = dmp("search-check")
    assert told.exit_code == 1
    assert "索引にないもの 2件" in told.output
    assert all(id_ in told.output for id_ in ids)
    mended = dmp("search-check", "--repair")
    assert (mended.exit_code, "違いを直しました" in mended.output) == (0, True), mended.output
    assert dmp("search-check").exit_code == 0
    (Path(running.settings.search_directory) / "current.json").write_text("{half")
    assert dmp("search-check").exit_code == 1
    rebuilt = dmp("reindex")
    assert rebuilt.exit_code == 0
    for said in ("2 / 2件", "2件、世代 ", "照合値 "):
        assert said in rebuilt.output
    assert dmp("search-check").exit_code == 0
    assert dmp("search-check", "--mend").exit_code == 2


def test_beside_a_worker_they_ask_it_and_follow(dmp: Dmp, running: Running) -> None:
    _publish(running, 2)
    with _at_work(running):
        rebuilt = dmp("reindex")
        assert rebuilt.exit_code == 0, rebuilt.output
        assert "動いているワーカーに作り直しを頼みました（ix_" in rebuilt.output
        assert "2件、世代 " in rebuilt.output
        assert dmp("search-check").exit_code == 0
        mended = dmp("search-check", "--repair")
        assert (mended.exit_code, "一致しています" in mended.output) == (0, True), mended.output
        shutil.rmtree(running.settings.search_directory)
        again = dmp("reindex")
        assert again.exit_code == 0, again.output
    with running.database.read() as session:
        done = runs.page(session, Paging())[0]
    assert {run.status for run in done} == {"succeeded"}


def test_with_meilisearch_they_compare_mend_and_rebuild_what_is_there(
    dmp: Dmp, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = _publish(running, 2)
    with StandIn(latency=0.001) as engine:
        keys = meilisearch.create_keys(meilisearch.Connection(engine.url), MASTER_KEY)
        chosen = {"URL": engine.url, "SEARCH_KEY": keys.search, "WORKER_KEY": keys.worker}
        monkeypatch.setenv("DMP_SEARCH_ENGINE", "meilisearch")
        for name, value in chosen.items():
            monkeypatch.setenv(f"DMP_SEARCH__{name}", value)
        missing = dmp("search-check")
        assert (missing.exit_code, "search-index-missing" in missing.output) == (1, True)
        built = dmp("reindex")
        assert (built.exit_code, "2件" in built.output) == (0, True), built.output
        assert dmp("search-check").exit_code == 0
        there = meilisearch.Connection(engine.url, worker_key=keys.worker)
        settings = projection.index_settings(running.app.state.schema)
        with meilisearch.open_writer(there, settings) as writer:
            writer.apply([], [ids[0]])
        told = dmp("search-check")
        assert (told.exit_code, ids[0] in told.output) == (1, True)
        assert dmp("search-check", "--repair").exit_code == 0
        assert dmp("search-check").exit_code == 0
        engine.stop()
        for command in (("search-check",), ("search-check", "--repair"), ("reindex",)):
            down = dmp(*command)
            assert down.exit_code == 1
            assert isinstance(down.exception, SystemExit), down.exception  # no traceback
            assert "search-engine-down" in down.output
