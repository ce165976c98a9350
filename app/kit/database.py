"""The database: engine hooks, read and write sessions, and the one unit of work of a request.

A session says at its start whether it will write. On SQLite a writer begins with `BEGIN IMMEDIATE`, because a
transaction that read first and then writes fails at once with "database is locked", whatever the busy timeout.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, event
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.engine import CursorResult, ExceptionContext, make_url
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Session

Reading = Session | Connection
"""What a select of columns may be asked of; a connection (`Database.rows`) answers in half the time."""
READONLY_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BUSY_TIMEOUT_MS = 15_000


def create_engine(url: str) -> Engine:
    """An engine for `sqlite:///…` (a file) or `postgresql+psycopg://…` with the hooks of this service.

    Failures name neither parameters nor the failing row: 予定価格 and people's names would be among them.
    Raises ValueError for another database: only these two are tested.
    """
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        engine = sqlalchemy_engine(url, pool_size=25, max_overflow=10, pool_timeout=30, hide_parameters=True)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    if backend == "postgresql":
        engine = sqlalchemy_engine(
            url, pool_size=25, max_overflow=10, pool_timeout=30, pool_pre_ping=True, hide_parameters=True
        )
        event.listen(engine, "handle_error", _postgresql_error)
        event.listen(engine, "begin", _postgresql_begin)
        return engine
    raise ValueError(f"unsupported database {backend!r}: use sqlite:/// or postgresql+psycopg://")


def _sqlite_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _sqlite_begin
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    readonly = bool(connection.get_execution_options().get("readonly", False))
    # A pooled connection serves readers and writers in turn, so it is told where that changes.
    if connection.info.get("query_only") is not readonly:
        connection.info.pop("query_only", None)
        connection.exec_driver_sql(f"PRAGMA query_only={int(readonly)}")
        connection.info["query_only"] = readonly
    if readonly:
        # Straight to the driver: every read begins here and waits for nothing, and what surrounds a statement costs
        # more than this one.
        cast(sqlite3.Connection, connection.connection.dbapi_connection).execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql_error(context: ExceptionContext) -> None:
    """Take the DETAIL out of a failure's text: it quotes the row, and exceptions reach the log and the outbox."""
    error = context.original_exception
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    if primary is None:
        return
    whole = str(error)
    error.args = (primary,)
    wrapped = context.sqlalchemy_exception
    if wrapped is not None:
        wrapped.args = tuple(
            argument.replace(whole, primary) if isinstance(argument, str) else argument
            for argument in wrapped.args
        )


def _postgresql_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("readonly", False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


class Database:
    """Hands out sessions. Share one per process; dispose at the end."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(readonly=True)
        self.info: dict[str, str] = {}
        """Put on every session's `info`: what code below the settings must know (the salt of the audit's digests)."""

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.engine.dialect.name == "sqlite"

    def session(self, *, readonly: bool) -> Session:
        """A session that has not begun yet. Use `read()`, `write()` or the request's unit of work instead
        where you can: they close it."""
        bind = self._reading if readonly else self.engine
        # A closed session must not come alive again (a streamed answer after the unit of work ended would leak).
        return Session(bind, expire_on_commit=False, close_resets_only=False, info=dict(self.info))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A short read-only transaction."""
        with self.session(readonly=True) as session:
            yield session

    @contextmanager
    def rows(self) -> Iterator[Connection]:
        """A short read-only transaction for statements that select columns: without what objects cost."""
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction outside a request (worker, command line): committed at the end, rolled back on a raise."""
        with self.session(readonly=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


LastWord = Callable[[int, str], None]


class UnitOfWork:
    """The one session of one request, opened when first asked for.

    `app.kit.http.UnitOfWorkMiddleware` ends it when the response starts: it commits for 1xx–3xx, rolls back for
    4xx and 5xx, returned or raised, and only then lets the response leave.
    """

    def __init__(self, database: Database, *, readonly: bool) -> None:
        self._database = database
        self._readonly = readonly
        self._last_words: list[LastWord] = []
        self.session: Session | None = None

    def before_commit(self, say: LastWord) -> None:
        """Have `say(status, location)` called just before the commit, when the answer is known; never for 4xx or 5xx.

        `location` is the answer's Location header or an empty text.
        """
        self._last_words.append(say)

    def answer(self, status: int, location: str) -> None:
        """End the unit for an answer: commit for 1xx–3xx, roll back otherwise."""
        keep = status < 400
        if keep:
            for say in self._last_words:
                say(status, location)
        self.finish(keep=keep)

    @property
    def ends_at_once(self) -> bool:
        """Whether its end waits for no disk and no server: it only read, and from a file."""
        return self._readonly and self._database.is_sqlite and not self._last_words

    def open(self) -> Session:
        """The session, the same one at each call."""
        if self.session is None:
            self.session = self._database.session(readonly=self._readonly)
        return self.session

    def finish(self, *, keep: bool) -> None:
        """Commit (keep) or roll back, and close for good."""
        if self.session is None:
            return
        try:
            if keep and not self._readonly:
                self.session.commit()
            else:
                self.session.rollback()
        except BaseException:
            self.session.rollback()
            raise
        finally:
            self.session.close()
            self.session = None


async def request_session(request: Request) -> Session:
    """The request's session (dependency). Nobody commits it but the unit of work.

    Opening one touches no database yet, so this needs no thread.
    """
    unit = cast(UnitOfWork, request.scope["unit_of_work"])
    return unit.open()


SessionDep = Annotated[Session, Depends(request_session)]


def affected(session: OrmSession, statement: Any) -> int:
    """Run an UPDATE or DELETE and say how many rows it changed (compare-and-set)."""
    result = cast("CursorResult[Any]", session.execute(statement))
    return int(result.rowcount)
