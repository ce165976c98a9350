"""The running product for the journeys: once per file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.settings import MailSettings
from tests.journeys.site import Site, running_site
from tests.support.databases import Databases
from tests.support.smtp import MailServer


@pytest.fixture(scope="module")
def journey_mail() -> Iterator[MailServer]:
    """A real SMTP server that receives the site's mail."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def site(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, journey_mail: MailServer
) -> Iterator[Site]:
    """The whole product with an empty catalogue, on each database."""
    folder: Path = tmp_path_factory.mktemp("site")
    mail = MailSettings(
        transport="smtp", host=journey_mail.host, port=journey_mail.port, sender="desk@example.jp"
    )
    with ExitStack() as stack:
        url = stack.enter_context(databases.fresh(folder))
        yield stack.enter_context(running_site(folder, url, mail))
