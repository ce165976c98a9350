"""What the provider remembers of a browser: who is logged in where, and which requests wait for a choice."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.demo.provider.people import Person

#: Requests of one browser that may wait at a login page; opening more forgets the oldest.
_PENDING_AT_MOST = 20


@dataclass(frozen=True)
class Login:
    """A person who authenticated at one issuer, and when."""

    person: Person
    auth_time: int


@dataclass(frozen=True)
class Pending:
    """An authorization request that waits until somebody is chosen: the issuer's key and its parameters."""

    issuer: str
    parameters: tuple[tuple[str, str], ...]


@dataclass
class BrowserSession:
    """One browser's cookie and what hangs on it."""

    token: str
    expires_at: datetime
    logins: dict[str, Login] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)

    def wait(self, request: Pending) -> str:
        """Keep the request until somebody is chosen; returns the ticket that the form carries."""
        while len(self.pending) >= _PENDING_AT_MOST:
            del self.pending[next(iter(self.pending))]
        ticket = secrets.token_urlsafe(24)
        self.pending[ticket] = request
        return ticket


@dataclass
class Sessions:
    """All browsers, in memory: a restart of the provider forgets them."""

    clock: Callable[[], datetime]
    lifetime: timedelta
    _by_token: dict[str, BrowserSession] = field(default_factory=dict)

    def find(self, token: str | None) -> BrowserSession | None:
        """The live session of that cookie, if there is one."""
        session = self._by_token.get(token or "")
        return session if session is not None and session.expires_at > self.clock() else None

    def start(self) -> BrowserSession:
        """A new session with nobody logged in. Expired ones are dropped on the way."""
        now = self.clock()
        self._by_token = {token: kept for token, kept in self._by_token.items() if kept.expires_at > now}
        session = BrowserSession(secrets.token_urlsafe(32), now + self.lifetime)
        self._by_token[session.token] = session
        return session

    def log_in(self, session: BrowserSession, issuer: str, person: Person) -> Login:
        """Authenticate the person now; the cookie's value changes, lest one planted beforehand becomes a login."""
        now = self.clock()
        del self._by_token[session.token]
        session.token = secrets.token_urlsafe(32)
        session.expires_at = now + self.lifetime
        self._by_token[session.token] = session
        login = session.logins[issuer] = Login(person, int(now.timestamp()))
        return login
