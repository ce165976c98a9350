"""Every page of the application as somebody sees it: all routes × all roles, and what refusals look like.

The list comes from the application's own routes by way of the permission table, whose test fails for a route without a
line; so a new page cannot be forgotten here. Nothing that is asked is kept (see `tests.access.stage`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from fastapi import Request
from httpx2 import Response

from app.kit.errors import Conflict, PreconditionFailed, TooManyRequests, Unavailable
from tests.access import table
from tests.access.asking import Asking
from tests.access.routes import RouteFacts
from tests.access.rules import ROLES, Rule, rule
from tests.support.application import ORIGIN

NO_PAGES = {
    "/static/{digest}/{path:path}": "style sheets and pictures",
    "/healthz": "for programs",
    "/readyz": "for programs",
    "/login/callback/{issuer_key}": "leads on after a login",
    "/review/next": "leads on to a case",
    "/search/suggestions": "a part that a script puts into a page",
    "/vendor/bulk/export": "a file",
    "/jobs/{job_id}/report": "a file",
    "/contracts/import/template": "a file",
    "/contracts/import/export": "a file",
    "/contracts/{contract_id}/documents/{document_id}/content": "a file",
    "/inspections/{inspection_id}": "leads on to its place on the contract's page",
}
"""GET routes that answer with something else than a page, and why."""

QUERIES: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "/search": (
        {"q": "住民"},
        {"q": "どこにもない言葉"},
        {"q": "x", "area": "resident_records", "page": "9"},
    ),
    "/compare": (
        {"ids": "{live}"},
        {"ids": "{live},{sampled}"},
        {"ids": "{live},{sampled}", "differences": "1"},
    ),
}
"""Pages that look different when something is asked of them."""


HOSTILE = '"><script>alert(1)</script>' + "W" * 10_000
"""What nobody should write into a field, in one word."""
ODD = (
    ("page", "-1"),
    ("page", "x"),
    ("cursor", "nowhere"),
    ("sort", HOSTILE[:200]),
    ("q", HOSTILE),
    ("ids", "a,b,,"),
    ("ids", "a"),
    ("status", "?"),
    ("kind", ""),
    ("unheard-of", "1"),
)
"""Query parameters that are wrong, doubled or unknown, all at once."""


FAILURES: Mapping[str, Exception] = {
    "409": Conflict("この案件の選定は、すでに終わりました。"),
    "412": PreconditionFailed("開いた後に、ほかの人が変えました。"),
    "429": TooManyRequests("1分ほど待ってください。"),
    "500": RuntimeError("nobody expected it"),
    "503": Unavailable("検索の索引を作り直しています。"),
}


@dataclass(frozen=True)
class Seen:
    """One page as one role got it."""

    route: str
    role: str
    state: str
    """What kind of answer it is: empty for the page itself, else e.g. `422`."""
    url: str
    status: int
    headers: Mapping[str, str]
    html: str

    @property
    def name(self) -> str:
        """For people: which page that was."""
        return f"{self.route}{f' ({self.state})' if self.state else ''} as {self.role}"


def pages(asking: Asking, only: str = "", *, one_role: bool = False) -> Iterator[Seen]:
    """Every GET page of every role that may see it; `one_role`: of one of them, not always the same."""
    for number, (route, line) in enumerate(_lines("GET", only)):
        if route.path in NO_PAGES:
            continue
        looking = [role for role in ROLES if role in line.own]
        if one_role:
            first = number % len(looking)
            looking = looking[first:] + looking[:first]
        for query in (line.query or {}, *QUERIES.get(route.path, ())):
            asked = replace(line, query=query)
            state = "?" + urlencode(query) if query else ""
            for role in looking:
                found = list(_seen(asking, route, asked, role, state))
                yield from found
                if found and one_role:
                    break


def _lines(method: str, only: str) -> Iterator[tuple[RouteFacts, Rule]]:
    for name, line in table.rules():
        route = RouteFacts(*name.split(" ", 1))
        if route.method == method and not route.is_api and only in route.path:
            yield route, line


def refused_forms(asking: Asking, only: str = "") -> Iterator[Seen]:
    """Every form with its faults, where it answers so to empty fields and to what nobody should write."""
    for route, line in _lines("POST", only):
        if line.form is None:
            continue
        role = next(role for role in ROLES if role in line.own)
        for form in (dict.fromkeys(line.form, ""), dict.fromkeys(line.form, "?")):
            yield from _seen(asking, route, replace(line, form=form), role, "422", only=422)


def odd_requests(asking: Asking, only: str = "") -> Iterator[tuple[str, Response]]:
    """Every page as one role, asked with query parameters that are no good."""
    for route, line in _lines("GET", only):
        if route.path not in NO_PAGES:
            role = next(role for role in reversed(ROLES) if role in line.own)
            odd = [*(line.query or {}).items(), *ODD]
            yield f"{route.path} as {role}", asking.ask(route, line, role, asking.stage.own, query=odd)


def refusals(asking: Asking) -> Iterator[Seen]:
    """The pages of errors, as each role meets them."""
    nowhere = rule("")
    for role in ROLES:
        yield from _seen(asking, RouteFacts("GET", "/nowhere"), nowhere, role, "404")
        yield from _seen(asking, *_forbidden_to(role), role, "403", only=403)
        if role not in ("visitor", "entry"):
            stale = rule("", form={"organisation": "org_of_another_tab", "title": "件名"})
            yield from _seen(asking, RouteFacts("POST", "/organisation"), stale, role, "409", only=409)
    gone = table.TABLE["GET /listings/{software_id}"]
    assert isinstance(gone, Rule)
    ended = replace(gone, things={"software_id": "withdrawn"})
    yield from _seen(asking, RouteFacts("GET", "/listings/{software_id}"), ended, "visitor", "410", only=410)
    big = rule("", form={"title": "長" * 2_000_000})
    yield from _seen(asking, RouteFacts("POST", "/projects/new"), big, "buyer_officer", "413", only=413)
    signature = table.TABLE["POST /vendor/agreement/signature"]
    assert isinstance(signature, Rule)
    running = asking.stage.running
    running.clock.move(minutes=running.settings.step_up_minutes + 1)
    try:
        route = RouteFacts("POST", "/vendor/agreement/signature")
        yield from _seen(asking, route, signature, "vendor_admin", "403, an old login", only=403)
    finally:
        running.clock.set(asking.stage.now)
    yield from _seen(
        asking, RouteFacts("POST", "/projects/new"), rule("", form={"title": "件名"}), "visitor", "401"
    )


def failures(asking: Asking) -> Iterator[Seen]:
    """The pages of what goes wrong on our side, or at the same moment as something else.

    Adds a route for each, so the routes of the application must have been listed before.
    """

    def fail(request: Request) -> Response:
        raise FAILURES[request.url.path.rpartition("/")[2]]

    application = asking.stage.running.app
    for status in FAILURES:
        path = f"/failing/{status}"
        application.add_api_route(path, fail, methods=["GET", "POST"], response_model=None)
        for method, form in (("GET", None), ("POST", {"title": "件名", "need": HOSTILE})):
            line = rule("", form=form)
            yield from _seen(asking, RouteFacts(method, path), line, "buyer_officer", status)


def _forbidden_to(role: str) -> tuple[RouteFacts, Rule]:
    """A page that this role may not open."""
    for route, line in _lines("GET", ""):
        if role not in line.own and route.path.count("{") == 0:
            return route, line
    return RouteFacts("GET", "/agency/renewals"), rule("")


def _seen(
    asking: Asking, route: RouteFacts, line: Rule, role: str, state: str, only: int | None = None
) -> Iterator[Seen]:
    answer = asking.ask(route, line, role, asking.stage.own)
    if is_page(answer) and only in (None, answer.status_code):
        url = f"{ORIGIN}{answer.request.url.raw_path.decode()}"
        name = f"{route.method} {route.path}"
        yield Seen(name, role, state, url, answer.status_code, dict(answer.headers), answer.text)


def is_page(answer: Response) -> bool:
    """Whether a person sees something: no redirect, no file."""
    return answer.headers.get("content-type", "").startswith("text/html")


def everything(asking: Asking, only: str = "") -> list[Seen]:
    """All of it; `only`: pages whose path has this part."""
    found = [*pages(asking, only), *refused_forms(asking, only)]
    if not only:
        found += refusals(asking)
    asking.stage.name_anew()
    return found
