"""Talking to issuers: discovery, keys, code exchange and userinfo, by Authlib's client over a bounded transport.

Nothing here touches the database: these are the waits during which no session is held (rules.md).
"""

import logging
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.jwk import KeySet

from app.identity.assertions import Assertion, read_assertion
from app.identity.errors import LoginRefused
from app.identity.id_token import IdToken, UnknownKey, key_set, validate
from app.kit.clock import Clock
from app.kit.errors import Unavailable
from app.settings import IssuerSettings, origin_of

log = logging.getLogger("dmp.identity")

ANSWER_BYTES = 256 * 1024
"""More than any discovery document, key set or userinfo needs."""
CONNECT_SECONDS = 3.0
CONVERSATION_SECONDS = 10.0
CONVERSATIONS = 8
"""At a time per process: fewer than the limiter's places, so that a slow issuer cannot stop the whole site."""
METADATA_KEPT = timedelta(hours=1)


class IssuerUnavailable(Unavailable):
    """The issuer does not answer, or not as an issuer does."""

    slug, title = "issuer-unavailable", "認証サーバーに接続できません"


@dataclass(frozen=True)
class Metadata:
    """What discovery says, checked."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    names_itself: bool
    """RFC 9207: every authorization response carries `iss`."""
    fetched_at: datetime


@dataclass(frozen=True)
class Verified:
    """A login that was found in order."""

    assertion: Assertion
    id_token: str
    auth_time: datetime | None


@cache
def _tls() -> ssl.SSLContext:
    """The trusted authorities, read once: that takes longer than a login's other steps together."""
    return httpx2.create_ssl_context()


_MISREAD = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What the libraries raise over answers of a shape that they did not expect: lists for objects, nesting without end,
integers of thousands of digits, expiries that are no number."""


@contextmanager
def _answers(issuer: IssuerSettings) -> Iterator[None]:
    """Whatever goes wrong with an issuer's answer is IssuerUnavailable; what was refused already (Problem) passes."""
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, *_MISREAD) as error:
        misread = isinstance(error, _MISREAD)
        log.warning(
            "issuer %s %s: %s",
            issuer.key,
            "answers wrongly" if misread else "unavailable",
            type(error).__name__,
            exc_info=error if misread and not isinstance(error, RecursionError) else None,
        )
        raise IssuerUnavailable(
            f"{issuer.name}が応答しないか、応答が正しくありません。しばらく待ってからやり直してください。"
        ) from error


