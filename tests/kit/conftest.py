"""What the tests of the HTTP layer share: one application for all of them, since they leave nothing behind."""

from collections.abc import Iterator

import pytest
from fastapi import Request
from fastapi.responses import JSONResponse

from app.kit.database import SessionDep
from tests.support.application import Running, application
from tests.support.databases import Databases
from tests.world import Login


@pytest.fixture(scope="session")
def running(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The application with two probes: a page's POST and one that fails."""
    with application(databases, tmp_path_factory.mktemp("kit")) as running:

        @running.app.post("/probe")
        async def posted(request: Request) -> JSONResponse:
            async with request.form(max_fields=10_000) as form:
                return JSONResponse({"fields": len(form.multi_items())})

        @running.app.post("/api/v1/probe")
        async def read(request: Request) -> JSONResponse:
            return JSONResponse({"bytes": len(await request.body())})

        @running.app.get("/probe-crash")
        @running.app.get("/api/v1/probe-crash")
        def crash(session: SessionDep) -> None:
            raise RuntimeError("boom")

        yield running


@pytest.fixture(scope="session")
def person(running: Running) -> Login:
    """Somebody with a session and a token."""
    return running.world.login(running.world.vendor(), "vendor_admin")
