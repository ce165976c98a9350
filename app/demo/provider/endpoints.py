"""One issuer's endpoints: discovery, keys, authorization with its login page, token, userinfo, logout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.demo.provider.claims import numbers_as_numbers, person_claims
from app.demo.provider.config import IssuerConfig, ProviderConfig
from app.demo.provider.faults import Faults, other_issuer
from app.demo.provider.issued import Client, Issued
from app.demo.provider.keys import ALGORITHM, KeyRing
from app.demo.provider.pages import page
from app.demo.provider.people import Person
from app.demo.provider.protocol import (
    AuthorizationRefused,
    OAuth2Error,
    OAuthRequest,
    OAuthServer,
    Parameters,
    RedirectUnsafe,
    check_authorization_request,
)
from app.demo.provider.sessions import BrowserSession, Login, Pending, Sessions

_FORM_TYPE = "application/x-www-form-urlencoded"


class Issuer:
    """One issuer: its facts (see `protocol.IssuerFacts`) and its endpoints, mounted under its path."""

    def __init__(
        self,
        config: IssuerConfig,
        provider: ProviderConfig,
        sessions: Sessions,
        keys: KeyRing,
        faults: Faults,
    ) -> None:
        self.config = config
        self.url = provider.origin + config.path
        self.clients = {client.client_id: Client(client, config.speaks) for client in config.clients}
        self.issued = Issued(now=lambda: int(provider.clock().timestamp()))
        self.people: dict[str, Person] = {
            person.sub: person for person in provider.people if person.issuer == config.key
        }
        self.keys = keys
        self.faults = faults
        self.code_seconds = provider.code_seconds
        self.token_seconds = provider.token_seconds
        self.sessions = sessions
        self.cookie_name = provider.cookie_name
        self.server = OAuthServer(self)

    def routes(self) -> list[Route]:
        """Routes with absolute paths; logout only where the dialect has it."""
        path = self.config.path
        routes = [
            Route(f"{path}.well-known/openid-configuration", self.discovery),
            Route(f"{path}keys", self.jwks),
            Route(f"{path}authorize", self.authorize),
            Route(f"{path}login", self.log_in, methods=["POST"]),
            Route(f"{path}token", self.token, methods=["POST"]),
            Route(f"{path}userinfo", self.userinfo, methods=["GET", "POST"]),
        ]
        if self.config.speaks.end_session:
            routes.append(Route(f"{path}logout", self.log_out, methods=["GET", "POST"]))
        return routes

    # Discovery

    async def discovery(self, request: Request) -> Response:
        """The metadata of OpenID Connect Discovery and RFC 8414."""
        dialect = self.config.speaks
        document: dict[str, Any] = {
            "issuer": other_issuer(self.url) if self.faults.discovery_other_issuer else self.url,
            "authorization_endpoint": f"{self.url}authorize",
            "token_endpoint": f"{self.url}token",
            "userinfo_endpoint": f"{self.url}userinfo",
            "jwks_uri": f"{self.url}keys",
            "scopes_supported": list(dialect.scopes),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }
        if dialect.end_session:
            document["end_session_endpoint"] = f"{self.url}logout"
        if dialect.response_issuer:
            document["authorization_response_iss_parameter_supported"] = True
        wrong = {
            "jwks_uri": self.faults.discovery_jwks_uri,
            "authorization_endpoint": self.faults.discovery_authorization_endpoint,
            "end_session_endpoint": self.faults.discovery_end_session_endpoint,
        }
        document |= {name: said for name, said in wrong.items() if said}
        return _instead(self.faults.discovery_answer) or JSONResponse(document)

    async def jwks(self, request: Request) -> Response:
        """The published keys."""
        if wrong := _instead(self.faults.keys_answer):
            return wrong
        return JSONResponse(self.keys.published(), headers={"Cache-Control": "no-cache"})

    # Authorization

    async def authorize(self, request: Request) -> Response:
        """Redirect with a code at once where the browser is logged in and may stay so, else show the login page."""
        parameters = tuple(request.query_params.multi_items())
        session = self.sessions.find(request.cookies.get(self.cookie_name))
        try:
            client = check_authorization_request(parameters, self.clients)
        except RedirectUnsafe as refusal:
            return self._unsafe(refusal)
        except AuthorizationRefused as refusal:
            return self._refused(dict(parameters), refusal, 302)
        sent = dict(parameters)
        login = self._usable_login(session, sent)
        if login is not None:
            return self._grant(parameters, login, 302)
        if "none" in sent.get("prompt", "").split():
            nobody = AuthorizationRefused("login_required", "nobody is logged in, or a choice is needed")
            return self._refused(sent, nobody, 302)
        session = session or self.sessions.start()
        return self._with_cookie(self._choice(session, client, parameters), session)

    async def log_in(self, request: Request) -> Response:
        """The login page's form: authenticate the chosen person and redirect with a code."""
        session = self.sessions.find(request.cookies.get(self.cookie_name))
        form = await request.form()
        ticket, sub = str(form.get("ticket", "")), str(form.get("sub", ""))
        pending = session.pending.get(ticket) if session is not None else None
        if session is None or pending is None or pending.issuer != self.config.key:
            return page(
                "error.html",
                status=400,
                name="ticket",
                reason="ログイン画面の有効期限が切れています。元のサイトからやり直してください。",
            )
        person = self.people.get(sub)
        if person is None:
            return page("error.html", status=400, name="sub", reason="この認証サーバーにいない利用者です。")
        del session.pending[ticket]
        login = self.sessions.log_in(session, self.config.key, person)
        return self._with_cookie(self._grant(pending.parameters, login, 303), session)

    def _usable_login(self, session: BrowserSession | None, sent: Mapping[str, str]) -> Login | None:
        """The browser's login here, unless the request wants a fresh one, a choice, or somebody else."""
        login = session.logins.get(self.config.key) if session is not None else None
        if login is None or {"login", "select_account"} & set(sent.get("prompt", "").split()):
            return None
        max_age = sent.get("max_age", "")
        if max_age.isdecimal() and self.issued.now() - login.auth_time > int(max_age):
            return None
        hint = sent.get("login_hint", "")
        return None if hint and self._hinted(hint) != login.person else login

    def _hinted(self, hint: str) -> Person | None:
        """Who is meant by a `login_hint`: an account id (`sub`), or the e-mail address."""
        by_mail = (person for person in self.people.values() if person.email == hint)
        return self.people.get(hint) or next(by_mail, None)

    def _choice(self, session: BrowserSession, client: Client, parameters: Parameters) -> Response:
        sent = dict(parameters)
        previous = session.logins.get(self.config.key)
        first = self._hinted(sent.get("login_hint", "")) or (previous.person if previous else None)
        return page(
            "login.html",
            returns_to=sent["redirect_uri"],
            issuer=self.config,
            action=f"{self.config.path}login",
            client_id=client.client_id,
            ticket=session.wait(Pending(self.config.key, tuple(parameters))),
            first=first,
            people=[person for person in self.people.values() if person != first],
        )

    def _grant(self, parameters: Parameters, login: Login, status: int) -> Response:
        """Let Authlib check the request once more, make the code and the redirect."""
        request = OAuthRequest("GET", f"{self.url}authorize", {}, parameters)
        try:
            grant = self.server.get_consent_grant(request, login)
        except OAuth2Error as error:
            refusal = AuthorizationRefused(error.error, error.get_error_description() or "")
            return self._refused(dict(parameters), refusal, status)
        response = self.server.create_authorization_response(request, grant_user=login, grant=grant)
        return self._redirect(response.headers["Location"], {}, status)

    def _refused(self, sent: Mapping[str, str], refusal: AuthorizationRefused, status: int) -> Response:
        answer = {"error": refusal.error, "error_description": refusal.description}
        if state := sent.get("state"):
            answer["state"] = state
        return self._redirect(sent["redirect_uri"], answer, status)

    def _redirect(self, target: str, answer: dict[str, str], status: int) -> Response:
        """Redirect to the client with the answer added, and the issuer's name where the dialect gives it."""
        if self.config.speaks.response_issuer and not self.faults.missing_response_iss:
            answer = answer | {"iss": other_issuer(self.url) if self.faults.wrong_response_iss else self.url}
        parts = urlsplit(target)
        query = "&".join(part for part in (parts.query, urlencode(answer)) if part)
        return RedirectResponse(
            urlunsplit(parts._replace(query=query)), status, headers={"Cache-Control": "no-store"}
        )

    def _unsafe(self, refusal: RedirectUnsafe) -> Response:
        return page("error.html", status=400, name=refusal.name, reason=refusal.reason)

    def _with_cookie(self, response: Response, session: BrowserSession) -> Response:
        response.set_cookie(self.cookie_name, session.token, path="/", httponly=True, samesite="lax")
        return response

    # Token and userinfo

    async def token(self, request: Request) -> Response:
        """Codes and refresh tokens against tokens."""
        parameters = await self._form_parameters(request)
        names = [name for name, _ in parameters]
        if len(names) != len(set(names)):
            return JSONResponse({"error": "invalid_request", "error_description": "repeated parameters"}, 400)
        oauth_request = OAuthRequest("POST", f"{self.url}token", request.headers, parameters)
        try:
            response: Response = self.server.create_token_response(oauth_request)
        except UnicodeDecodeError:
            # Authlib decodes the Basic header without catching this.
            return JSONResponse({"error": self.config.speaks.client_refused}, 401)
        return _instead(self.faults.token_answer) or response

    async def userinfo(self, request: Request) -> Response:
        """The facts of the person whom the access token stands for."""
        oauth_request = OAuthRequest(request.method, f"{self.url}userinfo", request.headers, ())
        try:
            token = self.server.token_for(oauth_request)
        except OAuth2Error as error:
            return self.server.handle_error_response(oauth_request, error)
        claims = person_claims(self.config.dialect, token.person, set(token.scope.split()))
        if self.faults.userinfo_other_sub:
            claims["sub"] = f"{claims['sub']}-other"
        if self.faults.userinfo_numbers:
            claims = numbers_as_numbers(claims)
        if self.faults.userinfo_bytes:
            claims["padding"] = "x" * self.faults.userinfo_bytes
        if wrong := _instead(self.faults.userinfo_answer):
            return wrong
        return Response(
            json.dumps(claims, ensure_ascii=False), 200, {"Cache-Control": "no-store"}, "application/json"
        )

    async def _form_parameters(self, request: Request) -> list[tuple[str, str]]:
        """The form's text fields; none where the body is not a urlencoded form."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
            return []
        form: FormData = await request.form()
        return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]

    # Logout

    async def log_out(self, request: Request) -> Response:
        """RP-initiated logout: at once with this browser's own id_token as hint, else after a question."""
        parameters = (
            list(request.query_params.multi_items())
            if request.method == "GET"
            else await self._form_parameters(request)
        )
        sent = dict(parameters)
        oauth_request = OAuthRequest(request.method, f"{self.url}logout", request.headers, parameters)
        try:
            wanted = self.server.validate_endpoint_request("end_session", oauth_request)
        except OAuth2Error:
            return page(
                "error.html",
                status=400,
                name="id_token_hint",
                reason="この認証サーバーが発行したものではありません。",
            )
        if sent.get("post_logout_redirect_uri") and wanted.redirect_uri is None:
            return page(
                "error.html",
                status=400,
                name="post_logout_redirect_uri",
                reason="登録された値と一致しないか、id_token_hint がありません。",
            )
        session = self.sessions.find(request.cookies.get(self.cookie_name))
        login = session.logins.get(self.config.key) if session is not None else None
        if session is not None and login is not None:
            hinted = (wanted.id_token_claims or {}).get("sub") == login.person.sub
            confirmed = request.method == "POST" and sent.get("confirmed") == "yes"
            if not (hinted or confirmed):
                return page(
                    "logout.html",
                    issuer=self.config,
                    login=login,
                    action=f"{self.config.path}logout",
                    parameters=parameters,
                    returns_to=wanted.redirect_uri or "",
                )
            del session.logins[self.config.key]
        if wanted.redirect_uri:
            return RedirectResponse(wanted.redirect_uri, 303)
        return page("logged_out.html", issuer=self.config)


def _instead(text: str) -> Response | None:
    """The answer that a fault puts in the place of the right one, if it is on."""
    return Response(text, media_type="application/json") if text else None


def new_sessions(config: ProviderConfig) -> Sessions:
    """The browsers' sessions, shared by all issuers of a provider."""
    return Sessions(config.clock, timedelta(seconds=config.session_seconds))
