"""A provider served over real HTTP on a free loopback port, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from app.demo.provider import (
    ClientConfig,
    IssuerConfig,
    ProviderConfig,
    RunningProvider,
    load_people,
    running_provider,
)
from tests.demo.provider.relying_party import AFTER_LOGOUT, CALLBACK, CLIENT_ID, CLIENT_SECRET, RelyingParty

PEOPLE = Path(__file__).with_name("people.toml")


@dataclass
class Clock:
    """Time as the provider sees it."""

    moment: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: int) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)


def configuration(clock: Clock, key_file: Path | None = None) -> ProviderConfig:
    """One issuer of each dialect."""
    gbizid_client = ClientConfig(
        CLIENT_ID,
        CLIENT_SECRET,
        (CALLBACK,),
        scopes=("openid", "profile", "user", "email", "mandate", "delegation_info"),
    )
    lg_client = ClientConfig(CLIENT_ID, CLIENT_SECRET, (CALLBACK,), (AFTER_LOGOUT,))
    return ProviderConfig(
        origin="http://localhost:9000",
        issuers=(
            IssuerConfig("gbizid", "/oauth/", "GビズID（開発用）", "gbizid", (gbizid_client,)),
            IssuerConfig("lg", "/lg/", "地方公共団体の認証（開発用）", "generic", (lg_client,)),
        ),
        people=load_people(PEOPLE),
        clock=clock,
        key_file=key_file,
    )


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The provider's time; it only ever advances within a module."""
    return Clock()


@pytest.fixture(scope="module")
def running(clock: Clock) -> Iterator[RunningProvider]:
    """One provider for a module: its keys take time to make, and browsers do not meet."""
    with running_provider(configuration(clock)) as provider:
        yield provider


SCOPES = {"gbizid": "openid profile user email", "lg": "openid profile email organisation"}


class Visitors(Protocol):
    """Makes relying parties, each with a browser of its own unless given one."""

    def __call__(self, issuer: str, browser: httpx.Client | None = None) -> RelyingParty: ...


@pytest.fixture
def visitors(running: RunningProvider) -> Iterator[Visitors]:
    with ExitStack() as open_browsers:
        backchannel = open_browsers.enter_context(httpx.Client(follow_redirects=False))

        def make(issuer: str, browser: httpx.Client | None = None) -> RelyingParty:
            if browser is None:
                browser = open_browsers.enter_context(httpx.Client(follow_redirects=False))
            return RelyingParty(running.issuer_url(issuer), SCOPES[issuer], browser, backchannel)

        yield make


@pytest.fixture
def gbizid(visitors: Visitors) -> RelyingParty:
    return visitors("gbizid")


@pytest.fixture
def generic(visitors: Visitors) -> RelyingParty:
    return visitors("lg")
