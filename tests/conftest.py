"""What every test builds on: a migrated database on both engines, a clock, the application, and a world of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.kit.clock import MovableClock
from app.kit.database import Database, create_engine
from app.main import create_app
from app.settings import FilesSettings, Settings
from tests.support.client import TestClient, end_loop
from tests.world import World

# In this order: a plugin that another one imports must be known before.
pytest_plugins = [
    "tests.support.browser",
    "tests.support.postgres",
    "tests.support.databases",
    "tests.support.smtp",
]

ORIGIN = "http://127.0.0.1:8000"
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""Where tests' clocks start: Tuesday 2026-11-24, 10:00 in Japan."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--whole`: what `make test` asks in samples is asked in full."""
    parser.addoption("--whole", action="store_true", help="ask in full what is otherwise asked in samples")


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether samples are not enough."""
    return bool(request.config.getoption("--whole"))


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
        files=FilesSettings(directory=tmp_path / "files"),
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


def pytest_unconfigure() -> None:
    """At the end of the process: it would wait for the clients' worker threads."""
    end_loop()


AppFactory = Callable[..., FastAPI]
