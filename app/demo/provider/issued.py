"""What an issuer has given out: authorization codes and tokens, in memory.

The classes have the methods that Authlib's grants call on their models (its mixins only document them).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from app.demo.provider.config import ClientConfig, Dialect
from app.demo.provider.people import Person


@dataclass(frozen=True)
class Client:
    """A relying party, as Authlib asks about it."""

    config: ClientConfig
    dialect: Dialect

    @property
    def client_id(self) -> str:
        """The client's id."""
        return self.config.client_id

    @property
    def client_metadata(self) -> dict[str, list[str]]:
        """What Authlib's logout endpoint looks up."""
        return {"post_logout_redirect_uris": list(self.config.post_logout_redirect_uris)}

    @property
    def approved_scopes(self) -> set[str]:
        """Scopes this client may ask for."""
        return set(self.config.scopes or self.dialect.scopes)

    def get_client_id(self) -> str:
        """The client's id."""
        return self.config.client_id

    def get_default_redirect_uri(self) -> None:
        """None: the redirect URI must always be sent."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scope as asked, or None where any part of it is not approved: nothing is cut down in silence."""
        asked = set((scope or "").split())
        return scope if asked and asked <= self.approved_scopes else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether that exact string is registered."""
        return redirect_uri in self.config.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the secret is right."""
        return hmac.compare_digest(self.config.client_secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Only client_secret_basic, at every endpoint."""
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        """Only the code flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes and refresh tokens."""
        return grant_type in ("authorization_code", "refresh_token")


@dataclass
class Code:
    """An authorization code. It is kept after its use until it expires, so that a replay is recognised."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    person: Person
    auth_time: int
    max_age_asked: bool
    expires_at: int
    used: bool = False

    def get_redirect_uri(self) -> str:
        """Where the code was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Scopes granted."""
        return self.scope


@dataclass
class Token:
    """An access token with its refresh token; `code` is the one it came from."""

    access_token: str
    refresh_token: str
    client_id: str
    person: Person
    scope: str
    expires_at: int
    code: str
    now: Callable[[], int]
    revoked: bool = False

    def check_client(self, client: Client) -> bool:
        """Whether it was issued to that client."""
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        """Scopes granted."""
        return self.scope

    def is_expired(self) -> bool:
        """Whether the access token's hour is over."""
        return self.expires_at <= self.now()

    def is_revoked(self) -> bool:
        """Whether a replayed code or a refresh ended it."""
        return self.revoked


@dataclass
class Issued:
    """One issuer's codes and tokens. `now` is the clock in whole seconds since the epoch."""

    now: Callable[[], int]
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)

    def keep_code(self, code: Code) -> None:
        """Keep a new code, dropping those whose time is over."""
        now = self.now()
        self.codes = {key: kept for key, kept in self.codes.items() if kept.expires_at > now}
        self.codes[code.code] = code

    def redeem(self, code: str, client_id: str) -> Code | None:
        """The code, once, within its time, to its own client; a second time revokes what the first one gave."""
        kept = self.codes.get(code)
        if kept is None or kept.client_id != client_id or kept.expires_at <= self.now():
            return None
        if kept.used:
            for token in self.tokens.values():
                token.revoked = token.revoked or token.code == code
            return None
        kept.used = True
        return kept

    def keep_token(self, token: Token) -> None:
        """Keep a new token."""
        self.tokens[token.access_token] = token

    def by_access_token(self, access_token: str) -> Token | None:
        """The token with that value, expired and revoked ones too."""
        return self.tokens.get(access_token)

    def by_refresh_token(self, refresh_token: str) -> Token | None:
        """The unrevoked token whose refresh token that is."""
        return next(
            (
                kept
                for kept in self.tokens.values()
                if kept.refresh_token == refresh_token and not kept.revoked
            ),
            None,
        )
