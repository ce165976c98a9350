"""One stage for the tests over the whole API; what a request changes is rolled back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.access.conftest import issuers
from tests.access.stage import Stage
from tests.support.application import application


@pytest.fixture(scope="session")
def api_stage(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything in every state, on SQLite."""
    with application(migrated_sqlite, tmp_path_factory.mktemp("api"), issuers=issuers()) as running:
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
