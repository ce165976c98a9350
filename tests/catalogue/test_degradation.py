"""The site while its search engine is slow, down, full, busy or locked: pages work, the fault has a name, it heals."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.catalogue.search import SearchService
from app.catalogue.waiting import wait_for
from app.outbox import claims
from app.outbox.publish import publish
from app.procurement.searches import find_results
from app.worker import Worker
from search import embedded, meilisearch
from search.engine import EngineUnavailable, Query, Results
from tests.catalogue.shelf import Shelf
from tests.meilisearch_api.process import MASTER_KEY, StandIn
from tests.support.application import Running, application
from tests.support.client import in_the_loop
from tests.support.databases import Databases

ANSWER_SECONDS = 2.0
SLACK_SECONDS = 2.0
"""What a busy machine may add; the slow engine is slower than both."""
NOTICE = "予備の仕組みで探しました"


@dataclass
class Site:
    """A running site over Meilisearch, with a shelf that has its index written."""

    running: Running
    shelf: Shelf
    engine: StandIn
    worker: Worker

    def search(self, query: str = "q=ゆきだるま") -> dict[str, Any]:
        """The API's answer; it has to come in time."""
        began = time.monotonic()
        answer = self.running.visitor.get(f"/api/v1/search?{query}")
        assert time.monotonic() - began < ANSWER_SECONDS + SLACK_SECONDS
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def notice(self) -> bool:
        """Whether the page says that a stand-in has answered."""
        answer = self.running.visitor.get("/search?q=ゆきだるま")
        assert answer.status_code == 200
        return NOTICE in BeautifulSoup(answer.text, "html.parser").get_text()

    def alarms(self) -> set[str]:
        """The alarms that /readyz names; it is ready all the same."""
        answer = self.running.visitor.get("/readyz")
        assert answer.status_code == 200
        return {alarm["name"] for alarm in answer.json()["alarms"]}

    def again(self) -> None:
        """Wait until a failing engine is tried again."""
        time.sleep(self.running.settings.search.rest_seconds + 0.05)


@pytest.fixture
def engine() -> Iterator[StandIn]:
    """The stand-in for Meilisearch."""
    with StandIn(latency=0.001) as engine:
        yield engine


@pytest.fixture
def site(migrated_sqlite: Path, engine: StandIn, tmp_path: Path) -> Iterator[Site]:
    """A site with two listings, searched in Meilisearch."""
    keys = meilisearch.create_keys(meilisearch.Connection(engine.url), MASTER_KEY)
    search = {
        "url": engine.url,
        "search_key": keys.search,
        "worker_key": keys.worker,
        "answer_seconds": ANSWER_SECONDS,
        "rest_seconds": 0.2,
    }
    databases = Databases("sqlite", migrated_sqlite, None)
    with application(databases, tmp_path, search_engine="meilisearch", search=search) as running:
        worker = Worker(running.settings, clock=running.clock, database=running.database)
        shelf = Shelf(running.app, running.database, running.clock, worker.writer())
        owner = running.world.vendor("あおぞら電算")
        shelf.software(owner, "ゆきだるま台帳")
        shelf.software(owner, "施設予約")
        shelf.rebuild()
        site = Site(running, shelf, engine, worker)
        _warmed(site)
        yield site
        worker.close()
        in_the_loop(running.app.state.search.close())


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    told = ("total", "items", "facets", "relaxed")
    return [one[name] for name in told] == [other[name] for name in told]


def test_slow_then_down_then_back(site: Site) -> None:
    healthy = site.search()
    assert (healthy["engine"], healthy["degraded"], healthy["total"]) == ("meilisearch", False, 1)
    assert not site.notice()
    assert site.alarms() == set()

    site.engine.fail(slow=30.0)
    slow = site.search()
    assert (slow["engine"], slow["degraded"]) == ("embedded", True)
    assert _same(slow, healthy)
    assert site.notice()
    assert site.alarms() == {"search-engine-slow"}

    site.engine.stop()
    site.again()
    for _ in range(4):
        down = site.search()
        assert (down["engine"], down["degraded"]) == ("embedded", True)
    assert _same(down, healthy)
    assert site.notice()
    assert site.alarms() == {"search-engine-down"}
    (listing,) = healthy["items"]
    for path in ("/", f"/listings/{listing['id']}", "/about", f"/vendors/{listing['vendor']['id']}"):
        assert site.running.visitor.get(path).status_code == 200, path

    site.engine.start()
    site.again()
    # It came back without its data: asked by the alarm's name, not by an empty page.
    assert site.search()["engine"] == "embedded"
    assert site.alarms() == {"search-engine-wrong-key"}
    meilisearch.create_keys(meilisearch.Connection(site.engine.url), MASTER_KEY)
    site.again()
    assert site.alarms() == {"search-index-missing"}
    site.shelf.rebuild()
    site.again()
    assert _same(site.search(), healthy)
    assert site.search()["engine"] == "meilisearch"
    assert not site.notice()
    assert site.alarms() == set()


