"""One stage for all tests of permissions: every request on it is rolled back."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.settings import IssuerSettings
from tests.access.asking import Asking, examples_of
from tests.access.stage import Stage
from tests.support.application import application
from tests.support.databases import Databases


def issuers() -> tuple[IssuerSettings, ...]:
    """The issuers that the stage's people come from; nothing listens there."""
    values: list[dict[str, Any]] = [
        {"key": "test", "dialect": "generic", "organisations": ("*local", "agency")},
        {"key": "gbizid", "dialect": "gbizid"},
    ]
    return tuple(
        IssuerSettings.model_validate(
            {
                "name": value["key"],
                "issuer": f"http://localhost:1/{value['key']}/",
                "client_id": "dmp",
                "client_secret": "secret",
                **value,
            }
        )
        for value in values
    )


@pytest.fixture(scope="session")
def stage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage, once on each database."""
    with application(databases, tmp_path_factory.mktemp("access"), issuers=issuers()) as running:
        stage = Stage(running)
        stage.index()
        stage.seal()
        running.database.forgets = True
        yield stage


@pytest.fixture(scope="session")
def asking(stage: Stage) -> Asking:
    """Asks routes of the stage's application, with the bodies that its description gives as examples."""
    return Asking(stage, examples_of(stage.running.app.openapi()))
