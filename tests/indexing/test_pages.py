"""The Agency sees how the index stands and has it compared and rebuilt, by page and by API."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.settings import Settings
from app.worker import Worker
from tests.catalogue.shelf import Shelf, open_shelf
from tests.support.databases import Databases
from tests.world import World


@pytest.fixture(scope="session")
def databases(migrated_sqlite: Path) -> Databases:
    """One kind is enough here: what the pages ask of the database, test_worker.py asks of both."""
    return Databases("sqlite", migrated_sqlite)


@pytest.mark.parametrize("by", ["page", "api"])
def test_an_administrator_starts_and_follows(
    by: str, app: FastAPI, world: World, settings: Settings, database: Database, clock: MovableClock
) -> None:
    admin = world.client(world.login(world.agency(), "agency_admin"))

    def start(kind: str) -> int:
        if by == "page":
            return admin.post("/agency/search/runs", data={"kind": kind, "repair": "true"}).status_code
        return admin.post("/api/v1/search-index/runs", json={"kind": kind, "repair": True}).status_code

    taken, refused = (303, 303) if by == "page" else (202, 409)
    worker = Worker(settings, clock=clock, database=database)
    shelf = Shelf(app, database, clock, worker.writer())
    software = shelf.software(world.vendor())
    assert start("rebuild") == taken
    assert start("rebuild") == refused
    page = admin.get("/agency/search").text
    assert "順番を待っている" in page
    assert 'http-equiv="refresh"' in page
    worker.drain()
    assert start("check") == taken
    clock.move(seconds=1)
    shelf.end(software, tell=False)
    worker.drain()
    worker.close()
    page = admin.get("/agency/search").text
    assert "分かっている限りデータベースと一致しています" in page
    assert "違い1件、直した数1件" in page
    assert 'http-equiv="refresh"' not in page
    found = admin.get("/api/v1/search-index").json()
    assert (found["agrees"], found["documents"], found["waiting"], found["under_way"]) == (True, 0, 0, [])
    check, rebuild = admin.get("/api/v1/search-index/runs").json()["items"]
    assert (rebuild["kind"], rebuild["documents"], rebuild["done"], rebuild["total"]) == ("rebuild", 1, 1, 1)
    assert rebuild["checksum"] != check["checksum"]
    assert check["differences"] == [{"id": software, "what": "surplus"}]
    assert admin.get(f"/api/v1/search-index/runs/{check['id']}").json() == check
    shown = admin.get(f"/agency/search/runs/{check['id']}").text
    assert software in shown
    assert check["checksum"] in shown
    with database.read() as session:
        events = session.exec(
            select(AuditEvent.action).where(col(AuditEvent.object_type) == "index_run")
        ).all()
    assert sorted(events) == ["index.started"] * 2 + ["index.succeeded"] * 2


def test_an_unknown_kind_is_refused_with_what_would_be_right(world: World) -> None:
    admin = world.client(world.login(world.agency(), "agency_admin"))
    answer = admin.post("/api/v1/search-index/runs", json={"kind": "burn"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/kind")
    assert admin.post("/agency/search/runs", data={"kind": "burn"}).status_code == 422
    assert admin.get("/api/v1/search-index/runs/ix_none").status_code == 404


def test_readiness_tells_the_index_apart(
    world: World, app: FastAPI, settings: Settings, database: Database, clock: MovableClock
) -> None:
    client = world.client()
    assert client.get("/readyz").json()["search"] == "behind", "there is no index yet"
    shelf = open_shelf(app, settings, database, clock)
    software = shelf.software(world.vendor())
    shelf.rebuild()
    body = client.get("/readyz").json()
    assert (body["search"], body["index"]["documents"], body["index"]["lag_seconds"]) == ("agrees", 1, 0.0)
    shelf.end(software)
    body = client.get("/readyz").json()
    assert (body["search"], body["index"]["waiting"]) == ("behind", 1)
    shelf.close()
