"""The site while its search engine is slow, down, full, busy or locked: the pages work, the fault has a name, it heals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.catalogue import engines, projection
from app.catalogue.search import SearchService
from app.main import create_app
from app.outbox.publish import publish
from app.procurement.searches import find_results
from app.settings import Settings
from app.worker import Worker
from search import meilisearch
from search.engine import EngineFull
from tests.catalogue.shelf import Shelf
from tests.meilisearch_api.process import MASTER_KEY, StandIn
from tests.support.application import Running, application
from tests.support.client import TestClient
from tests.support.databases import Databases

ANSWER_SECONDS = 1.0
NOTICE = "予備の仕組みで探しました"


@dataclass
class Site:
    """A running site over Meilisearch, with a shelf that has its index written."""

    running: Running
    shelf: Shelf
    engine: StandIn
    settings: Settings

    def search(self, query: str = "q=住民票") -> dict[str, Any]:
        """The API's answer; it has to come in time."""
        began = time.monotonic()
        answer = self.running.visitor.get(f"/api/v1/search?{query}")
        assert time.monotonic() - began < ANSWER_SECONDS
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def notice(self) -> bool:
        """Whether the page says that a stand-in has answered."""
        answer = self.running.visitor.get("/search?q=住民票")
        assert answer.status_code == 200
        return NOTICE in BeautifulSoup(answer.text, "html.parser").get_text()

    def alarms(self) -> set[str]:
        """The alarms that /readyz names; it is ready all the same."""
        answer = self.running.visitor.get("/readyz")
        assert answer.status_code == 200
        return {alarm["name"] for alarm in answer.json()["alarms"]}

    def again(self) -> None:
        """Wait until a failing engine is tried again."""
        time.sleep(self.settings.search.rest_seconds + 0.05)


@pytest.fixture
def engine() -> Iterator[StandIn]:
    """The stand-in for Meilisearch."""
    with StandIn(latency=0.001) as engine:
        yield engine


@pytest.fixture
def site(databases: Databases, engine: StandIn, tmp_path: Path) -> Iterator[Site]:
    """A site with two listings, searched in Meilisearch."""
    keys = meilisearch.create_keys(meilisearch.Connection(engine.url), MASTER_KEY)
    search = {
        "url": engine.url,
        "search_key": keys.search,
        "worker_key": keys.worker,
        "answer_seconds": ANSWER_SECONDS,
        "rest_seconds": 0.2,
    }
    with application(databases, tmp_path, search_engine="meilisearch", search=search) as running:
        names = projection.index_settings(running.app.state.schema)
        writer = engines.open_writer(running.settings, names)
        shelf = Shelf(running.app, running.database, running.clock, writer)
        owner = running.world.vendor("あおぞら電算")
        shelf.software(owner, "住民票の発行")
        shelf.software(owner, "施設予約")
        shelf.rebuild()
        yield Site(running, shelf, engine, running.settings)
        shelf.close()
        running.world.wait(running.app.state.search.close)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    told = ("total", "items", "facets", "relaxed")
    return [one[name] for name in told] == [other[name] for name in told]


def test_slow_down_and_back_again(site: Site) -> None:
    healthy = site.search()
    assert (healthy["engine"], healthy["degraded"], healthy["total"]) == ("meilisearch", False, 1)
    assert not site.notice()
    assert site.alarms() == set()

    site.engine.fail(slow=3.0)
    slow = site.search()
    assert (slow["engine"], slow["degraded"]) == ("embedded", True)
    assert _same(slow, healthy)
    assert site.notice()
    assert site.alarms() == {"search-engine-slow"}
