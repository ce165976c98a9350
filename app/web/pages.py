"""Rendering: the Jinja environment, what every page knows, redirects, short messages."""

import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadData, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.access.actor import ANONYMOUS, Actor
from app.access.dependencies import ROLE_NAMES, clock_of, current_actor, settings_of
from app.kit.errors import Unauthenticated
from app.kit.http import form_token, request_id
from app.settings import Settings
from app.web import formats, navigation
from app.web.answers import answer_groups, form_groups, section_names
from app.web.assets import asset_url
from app.web.forms import ADD_ROW, Form, FormDep
from app.web.sent import resendable, shown
from app.web.statuses import status_name, status_tone
from app.web.word_differences import word_differences
from catalogue_schema import Schema

log = logging.getLogger("dmp.web")

TEMPLATES = Path(__file__).parent / "templates"
FLASH_COOKIE = "dmp-flash"
FLASH_SECONDS = 60

__all__ = ["Form", "FormDep", "flash", "local_path", "redirect", "render"]


class MembershipChoice(Protocol):
    """One organisation that a person may act for, as `organisations` says it."""

    @property
    def membership_id(self) -> str:
        """What the switch posts."""

    @property
    def organisation_id(self) -> str:
        """The organisation."""

    @property
    def organisation_name(self) -> str:
        """What the header shows."""


Memberships = Callable[[Actor], Sequence[MembershipChoice]]
"""Put on `app.state.memberships` by main: the active memberships of the actor, read in a transaction of its own."""


def answer_sections(
    schema: Schema,
    subject: str,
    answers: Mapping[str, Any],
    *,
    version: int,
    today: date,
    level: int = 2,
    prefix: str = "about-",
) -> Markup:
    """The answers as `components/answers.html` draws them: most of a listing's page, and the dearest part of it.

    The last ones drawn are kept by all that they depend on, the answers' own text included, so none is ever stale.
    """
    return _drawn(schema, subject, json.dumps(answers, ensure_ascii=False), version, today, level, prefix)


@lru_cache(maxsize=1000)
def _drawn(
    schema: Schema, subject: str, answers: str, version: int, today: date, level: int, prefix: str
) -> Markup:
    module = ENVIRONMENT.get_template("components/answers.html").make_module({"today": today, "faults": []})
    groups = answer_groups(schema, subject, json.loads(answers), version=version, taxed_on=today)
    drawn: Markup = module.answer_view(groups, level=level, prefix=prefix)  # type: ignore[attr-defined]  # a macro
    return drawn


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "date_ja": formats.date_ja,
        "datetime_ja": formats.datetime_ja,
        "is_iso_date": formats.is_iso_date,
        "yen": formats.yen,
        "both_taxes": formats.both_taxes,
        "fiscal_year": formats.fiscal_year,
        "number": formats.number,
        "anchor": formats.anchor,
        "nearest_place": navigation.nearest_place,
    }
    environment.globals |= {
        "asset_url": asset_url,
        "field_faults": formats.field_faults,
        "status_name": status_name,
        "status_tone": status_tone,
        "form_groups": form_groups,
        "answer_groups": answer_groups,
        "answer_sections": answer_sections,
        "section_names": section_names,
        "ADD_ROW": ADD_ROW,
        "word_differences": word_differences,
        "sent_values": lambda schema, path, given: shown(environment, schema, path, given),
        "resendable": resendable,
        "new_form_key": lambda: secrets.token_urlsafe(16),
        "ROLE_NAMES": ROLE_NAMES,
    }
    return environment


