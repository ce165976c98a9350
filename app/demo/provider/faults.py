"""Faults that tests switch on to see what the relying party makes of a wrong provider.

They are reachable only as a Python object in the provider's own process (`app.state.faults`), never over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Faults:
    """What is wrong at the moment; all off at first. Each holds for all issuers of the provider."""

    #: id_token: `aud` is another client.
    wrong_audience: bool = False
    #: id_token: `nonce` is not the one that was sent.
    wrong_nonce: bool = False
    #: id_token: no `nonce` at all.
    missing_nonce: bool = False
    #: id_token: issued and expired a day ago.
    expired_id_token: bool = False
    #: id_token: `iss` is another issuer.
    wrong_issuer: bool = False
    #: id_token: signed by a key that was never published, under its own `kid`.
    unknown_key: bool = False
    #: id_token: signed by a key that was never published, under the published `kid`.
    forged_signature: bool = False
    #: id_token: unsigned, `alg` "none".
    alg_none: bool = False
    #: id_token: signed with HS256 by the published key taken as the secret.
    alg_hs256: bool = False
    #: userinfo is another person's.
    userinfo_other_sub: bool = False
    #: userinfo is padded to at least this many bytes.
    userinfo_bytes: int = 0
    #: userinfo's numbers come as JSON numbers instead of strings (which a relying party must accept).
    userinfo_numbers: bool = False
    #: The discovery document names another issuer.
    discovery_other_issuer: bool = False
    #: RFC 9207 `iss` in the authorization response is another issuer's (issuers that send it).
    wrong_response_iss: bool = False
    #: RFC 9207 `iss` is missing although the metadata promises it.
    missing_response_iss: bool = False
    #: id_token: no `auth_time` unless `max_age` was asked for (which OpenID Connect allows an issuer).
    auth_time_only_for_max_age: bool = False
    #: id_token: signed as it should be, but with this text as its payload.
    id_token_payload: str = ""
    #: The token endpoint, userinfo, the JWKS or discovery answer 200 with this text instead.
    token_answer: str = ""
    userinfo_answer: str = ""
    keys_answer: str = ""
    discovery_answer: str = ""
    #: Discovery names these endpoints instead.
    discovery_jwks_uri: str = ""
    discovery_authorization_endpoint: str = ""
    discovery_end_session_endpoint: str = ""
    #: Every answer is 503.
    down: bool = False

    def reset(self) -> None:
        """Switch every fault off."""
        for item in fields(self):
            setattr(self, item.name, item.default)

    @contextmanager
    def using(self, **values: bool | int | str) -> Iterator[Faults]:
        """Switch the named faults on for the length of a `with` block; what was before comes back afterwards.

        Raises:
            AttributeError: no fault has that name.
        """
        known = {item.name for item in fields(self)}
        if unknown := sorted(values.keys() - known):
            raise AttributeError(f"unknown faults {unknown}; known: {sorted(known)}")
        before = {name: getattr(self, name) for name in values}
        for name, value in values.items():
            setattr(self, name, value)
        try:
            yield self
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def distort(self, claims: dict[str, Any]) -> dict[str, Any]:
        """The id_token's claims with the faults that concern them; `claims` itself is left alone."""
        claims = dict(claims)
        if self.wrong_audience:
            claims["aud"] = "another-client"
        if self.wrong_nonce:
            claims["nonce"] = "another-nonce"
        if self.missing_nonce:
            claims.pop("nonce", None)
        if self.wrong_issuer:
            claims["iss"] = other_issuer(str(claims["iss"]))
        if self.expired_id_token:
            for name in ("iat", "exp", "auth_time"):
                claims[name] -= 86_400
        return claims


def other_issuer(issuer: str) -> str:
    """An issuer that is well-formed and not this one."""
    return f"{issuer}other/"
