"""Authlib's server side, bound by hand (it has no Starlette integration), and what it leaves open closed.

Authlib 1.9.9 demands PKCE of public clients only and takes a challenge without a method as "plain", and adds
`at_hash` to the id_token; so the authorization request is checked here first, and the id_token is made here.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from authlib.common.security import generate_token
from authlib.oauth2 import OAuth2Error, OAuth2Request, ResourceProtector
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError
from authlib.oauth2.rfc6749 import grants as oauth_grants
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint
from joserfc.jwk import KeySet
from starlette.responses import JSONResponse, Response

from app.demo.provider.claims import person_claims
from app.demo.provider.config import IssuerConfig
from app.demo.provider.faults import Faults
from app.demo.provider.issued import Client, Code, Issued, Token
from app.demo.provider.keys import ALGORITHM, KeyRing
from app.demo.provider.sessions import Login

# A SHA-256 digest in base64url without padding.
_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")

Parameters = Sequence[tuple[str, str]]

__all__ = [
    "AuthorizationRefused",
    "EndSession",
    "OAuth2Error",
    "OAuthRequest",
    "OAuthServer",
    "RedirectUnsafe",
    "check_authorization_request",
]


class IssuerFacts(Protocol):
    """What the grants need of the issuer they serve."""

    config: IssuerConfig
    url: str
    clients: dict[str, Client]
    issued: Issued
    keys: KeyRing
    faults: Faults
    code_seconds: int
    token_seconds: int


class RedirectUnsafe(Exception):
    """Client or redirect URI are not known: the browser must see a page, not a redirect. Carries (field, reason)."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason


class AuthorizationRefused(Exception):
    """The request is refused by a redirect to its client, with an error of RFC 6749 or OpenID Connect."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description


class _Payload(OAuth2Payload):  # type: ignore[misc]  # untyped library
    def __init__(self, parameters: Parameters) -> None:
        self._data = dict(parameters)
        self._datalist: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in parameters:
            self._datalist[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._datalist


class OAuthRequest(OAuth2Request):  # type: ignore[misc]  # untyped library
    """An HTTP request in the shape Authlib reads: parameters of the query or, for POST, of the form."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], parameters: Parameters) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = _Payload(parameters)

    @property
    def args(self) -> dict[str, str]:
        """Query parameters."""
        return self.payload.data if self.method == "GET" else {}

    @property
    def form(self) -> dict[str, str]:
        """Form fields."""
        return self.payload.data if self.method == "POST" else {}


def check_authorization_request(parameters: Parameters, clients: Mapping[str, Client]) -> Client:
    """The client of an authorization request that is in order, by the dialects' rules and ours.

    Raises:
        RedirectUnsafe: client or redirect URI are missing, repeated or not registered exactly so.
        AuthorizationRefused: anything else is missing, repeated, not offered or not approved.
    """
    names = [name for name, _ in parameters]
    sent = dict(parameters)
    for name in ("client_id", "redirect_uri"):
        if names.count(name) != 1 or not sent[name]:
            raise RedirectUnsafe(name, "パラメーターがないか、二つ以上あります。")
    client = clients.get(sent["client_id"])
    if client is None:
        raise RedirectUnsafe("client_id", "登録されていないクライアントです。")
    if not client.check_redirect_uri(sent["redirect_uri"]):
        raise RedirectUnsafe("redirect_uri", "登録された値と完全には一致しません。")

    if len(names) != len(sent):
        raise AuthorizationRefused("invalid_request", "a parameter is repeated")
    for name in ("request", "request_uri"):
        if name in sent:
            raise AuthorizationRefused(f"{name}_not_supported", f"{name} is not supported")
    if sent.get("response_type", "") != "code":
        error = "unsupported_response_type" if sent.get("response_type") else "invalid_request"
        raise AuthorizationRefused(error, "response_type must be code")
    if sent.get("response_mode", "query") != "query":
        raise AuthorizationRefused("invalid_request", "response_mode must be query")
    scopes = sent.get("scope", "").split()
    if "openid" not in scopes:
        raise AuthorizationRefused("invalid_scope", "scope must hold openid")
    if client.get_allowed_scope(sent["scope"]) is None:
        raise AuthorizationRefused("invalid_scope", "a scope is not approved for this client")
    for name in ("state", "nonce"):
        if not sent.get(name):
            raise AuthorizationRefused("invalid_request", f"{name} is required")
    if not _S256_CHALLENGE.fullmatch(sent.get("code_challenge", "")):
        raise AuthorizationRefused("invalid_request", "code_challenge is required, 43 characters")
    if sent.get("code_challenge_method") != "S256":
        raise AuthorizationRefused("invalid_request", "code_challenge_method must be S256")
    return client


