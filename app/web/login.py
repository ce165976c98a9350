"""Logging in and out. These endpoints wait for issuers, so they are async and hold no database session meanwhile."""

from functools import partial
from typing import Annotated, cast

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, SettingsDep
from app.identity.login import FinishedLogin, LoginFlow, logout_url
from app.identity.paths import local_path
from app.identity.sessions import EndedSession, log_out, own_issuer
from app.kit.clock import Clock
from app.kit.database import Database, SessionDep
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.http import request_id
from app.organisations.arrivals import Arrival, Visit, arrive
from app.settings import Settings
from app.web.pages import FormDep, flash, redirect, render

router = APIRouter(include_in_schema=False)

BROWSER_SECONDS = 600


def login_flow(request: Request) -> LoginFlow:
    """The application's login flow (dependency)."""
    return cast(LoginFlow, request.app.state.login)


def database_of(request: Request) -> Database:
    """The application's database, for the short transactions of async endpoints (dependency)."""
    return cast(Database, request.app.state.database)


def signed_in(actor: ActorDep) -> Actor:
    """A person in a session (dependency). Raises Unauthenticated for visitors, Forbidden for tokens."""
    if actor.kind == "anonymous":
        raise Unauthenticated()
    if actor.kind != "session":
        raise Forbidden("この画面は、ログインした人のためのものです。")
    return actor


LoginFlowDep = Annotated[LoginFlow, Depends(login_flow)]
DatabaseDep = Annotated[Database, Depends(database_of)]
PersonDep = Annotated[Actor, Depends(signed_in)]


def browser_cookie(settings: Settings) -> str:
    """The name of the cookie that binds a login to the browser that began it."""
    return "__Host-dmp-login" if settings.secure else "dmp-login"


@router.get("/login")
def login(
    request: Request,
    actor: ActorDep,
    session: SessionDep,
    settings: SettingsDep,
    next: Annotated[str, Query()] = "",
    step_up: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The issuers to choose from; for a step-up only the person's own."""
    back = local_path(next)
    wanted = step_up == "1"
    if wanted and actor.kind != "session":
        raise Unauthenticated()
    own = own_issuer(session, actor) if wanted else ""
    issuers = [issuer for issuer in settings.issuers if not wanted or issuer.key == own]
    return render(
        request,
        "account/login.html",
        issuers=issuers,
        next=back,
        step_up=wanted,
        invitation="",
        inviting=None,
    )


@router.post("/login/start")
async def start(
    request: Request, form: FormDep, actor: ActorDep, settings: SettingsDep, flow: LoginFlowDep
) -> Response:
    """Remember the attempt and send the browser to the issuer."""
    step_up = form.get("step_up") == "1"
    if step_up and actor.kind != "session":
        raise Unauthenticated()
    cookie = browser_cookie(settings)
    begun = await flow.begin(
        form.get("issuer"),
        next_path=form.get("next"),
        browser_secret=request.cookies.get(cookie, ""),
        step_up_person_id=actor.person_id if step_up else None,
        invitation=form.get("invitation"),
    )
    response = RedirectResponse(begun.url, status_code=303)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        cookie,
        begun.browser_secret,
        max_age=BROWSER_SECONDS,
        path="/",
        httponly=True,
        secure=settings.secure,
        samesite="lax",
    )
    return response


@router.get("/login/callback/{issuer_key}")
async def callback(
    request: Request,
    issuer_key: str,
    actor: ActorDep,
    settings: SettingsDep,
    clock: ClockDep,
    flow: LoginFlowDep,
    database: DatabaseDep,
) -> Response:
    """The way back from the issuer: who it is, what they join, and a new session."""
    finished = await flow.finish(
        issuer_key,
        request.query_params,
        browser_secret=request.cookies.get(browser_cookie(settings), ""),
        actor=actor,
    )
    visit = Visit(
        address=actor.address,
        user_agent=request.headers.get("user-agent", ""),
        request_id=request_id(request),
        old_cookie=request.cookies.get(settings.session_cookie, ""),
        old_membership=actor.membership_id,
    )
    arrival = await anyio.to_thread.run_sync(partial(_arrive, database, settings, clock, finished, visit))
    response = redirect(arrival.next_path)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        settings.session_cookie,
        arrival.cookie,
        max_age=settings.session_absolute_hours * 3600,
        path="/",
        httponly=True,
        secure=settings.secure,
        samesite="lax",
    )
    return flash(request, response, arrival.notice, "info") if arrival.notice else response


def _arrive(
    database: Database, settings: Settings, clock: Clock, finished: FinishedLogin, visit: Visit
) -> Arrival:
    with database.write() as session:
        session.info["audit_salt"] = settings.secret_key.get_secret_value()
        return arrive(session, settings, clock, finished, visit)


@router.post("/logout")
async def logout(
    request: Request,
    actor: ActorDep,
    settings: SettingsDep,
    clock: ClockDep,
    flow: LoginFlowDep,
    database: DatabaseDep,
) -> Response:
    """End the session here, and at the issuer where it offers that; otherwise say that it does not."""
    home = f"{settings.site_origin}/"
    target, told = None, "ログアウトしました。"
    if actor.kind == "session":
        ended = await anyio.to_thread.run_sync(partial(_log_out, database, actor, clock))
        target = await logout_url(flow, ended.issuer_key, ended.id_token, home)
        if target is None:
            told = (
                "このサイトからログアウトしました。認証サーバーのログインは続いています。"
                "共用の端末では、ブラウザーをすべて閉じてください。"
            )
    response: Response = RedirectResponse(target or "/", status_code=303)
    response.headers["Cache-Control"] = "no-store"
    response.delete_cookie(
        settings.session_cookie, path="/", secure=settings.secure, httponly=True, samesite="lax"
    )
    return flash(request, response, told, "success" if target else "info")


def _log_out(database: Database, actor: Actor, clock: Clock) -> EndedSession:
    with database.write() as session:
        return log_out(session, actor, clock)


__all__ = ["PersonDep", "router", "signed_in"]
