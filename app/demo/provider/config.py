"""What a development provider is made of: issuers, their dialects, their clients, and the people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from app.demo.provider.people import Person, check_people

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")

DialectName = Literal["gbizid", "generic"]


@dataclass(frozen=True)
class Dialect:
    """How one family of issuers differs from plain OpenID Connect."""

    scopes: tuple[str, ...]
    #: The id_token holds only sub aud iss exp iat auth_time nonce jti; the person's facts are in userinfo alone.
    thin_id_token: bool
    #: The error name for a client that fails to authenticate at the token endpoint (always 401).
    client_refused: str
    #: RP-initiated logout is offered.
    end_session: bool
    #: RFC 9207: the authorization response names its issuer.
    response_issuer: bool


DIALECTS: dict[DialectName, Dialect] = {
    "gbizid": Dialect(
        scopes=("openid", "profile", "user", "email", "role", "mandate", "delegation_info"),
        thin_id_token=True,
        client_refused="unauthorized",
        end_session=False,
        response_issuer=False,
    ),
    "generic": Dialect(
        scopes=("openid", "profile", "email", "organisation"),
        thin_id_token=False,
        client_refused="invalid_client",
        end_session=True,
        response_issuer=True,
    ),
}


@dataclass(frozen=True)
class ClientConfig:
    """A relying party as an issuer knows it. Redirect URIs are compared as whole strings."""

    client_id: str
    #: Of URL-safe characters only: strict providers form-decode what arrives in the Basic header.
    client_secret: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    #: Approved scopes; empty means every scope of the issuer's dialect.
    scopes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.client_secret or not self.client_secret.replace("-", "a").replace("_", "a").isalnum():
            raise ValueError(f"client {self.client_id!r}: the secret must consist of A-Z a-z 0-9 - _")
        if not self.client_secret.isascii():
            raise ValueError(f"client {self.client_id!r}: the secret must be ASCII")


@dataclass(frozen=True)
class IssuerConfig:
    """One issuer: `key` names it in `Person.issuer`, `path` begins and ends with a slash."""

    key: str
    path: str
    #: Japanese, for the pages.
    title: str
    dialect: DialectName
    clients: tuple[ClientConfig, ...]

    def __post_init__(self) -> None:
        if not (self.path.startswith("/") and self.path.endswith("/") and len(self.path) > 2):
            raise ValueError(
                f"issuer {self.key!r}: path {self.path!r} must begin and end with a slash, e.g. /oauth/"
            )
        known = set(DIALECTS[self.dialect].scopes)
        for client in self.clients:
            if unknown := sorted(set(client.scopes) - known):
                raise ValueError(
                    f"issuer {self.key!r}: client {client.client_id!r} has unknown scopes {unknown}"
                )

    @property
    def speaks(self) -> Dialect:
        """The rules of this issuer's dialect."""
        return DIALECTS[self.dialect]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ProviderConfig:
    """Everything a provider needs. `origin` has no trailing slash and must be a loopback address over http.

    Raises:
        ValueError: the origin is not loopback (this provider asks for no password), two issuers share a key or a
            path, or a person's issuer does not exist.
    """

    origin: str
    issuers: tuple[IssuerConfig, ...]
    people: tuple[Person, ...]
    #: Aware time; tests move it.
    clock: Callable[[], datetime] = _utc_now
    #: Where the private keys are kept between runs (mode 0600), so that a restart does not end open sessions.
    key_file: Path | None = None
    #: Differs from the site's: cookies ignore ports, so a shared name would collide on one host.
    cookie_name: str = "dev_provider_session"
    code_seconds: int = 300
    token_seconds: int = 3600
    session_seconds: int = field(default=8 * 3600)

    def __post_init__(self) -> None:
        parts = urlsplit(self.origin)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK_HOSTS or parts.path or parts.query:
            raise ValueError(
                f"origin {self.origin!r} must be http://localhost:PORT: this provider has no passwords"
            )
        for name, values in (
            ("key", [issuer.key for issuer in self.issuers]),
            ("path", [issuer.path for issuer in self.issuers]),
        ):
            if twice := sorted(value for value, count in Counter(values).items() if count > 1):
                raise ValueError(f"two issuers have the same {name}: {twice}")
        keys = {issuer.key for issuer in self.issuers}
        if strangers := sorted({person.issuer for person in self.people} - keys):
            raise ValueError(f"people at unknown issuers {strangers}; known: {sorted(keys)}")
        check_people(self.people)
