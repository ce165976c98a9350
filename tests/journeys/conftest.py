"""The running product for the journeys: once per file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import MailSettings
from tests.journeys.site import Site, running_site
from tests.support.smtp import MailServer


@pytest.fixture(scope="module")
def journey_mail() -> Iterator[MailServer]:
    """A real SMTP server that receives the site's mail."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, journey_mail: MailServer) -> Iterator[Site]:
    """The whole product on SQLite, with an empty catalogue."""
    folder: Path = tmp_path_factory.mktemp("site")
    mail = MailSettings(
        transport="smtp", host=journey_mail.host, port=journey_mail.port, sender="desk@example.jp"
    )
    with running_site(folder, f"sqlite:///{folder / 'site.sqlite3'}", mail) as site:
        yield site
