"""The unit of work: committed before the answer leaves, rolled back for every refusal, one session."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import event, text
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from app.access.dependencies import ActorDep
from app.kit.clock import MovableClock
from app.kit.database import Database, SessionDep
from app.kit.errors import Conflict
from app.organisations.models import Organisation
from tests.world import World


def _organisation(name: str, clock: MovableClock) -> Organisation:
    return Organisation(id=name, kind="agency", name=name, created_at=clock.now())


@pytest.fixture
def probe(app: FastAPI, clock: MovableClock) -> FastAPI:
    """Routes that write and then end in different ways."""

    @app.post("/api/probe/{name}")
    def write(name: str, status: int, session: SessionDep) -> JSONResponse:
        session.add(_organisation(name, clock))
        session.flush()
        return JSONResponse({}, status_code=status)

    @app.post("/api/probe-raise/{name}")
    def write_and_raise(name: str, session: SessionDep) -> None:
        session.add(_organisation(name, clock))
        session.flush()
        raise Conflict("no")

    @app.post("/api/probe-crash/{name}")
    def write_and_crash(name: str, session: SessionDep) -> None:
        session.add(_organisation(name, clock))
        session.flush()
        raise RuntimeError("boom")

    @app.post("/api/probe-count")
    def read_modify_write(session: SessionDep, actor: ActorDep) -> dict[str, str]:
        row = session.exec(
            select(Organisation).where(col(Organisation.id) == "counter").with_for_update()
        ).one()
        row.version += 1
        session.add(row)
        return {"actor": actor.kind}

    return app


def _names(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.exec(select(col(Organisation.id))).all())


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (201, True), (303, True), (409, False), (422, False), (500, False)]
)
def test_a_returned_status_decides(
    probe: FastAPI, client: TestClient, database: Database, status: int, kept: bool
) -> None:
    answer = client.post(f"/api/probe/x{status}?status={status}")
    assert answer.status_code == status
    assert (f"x{status}" in _names(database)) is kept


def test_a_raised_refusal_and_a_crash_roll_back(
    probe: FastAPI, client: TestClient, database: Database
) -> None:
    assert client.post("/api/probe-raise/a").status_code == 409
    crash = client.post("/api/probe-crash/b")
    assert crash.status_code == 500
    assert crash.json()["request_id"]
    assert _names(database) == set()


def test_a_failing_commit_is_never_acknowledged(
    probe: FastAPI, client: TestClient, database: Database
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("disk full")

    event.listen(Session, "before_commit", refuse)
    try:
        answer = client.post("/api/probe/lost?status=201")
    finally:
        event.remove(Session, "before_commit", refuse)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert _names(database) == set()


def test_many_writers_at_once_lose_nothing(
    probe: FastAPI, client: TestClient, database: Database, world: World, clock: MovableClock
) -> None:
    with database.write() as session:
        session.add(_organisation("counter", clock))
    login = world.login(world.agency(), "auditor")

    def post(_: int) -> int:
        return client.post("/api/probe-count", headers=login.bearer).status_code

    with ThreadPoolExecutor(60) as pool:
        statuses = list(pool.map(post, range(120)))
    assert statuses == [200] * 120
    with database.read() as session:
        assert (
            session.exec(select(Organisation).where(col(Organisation.id) == "counter")).one().version == 121
        )


def test_a_reader_cannot_write(database: Database) -> None:
    refused = "readonly" if database.is_sqlite else "read-only"
    with database.read() as session, pytest.raises(Exception, match=refused):
        session.execute(text("CREATE TABLE x (y int)"))
    with database.write() as session:  # on the same pooled connection
        session.execute(text("CREATE TABLE x (y int)"))


def test_a_closed_session_stays_closed(database: Database) -> None:
    session = database.session(readonly=True)
    session.close()
    with pytest.raises(Exception, match="closed"):
        session.execute(text("SELECT 1"))