@pytest.mark.parametrize(
    ("failure", "alarm"), [("busy", "search-engine-busy"), ("wrong_key", "search-engine-wrong-key")]
)
def test_busy_and_locked_have_a_name(
    site: Site, failure: str, alarm: str, caplog: pytest.LogCaptureFixture
) -> None:
    healthy = site.search()
    site.engine.fail(**{failure: 1.0})
    answer = site.search()
    assert (answer["engine"], answer["degraded"]) == ("embedded", True)
    assert _same(answer, healthy)
    assert site.notice()
    assert site.alarms() == {alarm}
    named = [record.getMessage() for record in caplog.records if "alarm=" in record.getMessage()]
    assert len(named) == 1  # once, not with every question
    assert f"alarm={alarm}" in named[0]


@pytest.mark.parametrize("failure", ["full_disk", "full_tasks"])
def test_a_full_engine_is_told_by_the_worker_and_catches_up(site: Site, failure: str) -> None:
    software_id = site.search()["items"][0]["id"]
    site.engine.fail(**{failure: 1.0})
    site.shelf.revise(software_id, name="ゆきだるま台帳とかまくら")
    with site.running.database.write() as session:
        publish(session, "catalogue.sync", software_id, at=site.running.clock.now())
    site.worker.drain()
    assert site.alarms() == {"search-engine-full"}
    # The site goes on, and the stand-in index already knows.
    assert site.search()["total"] == 1
    assert [hit.id for hit in _standby(site, "かまくら").hits] == [software_id]

    site.engine.fail()
    site.running.clock.move(hours=2)
    _drained(site)
    assert site.alarms() == set()
    answer = site.search("q=かまくら")
    assert (answer["engine"], answer["total"]) == ("meilisearch", 1)


def test_it_starts_while_the_engine_is_down(migrated_sqlite: Path, tmp_path: Path) -> None:
    nowhere = {"url": "http://127.0.0.1:9", "search_key": "s" * 32, "worker_key": "w" * 32}
    databases = Databases("sqlite", migrated_sqlite, None)
    with application(databases, tmp_path, search_engine="meilisearch", search=nowhere) as running:
        assert running.visitor.get("/").status_code == 200
        # Nobody has written the stand-in yet either: the search says so, and the alarm why.
        assert running.visitor.get("/search?q=ゆきだるま").status_code == 503
        alarms = running.visitor.get("/readyz").json()["alarms"]
        assert [alarm["name"] for alarm in alarms] == ["search-engine-down"]
        worker = Worker(running.settings, clock=running.clock, database=running.database)
        shelf = Shelf(running.app, running.database, running.clock, worker.writer())
        shelf.software(running.world.vendor("あおぞら電算"), "ゆきだるま台帳")
        with pytest.raises(EngineUnavailable):
            shelf.rebuild()
        answer = running.visitor.get("/api/v1/search?q=ゆきだるま").json()
        assert (answer["engine"], answer["degraded"], answer["total"]) == ("embedded", True, 1)
        worker.close()
        in_the_loop(running.app.state.search.close())


