"""A relying party written by hand on httpx, so that the provider is tested by another reading of the standards."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

CLIENT_ID = "dmp-test"
CLIENT_SECRET = "test-secret_0123456789"
CALLBACK = "http://127.0.0.1:8000/auth/callback/gbizid"
AFTER_LOGOUT = "http://127.0.0.1:8000/"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def answer_of(response: httpx.Response) -> dict[str, str]:
    """The parameters of a redirect to the callback."""
    assert response.status_code in (302, 303), response.text
    location = response.headers["location"]
    assert location.startswith(CALLBACK + "?"), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@dataclass
class RelyingParty:
    """One browser and one client at one issuer."""

    issuer: str
    scope: str
    #: Follows no redirects.
    browser: httpx.Client
    #: The client's own connection to the provider, without the browser's cookies.
    backchannel: httpx.Client
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def __post_init__(self) -> None:
        self.metadata: dict[str, Any] = self.backchannel.get(
            f"{self.issuer}.well-known/openid-configuration"
        ).json()

    def request(self, **changes: str | None) -> dict[str, str]:
        """Parameters of a right authorization request, with changes; None leaves one out."""
        right: dict[str, str | None] = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": self.scope,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (right | changes).items() if value is not None}

    def authorize(self, **changes: str | None) -> httpx.Response:
        """Go to the authorization endpoint."""
        return self.browser.get(self.metadata["authorization_endpoint"], params=self.request(**changes))

    def choose(self, page: httpx.Response, sub: str) -> httpx.Response:
        """Press a person's button on the login page."""
        assert page.status_code == 200, page.text
        assert f'name="sub" value="{sub}"' in page.text
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
        assert action
        assert ticket
        return self.browser.post(page.url.join(action[1]), data={"ticket": ticket[1], "sub": sub})

    def log_in(self, sub: str, **changes: str | None) -> dict[str, str]:
        """The whole way from the request to the answer at the callback."""
        return answer_of(self.choose(self.authorize(**changes), sub))

    def ask(self, **form: str | None) -> httpx.Response:
        """Post a form to the token endpoint as the client; None leaves a field out."""
        data = {name: value for name, value in form.items() if value is not None}
        return self.backchannel.post(
            self.metadata["token_endpoint"], data=data, auth=(CLIENT_ID, CLIENT_SECRET)
        )

    def code_form(self, code: str) -> dict[str, str | None]:
        """A right token request for a code."""
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
        }

    def redeem(self, code: str) -> httpx.Response:
        """Exchange a code for tokens."""
        return self.ask(**self.code_form(code))

    def tokens(self, sub: str) -> dict[str, Any]:
        """Log in and redeem."""
        response = self.redeem(self.log_in(sub)["code"])
        assert response.status_code == 200, response.text
        return dict(response.json())

    def published_keys(self) -> KeySet:
        """The issuer's keys as published now."""
        return KeySet.import_key_set(self.backchannel.get(self.metadata["jwks_uri"]).json())

    def verified(self, id_token: str) -> jwt.Token:
        """The id_token with its signature checked against the published keys; claims are the caller's to check."""
        return jwt.decode(id_token, self.published_keys(), algorithms=["RS256"])

    def userinfo(self, access_token: str) -> httpx.Response:
        """Ask userinfo."""
        return self.backchannel.get(
            self.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {access_token}"}
        )
