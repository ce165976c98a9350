"""The whole application on an SQLite file of its own, for tests that ask many routes and need only one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.kit.clock import MovableClock
from app.kit.database import Database, create_engine
from app.main import create_app
from app.settings import Settings
from tests.world import World

ORIGIN = "http://127.0.0.1:8000"
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Running:
    """An application with its database, clock and factories."""

    app: FastAPI
    settings: Settings
    database: Database
    clock: MovableClock
    world: World
    visitor: TestClient


@contextmanager
def application(template: Path, folder: Path, **settings: Any) -> Iterator[Running]:
    """The application on a copy of the migrated file `template` in `folder`; ended on the way out."""
    path = folder / "catalogue.sqlite3"
    copyfile(template, path)
    chosen = Settings(
        **{
            "site_origin": ORIGIN,
            "database_url": f"sqlite:///{path}",
            "audit_heads": folder / "audit-heads.jsonl",
            "search_directory": folder / "search",
            "mail": {"transport": "folder", "folder": folder / "mail"},
            **settings,
        }
    )
    clock = MovableClock(START)
    database = Database(create_engine(chosen.database_url))
    app = create_app(chosen, clock=clock, database=database)
    try:
        with World(database, clock, app, ORIGIN) as world, visitor(app) as client:
            yield Running(app, chosen, database, clock, world, client)
    finally:
        database.dispose()


def visitor(app: FastAPI) -> TestClient:
    """A client without any credential."""
    return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False, follow_redirects=False)
