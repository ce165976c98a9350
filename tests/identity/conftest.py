"""The development provider over real HTTP, the application configured for it, and browsers that go back and forth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from sqlmodel import select

from app.audit.models import AuditEvent
from app.demo.provider import (
    ClientConfig,
    IssuerConfig,
    ProviderConfig,
    RunningProvider,
    load_people,
    running_provider,
)
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.settings import Settings
from tests.conftest import ORIGIN, START
from tests.support.client import TestClient

PEOPLE = load_people(Path(__file__).with_name("people.toml"))
SECRET = "test-secret_0123456789"
TLS = httpx.create_ssl_context()
KEYS = {"gbizid": "/oauth/", "lg": "/lg/", "town": "/town/", "agency": "/agency/"}
SPEAKS_FOR: dict[str, tuple[str, ...]] = {
    "gbizid": (),
    "lg": ("*local",),
    "town": ("012025",),
    "agency": ("agency",),
}


@dataclass
class ProviderClock:
    """The provider's time: that of the test which now runs."""

    clock: MovableClock = field(default_factory=lambda: MovableClock(START))

    def __call__(self) -> Any:
        return self.clock.now()


@pytest.fixture(scope="session")
def provider_clock() -> ProviderClock:
    return ProviderClock()


@pytest.fixture(scope="session")
def served(provider_clock: ProviderClock) -> Iterator[RunningProvider]:
    """One provider for all tests: its keys take time to make."""
    config = ProviderConfig(
        origin="http://localhost:9000",
        issuers=tuple(
            IssuerConfig(
                key,
                path,
                key,
                "gbizid" if key == "gbizid" else "generic",
                (ClientConfig("dmp-test", SECRET, (f"{ORIGIN}/login/callback/{key}",), (f"{ORIGIN}/",)),),
            )
            for key, path in KEYS.items()
        ),
        people=PEOPLE,
        clock=provider_clock,
    )
    with running_provider(config) as provider:
        yield provider


@pytest.fixture
def provider(
    served: RunningProvider, provider_clock: ProviderClock, clock: MovableClock
) -> Iterator[RunningProvider]:
    """The provider with this test's clock, its faults off and its people as in the file."""
    provider_clock.clock = clock
    served.faults.reset()
    people = {key: dict(issuer.people) for key, issuer in served.provider.issuers.items()}
    yield served
    served.faults.reset()
    for key, issuer in served.provider.issuers.items():
        issuer.people.clear()
        issuer.people.update(people[key])


@pytest.fixture
def settings(database_url: str, tmp_path: Path, provider: RunningProvider) -> Settings:
    """Development settings with the provider's issuers."""
    return Settings.model_validate(
        {
            "site_origin": ORIGIN,
            "database_url": database_url,
            "audit_heads": tmp_path / "audit-heads.jsonl",
            "search_directory": tmp_path / "search",
            "files": {"directory": tmp_path / "files"},
            "mail": {"transport": "folder", "folder": tmp_path / "mail"},
            "issuers": [
                {
                    "key": key,
                    "name": f"{key}の認証",
                    "issuer": provider.issuer_url(key),
                    "client_id": "dmp-test",
                    "client_secret": SECRET,
                    "dialect": "gbizid" if key == "gbizid" else "generic",
                    "scope": "openid profile user email delegation_info"
                    if key == "gbizid"
                    else "openid profile email organisation",
                    "organisations": SPEAKS_FOR[key],
                }
                for key in KEYS
            ],
        }
    )


@dataclass
class Browser:
    """A person's browser: the site on one side (in process), the provider on the other (over HTTP)."""

    site: TestClient
    outside: httpx.Client

    def begin(self, issuer: str, next: str = "/account", **fields: str) -> httpx2.Response:
        """Press the login page's button; the answer leads to the issuer."""
        return self.site.post("/login/start", data={"issuer": issuer, "next": next, **fields})

    def at_issuer(self, url: str, subject: str) -> str:
        """Log in at the issuer, as the person chosen on its page; the callback's address on our site."""
        page = self.outside.get(url)
        if page.status_code == 200:
            ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
            action = re.search(r'<form method="post" action="([^"]+)"', page.text)
            assert ticket, page.text
            assert action
            page = self.outside.post(page.url.join(action[1]), data={"ticket": ticket[1], "sub": subject})
        assert page.status_code in (302, 303), page.text
        back = page.headers["location"]
        assert back.startswith(f"{ORIGIN}/login/callback/"), back
        return str(back.removeprefix(ORIGIN))

    def callback(self, issuer: str, subject: str, **fields: str) -> str:
        """From the login page to the callback's address, which is not yet opened."""
        begun = self.begin(issuer, **fields)
        assert begun.status_code == 303, begun.text
        return self.at_issuer(begun.headers["location"], subject)

    def log_in(self, issuer: str, subject: str, **fields: str) -> httpx2.Response:
        """The whole way; the callback's answer."""
        return self.site.get(self.callback(issuer, subject, **fields))

    def forget(self) -> None:
        """End what the issuer remembers of this browser: it asks anew who logs in."""
        self.outside.cookies.clear()

    @property
    def cookie(self) -> str:
        """The session cookie."""
        return self.site.cookies.get("dmp-session") or ""

    def me(self) -> dict[str, Any]:
        """What /me says."""
        answer = self.site.get("/api/v1/me")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class Browsers:
    """Makes browsers, each with cookies of its own."""

    def __init__(self, app: FastAPI, stack: ExitStack) -> None:
        self._app = app
        self._stack = stack

    def __call__(self) -> Browser:
        site = TestClient(
            self._app,
            base_url=ORIGIN,
            raise_server_exceptions=False,
            follow_redirects=False,
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        outside = httpx.Client(follow_redirects=False, verify=TLS)
        return Browser(self._stack.enter_context(site), self._stack.enter_context(outside))


@pytest.fixture
def browsers(app: FastAPI) -> Iterator[Browsers]:
    with ExitStack() as stack:
        yield Browsers(app, stack)


@pytest.fixture
def browser(browsers: Browsers) -> Browser:
    return browsers()


def parameters(url: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def with_parameters(url: str, **changes: str | None) -> str:
    """The address with other parameters; None leaves one out."""
    wanted = {name: value for name, value in (parameters(url) | changes).items() if value is not None}
    return (
        urlsplit(url).path
        + "?"
        + "&".join(f"{name}={quote(value, safe='')}" for name, value in wanted.items())
    )


def change_person(provider: RunningProvider, issuer: str, subject: str, **facts: Any) -> None:
    """Let the issuer say something else of the person from now on."""
    people = provider.provider.issuers[issuer].people
    people[subject] = replace(people[subject], **facts)


def audit_actions(database: Database) -> list[str]:
    """Every action in the trail, in order."""
    with database.read() as session:
        return [event.action for event in session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()]