class _BoundedBody(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._inner:
            received += len(chunk)
            if received > ANSWER_BYTES:
                raise httpx2.ReadError("answer too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class BoundedTransport(httpx2.AsyncBaseTransport):
    """An HTTP transport that reads at most ANSWER_BYTES of an answer, and none that is compressed (bombs)."""

    def __init__(self) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=_tls(), retries=0)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request; the answer's body is cut off by an error when it grows too large."""
        request.headers["Accept-Encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.ReadError("compressed answer")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedBody(response.stream)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class Issuers:
    """The configured issuers. One per application; keeps their metadata and keys for an hour."""

    def __init__(self, configured: tuple[IssuerSettings, ...], site_origin: str, clock: Clock) -> None:
        self.configured = configured
        self._origin = site_origin
        self._clock = clock
        self._metadata: dict[str, Metadata] = {}
        self._keys: dict[str, KeySet] = {}
        self._busy = 0

    def get(self, key: str) -> IssuerSettings:
        """The issuer of that key. Raises LoginRefused for an unknown one."""
        for issuer in self.configured:
            if issuer.key == key:
                return issuer
        raise LoginRefused("unknown-issuer", "その認証サーバーは設定されていません。")

    def redirect_uri(self, issuer: IssuerSettings) -> str:
        """Our callback for this issuer: one for each, so that answers cannot be mixed up."""
        return f"{self._origin}/login/callback/{issuer.key}"

    @asynccontextmanager
    async def _conversation(self, issuer: IssuerSettings) -> AsyncIterator[AsyncOAuth2Client]:
        if self._busy >= CONVERSATIONS:
            raise IssuerUnavailable("ログインが込み合っています。少し待ってからやり直してください。")
        self._busy += 1
        try:
            with _answers(issuer), anyio.fail_after(CONVERSATION_SECONDS):
                async with AsyncOAuth2Client(
                    client_id=issuer.client_id,
                    client_secret=issuer.client_secret.get_secret_value(),
                    token_endpoint_auth_method="client_secret_basic",  # noqa: S106  # the method's name, no secret
                    redirect_uri=self.redirect_uri(issuer),
                    scope=issuer.scope,
                    code_challenge_method="S256",
                    transport=BoundedTransport(),
                    timeout=httpx2.Timeout(CONVERSATION_SECONDS, connect=CONNECT_SECONDS),
                    follow_redirects=False,
                ) as client:
                    yield client
        finally:
            self._busy -= 1

    async def metadata(self, issuer: IssuerSettings) -> Metadata:
        """The issuer's metadata, at most an hour old. Raises IssuerUnavailable."""
        known = self._metadata.get(issuer.key)
        if known is not None and self._clock.now() - known.fetched_at < METADATA_KEPT:
            return known
        async with self._conversation(issuer) as client:
            url = issuer.issuer.rstrip("/") + "/.well-known/openid-configuration"
            document = await _get_json(client, url)
            found = _checked(issuer, document, self._clock.now())
        self._metadata[issuer.key] = found
        self._keys.pop(issuer.key, None)
        return found

    async def authorization_url(
        self, issuer: IssuerSettings, *, state: str, nonce: str, code_verifier: str, fresh: bool
    ) -> str:
        """Where to send the browser. `fresh` asks for a new authentication (step-up)."""
        metadata = await self.metadata(issuer)
        client = AsyncOAuth2Client(
            client_id=issuer.client_id,
            redirect_uri=self.redirect_uri(issuer),
            scope=issuer.scope,
            code_challenge_method="S256",
            transport=BoundedTransport(),
        )
        extra = {"prompt": "login"} if fresh else {}
        if fresh and issuer.dialect == "generic":
            # Only a request with max_age binds an issuer to say when it authenticated (OpenID Connect Core, 2).
            extra["max_age"] = "0"
        with _answers(issuer):
            async with client:
                url, _ = client.create_authorization_url(
                    metadata.authorization_endpoint,
                    state=state,
                    nonce=nonce,
                    code_verifier=code_verifier,
                    **extra,
                )
        return str(url)

    async def verify(self, issuer: IssuerSettings, *, code: str, nonce: str, code_verifier: str) -> Verified:
        """Exchange the code, validate the ID token, ask userinfo and bind it to the token.

        Raises LoginRefused where the issuer's word cannot be believed, IssuerUnavailable where it does not answer.
        """
        metadata = await self.metadata(issuer)
        async with self._conversation(issuer) as client:
            try:
                token: object = await client.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=self.redirect_uri(issuer),
                    code_verifier=code_verifier,
                )
            except OAuthError as error:
                log.warning("issuer %s refused the code: %s", issuer.key, str(error.error)[:60])
                raise LoginRefused("code", "認証サーバーがログインの引き換えを断りました。") from error
            if not isinstance(token, Mapping):
                raise LoginRefused("token-response", "認証サーバーの応答を読めませんでした。")
            id_token, access_token = token.get("id_token"), token.get("access_token")
            if not isinstance(id_token, str) or not isinstance(access_token, str):
                raise LoginRefused("id-token-missing", "認証サーバーの応答にIDトークンがありません。")
            valid = await self._validate(client, issuer, metadata, id_token, access_token, nonce)
            claims = dict(valid.claims) if issuer.dialect == "generic" else {}
            if metadata.userinfo_endpoint:
                told = await _get_json(
                    client, metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"}
                )
                if told.get("sub") != valid.subject:
                    raise LoginRefused("userinfo-subject", "利用者情報が別の人のものです。")
                claims |= told
            elif issuer.dialect == "gbizid":
                raise LoginRefused("userinfo-missing", "認証サーバーに利用者情報の窓口がありません。")
        return Verified(
            read_assertion(issuer.key, valid.subject, issuer.dialect, claims), id_token, valid.auth_time
        )

    async def _validate(
        self,
        client: AsyncOAuth2Client,
        issuer: IssuerSettings,
        metadata: Metadata,
        id_token: str,
        access_token: str,
        nonce: str,
    ) -> IdToken:
        """Validate with the keys at hand; a key we have not seen is looked for once more."""
        fetched = issuer.key not in self._keys
        if fetched:
            self._keys[issuer.key] = key_set(await _get_json(client, metadata.jwks_uri))

        def check() -> IdToken:
            return validate(
                id_token,
                self._keys[issuer.key],
                issuer=issuer.issuer,
                client_id=issuer.client_id,
                nonce=nonce,
                algorithms=issuer.algorithms,
                access_token=access_token,
                now=self._clock.now(),
            )

        try:
            return check()
        except UnknownKey:
            if fetched:
                raise
        self._keys[issuer.key] = key_set(await _get_json(client, metadata.jwks_uri))
        return check()


async def _get_json(
    client: AsyncOAuth2Client, url: str, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    # withhold_token: Authlib would otherwise demand a token even for public documents.
    response = await client.request(
        "GET", url, withhold_token=True, headers={"Accept": "application/json", **(headers or {})}
    )
    response.raise_for_status()
    document = response.json()
    if not isinstance(document, dict):
        raise httpx2.DecodingError("not a JSON object")
    return document


def _is_address(value: str, *, secure: bool) -> bool:
    """Whether it can be asked or be sent to: an address without credentials, https where the issuer's own is."""
    if not (value.isascii() and value.isprintable()) or " " in value or not origin_of(value):
        return False
    try:
        parts = httpx2.URL(value)
    except httpx2.InvalidURL:
        return False
    return not parts.userinfo and (parts.scheme == "https" or not secure)


def _checked(issuer: IssuerSettings, document: Mapping[str, Any], now: datetime) -> Metadata:
    if document.get("issuer") != issuer.issuer:
        log.error("discovery of %s names another issuer", issuer.key)
        raise IssuerUnavailable(
            f"{issuer.name}の設定情報が別の発行者を名乗っています。システムの管理者に知らせてください。"
        )
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise IssuerUnavailable(f"{issuer.name}は必要な安全策（PKCE S256）に対応していません。")
    secure = urlsplit(issuer.issuer).scheme == "https"

    def endpoint(name: str, *, required: bool) -> str:
        value = document.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not _is_address(value, secure=secure):
            raise IssuerUnavailable(f"{issuer.name}の設定情報の {name} が正しくありません。")
        return value

    authorization_endpoint = endpoint("authorization_endpoint", required=True)
    if origin_of(authorization_endpoint) not in issuer.origins:
        log.error(
            "authorization-endpoint-origin: issuer %s logs in at %s; if that is right, add it to its extra_origins",
            issuer.key,
            origin_of(authorization_endpoint),
        )
        raise IssuerUnavailable(
            f"{issuer.name}のログイン画面が、設定にない場所にあります。システムの管理者に知らせてください。"
        )
    end_session_endpoint = endpoint("end_session_endpoint", required=False)
    if end_session_endpoint and origin_of(end_session_endpoint) not in issuer.origins:
        # Logins go on; the person is told that the issuer's own session stays.
        log.error(
            "end-session-endpoint-origin: issuer %s logs out at %s; if that is right, add it to its extra_origins",
            issuer.key,
            origin_of(end_session_endpoint),
        )
        end_session_endpoint = ""
    return Metadata(
        authorization_endpoint=authorization_endpoint,
        token_endpoint=endpoint("token_endpoint", required=True),
        jwks_uri=endpoint("jwks_uri", required=True),
        userinfo_endpoint=endpoint("userinfo_endpoint", required=False),
        end_session_endpoint=end_session_endpoint,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        fetched_at=now,
    )