def test_without_a_stand_in_everything_but_the_index_goes_on(migrated_sqlite: Path, tmp_path: Path) -> None:
    nowhere = {"url": "http://127.0.0.1:9", "worker_key": "w" * 32, "search_key": "s" * 32, "standby": False}
    databases = Databases("sqlite", migrated_sqlite, None)
    with application(databases, tmp_path, search_engine="meilisearch", search=nowhere) as running:
        worker = Worker(running.settings, clock=running.clock, database=running.database)
        with running.database.write() as session:
            publish(session, "catalogue.sync", "sw_none", at=running.clock.now())
        worker.schedule_sweep()
        # What needs the engine waits after one attempt and does not keep the worker busy.
        steps = next(number for number in range(20) if not worker.step())
        assert steps >= 2
        assert claims.counts(running.database)["done"] == 1
        assert {alarm["name"] for alarm in running.visitor.get("/readyz").json()["alarms"]} == {
            "search-engine-down"
        }
        worker.close()
        in_the_loop(running.app.state.search.close())


def test_evidence_says_which_engine_answered(site: Site) -> None:
    schema, clock = site.running.app.state.schema, site.running.clock
    service = SearchService(site.running.database, site.running.app.state.search, schema, clock)
    healthy = find_results(service, {"q": "ゆきだるま"})
    assert (healthy.engine, healthy.degraded) == ("meilisearch", False)
    site.engine.stop()
    stood_in = find_results(service, {"q": "ゆきだるま"})
    assert (stood_in.engine, stood_in.degraded) == ("embedded", True)
    assert stood_in.generation != healthy.generation
    assert [hit.software_id for hit in stood_in.hits] == [hit.software_id for hit in healthy.hits]


def test_one_request_for_a_page(site: Site) -> None:
    site.search()
    site.engine.asked()
    site.search("q=台帳&area=resident_register&cloud=aws&strict=1")
    (asked,) = site.engine.asked()
    assert asked["path"] == "/multi-search"
    # Hits with the free facets, each chosen facet without its own choice, what is called exactly so (names, areas),
    # and which generation it is.
    assert len(asked["body"]["queries"]) == 6


def _warmed(site: Site) -> None:
    """The first question makes the stand-in read everything, which may take longer than an answer has."""
    until = time.monotonic() + 20
    while site.search()["engine"] != "meilisearch" and time.monotonic() < until:
        site.again()


def _standby(site: Site, text: str) -> Results:
    reader = embedded.open_engine(site.running.settings.search_directory, site.shelf.writer.settings)
    return wait_for(lambda: reader.search(Query(site.running.clock.today(), text)))


def _drained(site: Site) -> None:
    """Let the worker do what waits, as often as it takes after a pause."""
    until = time.monotonic() + 10
    while claims.counts(site.running.database).get("waiting") and time.monotonic() < until:
        site.worker.drain()
        time.sleep(0.05)


def test_an_index_that_was_lost_is_built_again_by_the_worker(site: Site) -> None:
    site.engine.stop()
    site.engine.start()
    meilisearch.create_keys(meilisearch.Connection(site.engine.url), MASTER_KEY)
    assert site.alarms() == {"search-index-missing"}
    site.worker.indexer().watch()
    site.worker.drain()
    site.again()
    assert site.alarms() == set()
    _warmed(site)
    assert site.search()["engine"] == "meilisearch"


def test_the_worker_starts_while_the_engine_is_down_and_its_stand_in_keeps_up(site: Site) -> None:
    software_id = site.search()["items"][0]["id"]
    site.worker.close()
    site.engine.stop()
    settings = site.running.settings
    worker = Worker(settings, clock=site.running.clock, database=site.running.database)
    stop = threading.Event()
    running = threading.Thread(target=worker.run, args=(stop,))
    running.start()
    try:
        site.shelf.revise(software_id, name="ゆきだるま台帳とかまくら")
        with site.running.database.write() as session:
            publish(session, "catalogue.sync", software_id, at=site.running.clock.now())
        _until(lambda: site.search("q=かまくら")["total"] == 1)
        assert site.search("q=かまくら")["engine"] == "embedded"
    finally:
        stop.set()
        running.join(30)
    assert not running.is_alive()


def test_a_check_sees_a_stand_in_that_lost_its_index(site: Site) -> None:
    site.worker.close()
    shutil.rmtree(site.running.settings.search_directory)
    indexer = site.worker.indexer()
    assert site.search()["engine"] == "meilisearch"
    indexer.ask("check", "asked", repair=True)
    site.worker.drain()
    assert len(_standby(site, "ゆきだるま").hits) == 1


def _until(holds: Callable[[], bool]) -> None:
    """Wait for what a thread brings about. Fails after half a minute."""
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)
