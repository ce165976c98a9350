"""One stage for the tests over the whole API; what a request changes is rolled back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.conftest import issuers
from tests.access.stage import Stage
from tests.support.application import application
from tests.support.databases import Databases


@pytest.fixture(scope="session")
def api_stage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything in every state."""
    with application(databases, tmp_path_factory.mktemp("api"), issuers=issuers()) as running:
        stage = Stage(running)
        stage.index()
        stage.seal()
        running.database.forgets = True
        yield stage


@pytest.fixture(scope="session")
def document(api_stage: Stage) -> dict[str, Any]:
    """The description as it is served."""
    answer = api_stage.running.visitor.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    served: dict[str, Any] = answer.json()
    return served
