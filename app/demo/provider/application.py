"""The provider as an ASGI application."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.demo.provider.config import ProviderConfig
from app.demo.provider.endpoints import Issuer, new_sessions
from app.demo.provider.faults import Faults
from app.demo.provider.keys import load_rings, save_rings
from app.demo.provider.pages import STYLESHEET, page


class Provider:
    """The provider's Python side: what tests and the demonstration may do to it from within its process."""

    def __init__(self, config: ProviderConfig) -> None:
        self.config = config
        self.faults = Faults()
        self.sessions = new_sessions(config)
        self._rings = load_rings(tuple(issuer.key for issuer in config.issuers), config.key_file)
        self.issuers = {
            issuer.key: Issuer(issuer, config, self.sessions, self._rings[issuer.key], self.faults)
            for issuer in config.issuers
        }

    def issuer_url(self, key: str) -> str:
        """The issuer identifier, ending in a slash, of the issuer with that key."""
        return self.issuers[key].url

    def rotate_key(self, issuer: str | None = None, *, keep_former: bool = True) -> None:
        """Sign with new keys from now on, at one issuer or at all.

        Former keys stay in the JWKS unless `keep_former` is false (then tokens signed before stop verifying).
        """
        for key, ring in self._rings.items():
            if issuer in (None, key):
                ring.rotate(keep_former=keep_former)
        if self.config.key_file is not None:
            save_rings(self._rings, self.config.key_file)

    async def index(self, request: Request) -> Response:
        """All issuers with their people, and who is logged in in this browser."""
        session = self.sessions.find(request.cookies.get(self.config.cookie_name))
        return page(
            "index.html",
            issuers=[
                (issuer.config, issuer.url, list(issuer.people.values())) for issuer in self.issuers.values()
            ],
            logins=dict(session.logins) if session is not None else {},
        )

    async def forget(self, request: Request) -> Response:
        """Forget who is logged in in this browser, so that the next login asks again."""
        session = self.sessions.find(request.cookies.get(self.config.cookie_name))
        if session is not None:
            session.logins.clear()
        return RedirectResponse("/", 303)


class _Outage:
    """Answers 503 to everything while the fault is on."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.faults.down:
            await PlainTextResponse("down", 503)(scope, receive, send)
            return
        await self.app(scope, receive, send)


async def _stylesheet(request: Request) -> Response:
    return Response(STYLESHEET, media_type="text/css")


def create_provider(config: ProviderConfig) -> Starlette:
    """The application. `app.state.provider` is the `Provider`, `app.state.faults` its faults.

    Requests must name the origin's host (a page elsewhere cannot reach it by a name that resolves to loopback).
    """
    provider = Provider(config)
    host = urlsplit(config.origin).hostname or "localhost"
    app = Starlette(
        routes=[
            Route("/", provider.index),
            Route("/forget", provider.forget, methods=["POST"]),
            Route("/provider.css", _stylesheet),
            *(route for issuer in provider.issuers.values() for route in issuer.routes()),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=[host]),
            Middleware(_Outage, faults=provider.faults),
        ],
    )
    app.state.provider = provider
    app.state.faults = provider.faults
    app.state.rotate_key = provider.rotate_key
    return app
