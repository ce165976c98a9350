"""The person's own pages: account, logins, API tokens, switching between organisations, invitations."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.dependencies import ActorDep, ClockDep, SettingsDep, guarded
from app.access.permissions import Permission
from app.identity import sessions, tokens
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.organisations import invitations, memberships
from app.web import list_columns_people
from app.web.forms import FormDep
from app.web.list_files import ListAskedDep, ListLinks, list_file
from app.web.login import PersonDep
from app.web.once import replay_with
from app.web.pages import flash, local_path, redirect, render

router = APIRouter(include_in_schema=False)


@router.get("/account")
def account(request: Request, actor: PersonDep, session: SessionDep, settings: SettingsDep) -> Response:
    """Who I am here, my places, and where to go on."""
    issuer = settings.issuer(sessions.own_issuer(session, actor))
    return render(
        request,
        "account/account.html",
        issuer_name=issuer.name if issuer else "",
        places_held=memberships.choices(session, actor),
    )


@router.post("/account/organisation")
def switch(
    request: Request, form: FormDep, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Act for another organisation of mine from now on, and go on where `next` says."""
    memberships.switch(session, actor, clock, form.get("membership_id"))
    path = local_path(form.get("next"), "/account")
    return flash(request, redirect(path), "所属を切り替えました。")


@router.get("/account/sessions")
def my_sessions(
    request: Request,
    actor: PersonDep,
    session: SessionDep,
    settings: SettingsDep,
    clock: ClockDep,
    listed: ListAskedDep,
) -> Response:
    """My logins that are alive."""
    logins = sessions.list_sessions(session, actor, settings, clock)
    if listed.format:
        names = {issuer.key: issuer.name for issuer in settings.issuers}
        kind = list_columns_people.sessions(lambda key: names.get(key, key))
        return list_file(listed, kind, logins, clock)
    listed.total = len(logins)
    return render(request, "account/sessions.html", logins=logins, listed=listed)


@router.post("/account/sessions")
def revoke_session(
    request: Request, form: FormDep, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """End one of my logins."""
    sessions.revoke_session(session, actor, clock, form.get("session_id"))
    return flash(request, redirect("/account/sessions"), "そのログインを終わらせました。")


@router.get("/account/tokens")
def my_tokens(
    request: Request, actor: PersonDep, session: SessionDep, clock: ClockDep, listed: ListAskedDep
) -> Response:
    """My API tokens, and the form for a new one."""
    made = tokens.list_tokens(session, actor)
    if listed.format:
        return list_file(listed, list_columns_people.TOKENS, made, clock)
    return render(
        request,
        "account/tokens.html",
        tokens=made,
        listed=ListLinks("/account/tokens", len(made)),
        scopes=tokens.possible_scopes(actor),
        made=None,
        typed={"name": "", "expires_in_days": str(tokens.DEFAULT_DAYS)},
        chosen=(),
    )


@router.post("/account/tokens", dependencies=[guarded(Permission.TOKENS_MANAGE)])
def create_token(
    request: Request, form: FormDep, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Make a token and show its secret in this answer only."""
    chosen, faults, made = form.all("scopes"), [], None
    try:
        made = tokens.create_token(
            session,
            actor,
            clock,
            name=form.get("name"),
            scopes=chosen,
            expires_in_days=_days(form.get("expires_in_days")),
        )
    except Invalid as problem:
        faults = list(problem.faults)
    else:
        told = (
            "このトークンは発行済みです。秘密の値は一度だけ表示します。"
            "控えがないときは、取り消して新しく発行してください。"
        )
        replay_with(request, "/account/tokens", told)
    known = tokens.list_tokens(session, actor)
    response = render(
        request,
        "account/tokens.html",
        422 if faults else 200,
        tokens=known,
        listed=ListLinks("/account/tokens", len(known)),
        scopes=tokens.possible_scopes(actor),
        made=made,
        typed=form.typed() if faults else {"name": "", "expires_in_days": str(tokens.DEFAULT_DAYS)},
        chosen=chosen if faults else (),
        faults=faults,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _days(text: str) -> int:
    """The number of days; 0, which the service refuses, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0


@router.post("/account/tokens/revocation", dependencies=[guarded(Permission.TOKENS_MANAGE)])
def revoke_token(
    request: Request, form: FormDep, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Revoke one of my tokens."""
    tokens.revoke_token(session, actor, clock, form.get("token_id"))
    return flash(request, redirect("/account/tokens"), "APIトークンを取り消しました。")


@router.get("/invitations/{secret}")
def invitation(
    request: Request,
    secret: str,
    actor: ActorDep,
    session: SessionDep,
    settings: SettingsDep,
    clock: ClockDep,
) -> Response:
    """What the link invites to: accept it, or log in with it."""
    view = invitations.look_at(session, clock, secret)
    if actor.kind == "session":
        return render(request, "account/invitation.html", invitation=view, secret=secret)
    return render(
        request,
        "account/login.html",
        issuers=list(settings.issuers),
        next="/account",
        step_up=False,
        invitation=secret,
        inviting=view,
    )


@router.post("/invitations/{secret}")
def accept_invitation(
    request: Request,
    secret: str,
    form: FormDep,
    actor: PersonDep,
    session: SessionDep,
    settings: SettingsDep,
    clock: ClockDep,
) -> Response:
    """Accept as the person who is logged in."""
    view = invitations.accept(session, settings, actor, clock, secret)
    text = f"{view.organisation_name}への招待を受け取りました。招待した人の確認を待っています。"
    return flash(request, redirect("/account"), text)
