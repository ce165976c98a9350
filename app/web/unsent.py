"""Forms that came too early (an old login, another organisation): kept, and sent again by one press."""

from collections.abc import Callable
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access import unsent
from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, clock_of, settings_of
from app.access.unsent import Unsent
from app.kit.database import Database, SessionDep, UnitOfWork
from app.kit.errors import OrganisationMismatch
from app.web.login import PersonDep
from app.web.pages import render
from app.web.sent import form_of

router = APIRouter(include_in_schema=False)


@router.get("/unsent/{unsent_id}")
def unsent_page(
    request: Request,
    unsent_id: str,
    actor: PersonDep,
    session: SessionDep,
    settings: SettingsDep,
    clock: ClockDep,
) -> Response:
    """What was typed, and the button that sends it now. Nothing is sent by opening this page."""
    form = unsent.read(session, settings.secret_key.get_secret_value(), actor, clock.now(), unsent_id)
    if form.organisation_id != (actor.organisation_id or "none"):
        raise OrganisationMismatch(
            "この内容は、別の所属で入力したものです。まだ何も保存していません。",
            rendered_for=form.organisation_id,
        )
    return render(request, "account/unsent.html", form=form)


def keep_of_lapsed(request: Request, back: str) -> str:
    """The same for a form that met a session that had run out: only the person whose it was can read it again."""
    ask = cast("Callable[[Request], str | None] | None", getattr(request.app.state, "lapsed_person", None))
    person = ask(request) if ask is not None and form_of(request) is not None else None
    return keep_for_later(request, Actor(person_id=person), back) if person else back


def keep_for_later(request: Request, actor: Actor, back: str) -> str:
    """The path of the page from which the refused form can be sent again; `back` where there is nothing to send.

    Runs while a refusal is answered: ends the request's own transaction, which is rolled back anyway, because the
    embedded database has one writer.
    """
    form = form_of(request)
    if form is None or actor.person_id is None or not form.values:
        return back
    cast(UnitOfWork, request.scope["unit_of_work"]).finish(keep=False)
    settings = settings_of(request)
    kept = Unsent(
        path=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        back=back,
        values=form.values,
        organisation_id=form.get("organisation") or actor.organisation_id or "none",
    )
    secret = settings.secret_key.get_secret_value()
    with cast(Database, request.app.state.database).write() as session:
        return f"/unsent/{unsent.keep(session, secret, actor, clock_of(request).now(), kept)}"