ENVIRONMENT = _environment()


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page from `templates/{template}`.

    Every template also knows: `request`, `path`, `settings`, `actor`, `memberships`, `unread` (how many notices),
    `organisation_name`, `places`, `public_places`, `issuer_names`, `form_token`, `form_organisation`, `request_id`,
    `today`, `flashes`, `faults` (a list; give your own for a form with errors), `schema` (the catalogue schema or
    None).
    """
    try:
        actor = current_actor(request)
    except Unauthenticated:
        actor = ANONYMOUS
    return _page(request, template, status, actor, context)


def render_without_database(request: Request, template: str, status: int, **context: Any) -> Response:
    """The same for when something is broken: nothing is read that this request has not read before."""
    actor = cast(Actor, request.scope.get("actor") or ANONYMOUS)
    return _page(request, template, status, actor, context, ask=False)


def _page(
    request: Request, template: str, status: int, actor: Actor, context: dict[str, Any], *, ask: bool = True
) -> Response:
    settings = settings_of(request)
    memberships = _memberships(request, actor) if ask else ()
    active = next((m for m in memberships if m.organisation_id == actor.organisation_id), None)
    cookie = request.cookies.get(settings.session_cookie, "")
    secret = settings.secret_key.get_secret_value()
    flashes = _flashes(request, settings)
    known = {
        "request": request,
        "path": request.url.path,
        "settings": settings,
        "actor": actor,
        "memberships": memberships,
        "unread": _unread(request, actor) if ask else 0,
        "organisation_name": active.organisation_name if active else "",
        "places": navigation.places_of(actor),
        "place_groups": navigation.groups_of(navigation.places_of(actor)),
        "public_places": navigation.PUBLIC,
        "issuer_names": {issuer.key: issuer.name for issuer in settings.issuers},
        "form_token": form_token(secret, cookie) if cookie else "",
        "form_organisation": (actor.organisation_id or "none") if actor.kind == "session" else "",
        "request_id": request_id(request),
        "today": clock_of(request).today(),
        "flashes": flashes,
        "faults": [],
        "schema": getattr(request.app.state, "schema", None),
    }
    html = ENVIRONMENT.get_template(template).render(known | context)
    response = HTMLResponse(html, status_code=status)
    response.headers["Cache-Control"] = "no-store" if actor.kind == "session" or flashes else "no-cache"
    if flashes:
        response.delete_cookie(FLASH_COOKIE, path="/")
    return response


def _memberships(request: Request, actor: Actor) -> Sequence[MembershipChoice]:
    ask = cast("Memberships | None", getattr(request.app.state, "memberships", None))
    return ask(actor) if ask is not None and actor.kind == "session" else ()


def _unread(request: Request, actor: Actor) -> int:
    ask = cast("Callable[[Actor], int] | None", getattr(request.app.state, "unread", None))
    return ask(actor) if ask is not None and actor.kind == "session" else 0


def redirect(path: str) -> Response:
    """303 to a path of this site (after a successful POST)."""
    return RedirectResponse(local_path(path), status_code=303)


def local_path(value: str, default: str = "/") -> str:
    """The value if it is a path on this site, else `default`: `next` never leads to another site."""
    if not value.startswith("/") or value.startswith("//") or any(ord(c) < 33 or c == "\\" for c in value):
        return default
    return value


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key.get_secret_value(), salt="flash")


def flash(request: Request, response: Response, text: str, tone: str = "success") -> Response:
    """Show `text` once on the next page (within a minute) and give the response back.

    Tones: success, info, warning, error. It lives in a signed cookie: no secrets, no personal facts.
    """
    settings = settings_of(request)
    request.state.flash = [tone, text]  # app.web.once repeats it with the answer
    response.set_cookie(
        FLASH_COOKIE,
        _serializer(settings).dumps([tone, text]),
        max_age=FLASH_SECONDS,
        httponly=True,
        secure=settings.secure,
        samesite="lax",
    )
    return response


def _flashes(request: Request, settings: Settings) -> list[tuple[str, str]]:
    raw = request.cookies.get(FLASH_COOKIE)
    if not raw:
        return []
    try:
        tone, text = _serializer(settings).loads(raw, max_age=FLASH_SECONDS)
    except (BadData, ValueError):
        return []
    return [(str(tone), str(text))]
