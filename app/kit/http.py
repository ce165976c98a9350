"""ASGI middleware in the order in which a request meets it: id, limiter, body size, cross-site rule, unit of work.

They are plain ASGI (no BaseHTTPMiddleware) so that streaming works and the unit of work can hold back the response's
first byte until the commit has happened.
"""

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.database import READONLY_METHODS, Database, UnitOfWork
from app.kit.errors import CrossSite, Problem, TooLarge, Unauthenticated
from app.kit.problems import problem_response

log = logging.getLogger("dmp.http")

CREDENTIAL_BEFORE_BYTES = 64 * 1024
FORM_FIELDS_AT_MOST = 10_000
"""A price table of 100 lines has 800 inputs; starlette's own limit is 1,000 for everything."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id (the caller's `X-Request-Id` where it is well-formed) and sets security headers."""

    def __init__(self, app: ASGIApp, *, secure: bool, form_targets: Sequence[str] = ()) -> None:
        # Browsers hold the redirects of a form to form-action too: login posts here and is sent on to the issuer.
        targets = " ".join(["'self'", *form_targets])
        self.app = app
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Content-Security-Policy": (
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
                f"connect-src 'self'; form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
            ),
        }
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            # Starlette answers crashes outside of all middleware, where no header would be set: answer here.
            log.exception("unhandled request_id=%s", request_id)
            if started:
                raise
            response = problem_response(
                Request(scope), Problem("処理中に問題が起きました。何も変更されていません。")
            )
            await response(scope, receive, send_with_headers)


class LimiterMiddleware:
    """At most `places` requests at a time: below the thread pool's 40, or a dependency that reads before the endpoint
    starves the pool (160 of 200 requests failed when tried without)."""

    def __init__(self, app: ASGIApp, *, places: int) -> None:
        self.app = app
        self._places = places
        self._limiter: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._places)
        async with self._limiter:
            await self.app(scope, receive, send)


class _Refused(Exception):  # internal signal, never leaves this module
    pass


@dataclass(frozen=True)
class BodyLimit:
    """How many bytes the routes that match may receive."""

    pattern: re.Pattern[str]
    limit: int