class _CodeGrant(oauth_grants.AuthorizationCodeGrant):  # type: ignore[misc]  # untyped library
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ["client_secret_basic"]

    def save_authorization_code(self, code: str, request: OAuthRequest) -> None:
        issuer: IssuerFacts = self.server.issuer
        login: Login = request.user
        sent = request.payload.data
        issuer.issued.keep_code(
            Code(
                code=code,
                client_id=request.client.client_id,
                redirect_uri=sent["redirect_uri"],
                scope=request.scope,
                nonce=sent["nonce"],
                code_challenge=sent["code_challenge"],
                code_challenge_method=sent["code_challenge_method"],
                person=login.person,
                auth_time=login.auth_time,
                max_age_asked="max_age" in sent,
                expires_at=issuer.issued.now() + issuer.code_seconds,
            )
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        issued: Issued = self.server.issuer.issued
        return issued.redeem(code, client.client_id)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        # It was marked as used when it was looked up, and stays so that a replay is recognised.
        return

    def authenticate_user(self, authorization_code: Code) -> Login:
        return Login(authorization_code.person, authorization_code.auth_time)


class _RefreshGrant(oauth_grants.RefreshTokenGrant):  # type: ignore[misc]  # untyped library
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ["client_secret_basic"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        issued: Issued = self.server.issuer.issued
        return issued.by_refresh_token(refresh_token)

    def authenticate_user(self, refresh_token: Token) -> Login:
        return Login(refresh_token.person, 0)

    def revoke_old_credential(self, refresh_token: Token) -> None:
        refresh_token.revoked = True


class _IdToken(OpenIDCode):  # type: ignore[misc]  # untyped library
    def __init__(self, issuer: IssuerFacts) -> None:
        super().__init__(require_nonce=True)
        self.issuer = issuer

    def exists_nonce(self, nonce: str, request: OAuthRequest) -> bool:
        # As described, the real provider does not look for repeated nonces; the relying party must.
        return False

    def encode_id_token(self, token: dict[str, Any], request: OAuthRequest) -> str:
        issuer, code = self.issuer, request.authorization_code
        now = issuer.issued.now()
        claims = {
            "sub": code.person.sub,
            "aud": request.client.client_id,
            "iss": issuer.url,
            "exp": now + issuer.token_seconds,
            "iat": now,
            "auth_time": code.auth_time,
            "nonce": code.nonce,
            "jti": str(uuid.uuid4()),
        }
        if issuer.faults.auth_time_only_for_max_age and not code.max_age_asked:
            del claims["auth_time"]
        if not issuer.config.speaks.thin_id_token:
            claims |= person_claims(issuer.config.dialect, code.person, set(code.scope.split()))
        return issuer.keys.sign(issuer.faults.distort(claims), issuer.faults)


class _StrictChallenge(CodeChallenge):  # type: ignore[misc]  # untyped library
    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar = ["S256"]


class _AccessTokens(BearerTokenValidator):  # type: ignore[misc]  # untyped library
    def __init__(self, issued: Issued, realm: str) -> None:
        super().__init__(realm=realm)
        self.issued = issued

    def authenticate_token(self, token_string: str) -> Token | None:
        return self.issued.by_access_token(token_string)


class EndSession(EndSessionEndpoint):  # type: ignore[misc]  # untyped library
    """RP-initiated logout: the checks are Authlib's; ending the browser's login is the caller's."""

    def get_server_jwks(self) -> KeySet:
        """Keys against which `id_token_hint` is checked."""
        return KeySet(list(self.server.issuer.keys.keys))

    def get_algorithms(self) -> list[str]:
        """Only RS256."""
        return [ALGORITHM]


class OAuthServer(AuthorizationServer):  # type: ignore[misc]  # untyped library
    """One issuer's authorization server."""

    def __init__(self, issuer: IssuerFacts) -> None:
        super().__init__()
        self.issuer = issuer
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                access_token_generator=lambda **_: generate_token(42),
                refresh_token_generator=lambda **_: generate_token(48),
                expires_generator=issuer.token_seconds,
            ),
        )
        self.register_grant(_CodeGrant, [_IdToken(issuer), _StrictChallenge(required=True)])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(EndSession)
        self.resources = ResourceProtector()
        self.resources.register_token_validator(_AccessTokens(issuer.issued, realm=issuer.url))

    def query_client(self, client_id: str) -> Client | None:
        """The client with that id at this issuer."""
        return self.issuer.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: OAuthRequest) -> None:
        """Keep what is about to be given out."""
        issued = self.issuer.issued
        code = request.authorization_code.code if request.authorization_code else request.refresh_token.code
        issued.keep_token(
            Token(
                access_token=token["access_token"],
                refresh_token=token["refresh_token"],
                client_id=request.client.client_id,
                person=request.user.person,
                scope=token["scope"],
                expires_at=issued.now() + token["expires_in"],
                code=code,
                now=issued.now,
            )
        )

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        """Requests arrive here in Authlib's shape already."""
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""
        return

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        """A Starlette response of what Authlib decided."""
        if isinstance(body, dict):
            return JSONResponse(body, status, headers=dict(headers))
        return Response(body, status, headers=dict(headers))

    def handle_error_response(self, request: OAuthRequest | None, error: OAuth2Error) -> Response:
        """The error as JSON, a refused client by the dialect's own name for it and always 401."""
        status, body, headers = error(None)
        if isinstance(error, InvalidClientError):
            body = {**dict(body), "error": self.issuer.config.speaks.client_refused}
            headers = [*headers, ("WWW-Authenticate", "Basic")]
            status = 401
        return self.handle_response(status, dict(body), headers)

    def token_for(self, request: OAuthRequest) -> Token:
        """The live access token with scope openid in the Authorization header.

        Raises:
            OAuth2Error: none, unknown, expired, revoked.
        """
        token: Token = self.resources.validate_request(["openid"], request)
        return token
