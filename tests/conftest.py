"""What every test builds on: a migrated database on both engines, a clock, the application, and a world of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from sqlalchemy.engine import make_url
from starlette.testclient import TestClient

from app.kit.clock import MovableClock
from app.kit.database import Database, create_engine
from app.main import create_app
from app.migrate import upgrade
from app.settings import Settings
from tests.world import World

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

pytest_plugins = ["tests.support.browser", "tests.support.postgres", "tests.support.smtp"]

ORIGIN = "http://127.0.0.1:8000"
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""Where tests' clocks start: Tuesday 2026-11-24, 10:00 in Japan."""


def _migrate(url: str) -> None:
    database = Database(create_engine(url))
    upgrade(database.engine)
    database.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _migrate(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database: the test runs once on each."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite3"
        copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database(server.template("migrated", _migrate)) as url:
        yield str(make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database."""
    database = Database(create_engine(database_url))
    yield database
    database.dispose()


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands at START until moved."""
    return MovableClock(START)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Development settings inside the test's own folder."""
    return Settings(
        site_origin=ORIGIN,
        database_url=database_url,
        audit_heads=tmp_path / "audit-heads.jsonl",
        search_directory=tmp_path / "search",
        mail={"transport": "folder", "folder": tmp_path / "mail"},  # type: ignore[arg-type]  # pydantic reads the dict
    )


@pytest.fixture
def app(settings: Settings, clock: MovableClock, database: Database) -> FastAPI:
    """The application on that database and clock."""
    return create_app(settings, clock=clock, database=database)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A visitor's client. `world.client(login)` gives one for a person."""
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def world(database: Database, clock: MovableClock, app: FastAPI) -> Iterator[World]:
    """Factories of organisations, people, sessions and tokens."""
    with World(database, clock, app, ORIGIN) as world:
        yield world


AppFactory = Callable[..., FastAPI]