class BodyLimitMiddleware:
    """Refuses bodies over the route's limit, declared or counted, and wants a credential before 64 kB are read.

    FastAPI parses bodies before dependencies, so without this a stranger could make us spool 200 MB before the 401.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Sequence[BodyLimit],
        default: int,
        has_credential: Callable[[Scope], Awaitable[bool]],
    ) -> None:
        self.app = app
        self._limits = tuple(limits)
        self._default = default
        self._has_credential = has_credential

    def _limit(self, path: str) -> int:
        return next((entry.limit for entry in self._limits if entry.pattern.fullmatch(path)), self._default)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http" or scope["method"] in READONLY_METHODS:
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        declared = Headers(scope=scope).get("content-length", "")
        announced = int(declared) if declared.isascii() and declared.isdigit() else 0
        refusal: Problem | None = None
        if announced > limit:
            refusal = _too_large(limit)
        elif announced > CREDENTIAL_BEFORE_BYTES and not await self._has_credential(scope):
            refusal = Unauthenticated()
        if refusal is not None:
            await problem_response(Request(scope), refusal)(scope, receive, send)
            return
        received = 0
        checked = announced > CREDENTIAL_BEFORE_BYTES

        async def counted_receive() -> Message:
            nonlocal received, refusal, checked
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    refusal = _too_large(limit)
                elif received > CREDENTIAL_BEFORE_BYTES and not checked:
                    checked = True
                    if not await self._has_credential(scope):
                        refusal = Unauthenticated()
                if refusal is not None:
                    raise _Refused
            return message

        replaced = False

        async def replacing_send(message: Message) -> None:
            # Body parsing turns whatever `receive` raised into a 400 of its own: say what really happened instead.
            nonlocal replaced
            if refusal is None:
                await send(message)
            elif not replaced:
                replaced = True
                await problem_response(Request(scope), refusal)(scope, receive, send)

        try:
            await self.app(scope, counted_receive, replacing_send)
        except _Refused:
            if not replaced and refusal is not None:
                await problem_response(Request(scope), refusal)(scope, receive, send)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"送信できるのは {limit:,} バイトまでです。分けて送るか、内容を減らしてください。", limit=limit
    )


def form_token(secret: str, cookie: str) -> str:
    """The token in forms for browsers behind a filter that strips fetch metadata: bound to the session cookie."""
    return hmac.new(secret.encode(), b"form:" + cookie.encode(), hashlib.sha256).hexdigest()


class CrossSiteMiddleware:
    """Unsafe methods with our cookie must prove that they come from our own pages (rules.md, HTTP).

    Proof: `Sec-Fetch-Site: same-origin`; or, where that is stripped, `Origin` equal to ours; or the form's token.
    Requests with an `Authorization` header are not cookie requests: the authenticator ignores cookies for them.
    """

    def __init__(self, app: ASGIApp, *, origin: str, cookie_name: str, secret: str) -> None:
        self.app = app
        self._origin = origin
        self._cookie = cookie_name
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http" or scope["method"] in READONLY_METHODS:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # Every Cookie header, as the authenticator reads them: proxies of HTTP/2 may send several.
        cookie = Request(scope).cookies.get(self._cookie, "")
        is_api = scope["path"].startswith("/api/")
        if "authorization" in headers or (is_api and not cookie):
            await self.app(scope, receive, send)
            return
        site = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        if site is not None:
            allowed = site == "same-origin"
        elif origin is not None:
            allowed = origin == self._origin
        else:
            body = await _read_body(receive)
            allowed = bool(cookie) and await self._token_matches(scope, body, cookie)
            receive = _replay(body, receive)
        if not allowed:
            refusal = CrossSite("画面を開き直してから、もう一度操作してください。")
            await problem_response(Request(scope), refusal)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _token_matches(self, scope: Scope, body: bytes, cookie: str) -> bool:
        try:
            async with Request(scope, _replay(body, None)).form(max_fields=FORM_FIELDS_AT_MOST) as form:
                given = form.get("form_token", "")
        except (HTTPException, MultiPartException):  # no form that could carry a token
            return False
        expected = form_token(self._secret, cookie)
        # As bytes: compare_digest refuses text that is not ASCII with a TypeError.
        return isinstance(given, str) and hmac.compare_digest(
            given.encode(errors="replace"), expected.encode()
        )


async def _read_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replay(body: bytes, rest: Receive | None) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        if rest is None:
            return {"type": "http.disconnect"}
        return await rest()

    return receive


class UnitOfWorkMiddleware:
    """Commits the request's session before the first byte of the answer leaves, or rolls it back for 4xx and 5xx.

    FastAPI runs the teardown of `yield` dependencies too late (a failing commit would have answered 200) or, with
    `scope="function"`, without knowing the status: a form returned with 422 would commit what was flushed.
    """

    def __init__(
        self, app: ASGIApp, *, database: Database, on_forbidden: Callable[[Scope], None] | None = None
    ) -> None:
        self.app = app
        self._database = database
        self._on_forbidden = on_forbidden

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        unit = UnitOfWork(self._database, readonly=scope["method"] in READONLY_METHODS)
        scope["unit_of_work"] = unit
        failed = False

        async def committing_send(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start" and unit.session is not None:
                status, location = message["status"], Headers(raw=message["headers"]).get("location", "")
                try:
                    if unit.ends_at_once:
                        unit.answer(status, location)
                    else:
                        await anyio.to_thread.run_sync(lambda: unit.answer(status, location))
                except Exception:
                    log.exception("commit failed request_id=%s", scope["state"].get("request_id"))
                    failed = True
                    response = problem_response(
                        Request(scope), Problem("保存できませんでした。何も変更されていません。")
                    )
                    await response(scope, receive, send)
                    return
            if message["type"] == "http.response.start" and message["status"] == 403:
                await self._keep_refusal(scope)
            if not failed:
                await send(message)

        try:
            await self.app(scope, receive, committing_send)
        finally:
            if unit.session is not None:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(lambda: unit.finish(keep=False))

    async def _keep_refusal(self, scope: Scope) -> None:
        # Only here the request's own session has ended: a second writer before would wait for it in vain.
        if self._on_forbidden is None:
            return
        on_forbidden = self._on_forbidden
        try:
            await anyio.to_thread.run_sync(lambda: on_forbidden(scope))
        except Exception:
            log.exception("a refusal was not recorded request_id=%s", scope["state"].get("request_id"))


def request_id(request: Request) -> str:
    """The id of this request, for logs, audit events and error pages."""
    state: dict[str, Any] = request.scope.get("state", {})
    return str(state.get("request_id", ""))


def json_of(answer: BaseModel, **headers: str) -> Response:
    """A model as the answer that it is: it was checked when it was made, and would be once more, in another thread.

    For endpoints that are asked often; they name the model as their `response_model`.
    """
    return Response(answer.model_dump_json(by_alias=True), headers=headers, media_type="application/json")


def etag(*parts: object) -> str:
    """A strong ETag of what identifies a version."""
    return '"' + "-".join(str(part) for part in parts) + '"'
