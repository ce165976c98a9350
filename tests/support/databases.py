"""Fresh, migrated databases of both kinds: a test that takes `databases` or `database_url` runs once on each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

import pytest
from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from app.kit.database import Database, create_engine
from app.migrate import upgrade
from tests.support.postgres import PostgresServer


@dataclass(frozen=True)
class Databases:
    """Makes databases of one kind out of one that was migrated once in this test process."""

    kind: str
    template: Path
    """The migrated SQLite file."""
    server: PostgresServer | None = field(default=None)
    """The server on which the databases are, where the kind is PostgreSQL."""

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """The address of a new one, gone afterwards; SQLite's file lies in `folder`. Dispose engines before."""
        if self.server is not None:
            with self.server.database(self.server.template("migrated", migrate)) as url:
                yield url
            return
        path = folder / "catalogue.sqlite3"
        copyfile(self.template, path)
        yield f"sqlite:///{path}"


class Snapshot:
    """What a database holds at one moment, to go back to: quicker than building the same beginning again."""

    def __init__(self, engine: Engine) -> None:
        self._tables = SQLModel.metadata.sorted_tables
        with engine.connect() as connection:
            found = {table.name: connection.execute(select(table)).mappings().all() for table in self._tables}
        self._rows = {name: [dict(row) for row in rows] for name, rows in found.items()}

    def restore(self, engine: Engine) -> None:
        """Make the database hold that again, and nothing else."""
        with engine.begin() as connection:
            # Rows may refer to each other in a circle; all of them were there together.
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            else:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in reversed(self._tables):
                connection.execute(table.delete())
            for table in self._tables:
                if self._rows[table.name]:
                    connection.execute(table.insert(), self._rows[table.name])


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest revision, leaving no connection open."""
    database = Database(create_engine(url))
    upgrade(database.engine)
    database.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    # Opened and closed once more: what the write-ahead log held is in the file that gets copied.
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    engine.dispose()
    return path


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, migrated_sqlite: Path) -> Databases:
    """Where the test's databases come from."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    return Databases(request.param, migrated_sqlite, server)


@pytest.fixture
def database_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    with databases.fresh(tmp_path) as url:
        yield url
