"""Authlib's own client against the provider: the two readings of the standards agree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from authlib.integrations.starlette_client import OAuth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.demo.provider.conftest import Clock
from tests.demo.provider.relying_party import CALLBACK, CLIENT_ID, CLIENT_SECRET, RelyingParty


def site(party: RelyingParty) -> Starlette:
    """The least relying party on Authlib's Starlette client."""
    oauth = OAuth()
    oauth.register(
        "idp",
        server_metadata_url=f"{party.issuer}.well-known/openid-configuration",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_kwargs={
            "scope": party.scope,
            "token_endpoint_auth_method": "client_secret_basic",
            "code_challenge_method": "S256",
        },
    )

    async def start(request: Request) -> Response:
        response: Response = await oauth.idp.authorize_redirect(request, CALLBACK)
        return response

    async def callback(request: Request) -> Response:
        token = await oauth.idp.authorize_access_token(request)
        userinfo = await oauth.idp.userinfo(token=token)
        return JSONResponse({"id_token": dict(token["userinfo"]), "userinfo": dict(userinfo)})

    return Starlette(
        routes=[Route("/start", start), Route("/auth/callback/gbizid", callback)],
        middleware=[Middleware(SessionMiddleware, secret_key="only-for-this-test")],
    )


@pytest.mark.parametrize(("issuer", "sub"), [("gbizid", "prime-1"), ("generic", "officer-1")])
def test_authlib_logs_in(request: pytest.FixtureRequest, clock: Clock, issuer: str, sub: str) -> None:
    # Authlib judges `exp` by the machine's own clock.
    clock.moment = datetime.now(UTC)
    party: RelyingParty = request.getfixturevalue(issuer)
    with TestClient(site(party), base_url="http://127.0.0.1:8000", follow_redirects=False) as visitor:
        start = visitor.get("/start")
        chosen = party.choose(party.browser.get(start.headers["location"]), sub)
        answer = visitor.get(chosen.headers["location"])
    assert answer.status_code == 200
    assert answer.json()["id_token"]["sub"] == sub
    assert answer.json()["userinfo"]["sub"] == sub
