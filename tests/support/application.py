"""The whole application on a database of its own, for tests that ask many routes or want settings of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session

from app.kit.clock import MovableClock
from app.kit.database import Database, create_engine
from app.main import create_app
from app.settings import Settings
from tests.support.client import TestClient
from tests.support.databases import Databases
from tests.world import World

ORIGIN = "http://127.0.0.1:8000"
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class _Forgetting(Session):
    """A session whose commit finds every fault that a commit would, and keeps nothing."""

    def commit(self) -> None:
        self.flush()
        self.rollback()


class ForgetfulDatabase(Database):
    """A database that can be told to keep nothing of what requests do. `write()` still keeps."""

    forgets = False

    def session(self, *, readonly: bool) -> Session:
        if readonly or not self.forgets:
            return super().session(readonly=readonly)
        return _Forgetting(self.engine, expire_on_commit=False, close_resets_only=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().session(readonly=False) as session, session.begin():
            yield session


@dataclass(frozen=True)
class Running:
    """An application with its database, clock and factories."""

    app: FastAPI
    settings: Settings
    database: ForgetfulDatabase
    clock: MovableClock
    world: World
    visitor: TestClient


@contextmanager
def application(databases: Databases, folder: Path, **settings: Any) -> Iterator[Running]:
    """The application on a fresh database, its files in `folder`; ended on the way out."""
    with databases.fresh(folder) as url, _application(url, folder, settings) as running:
        yield running


@contextmanager
def _application(url: str, folder: Path, settings: dict[str, Any]) -> Iterator[Running]:
    chosen = Settings(
        **{
            "site_origin": ORIGIN,
            "database_url": url,
            "audit_heads": folder / "audit-heads.jsonl",
            "search_directory": folder / "search",
            "files": {"directory": folder / "files"},
            "mail": {"transport": "folder", "folder": folder / "mail"},
            **settings,
        }
    )
    clock = MovableClock(START)
    database = ForgetfulDatabase(create_engine(chosen.database_url))
    app = create_app(chosen, clock=clock, database=database)
    try:
        with World(database, clock, app, ORIGIN) as world, visitor(app) as client:
            yield Running(app, chosen, database, clock, world, client)
    finally:
        database.dispose()


def visitor(app: FastAPI) -> TestClient:
    """A client without any credential."""
    return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False, follow_redirects=False)
