"""The pages: routers by audience, static files, and the pages for refusals."""

from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from app.access.dependencies import settings_of
from app.kit.database import READONLY_METHODS
from app.kit.errors import OrganisationMismatch, Problem, StepUpRequired, Unauthenticated
from app.web import (
    account,
    adoption,
    agency,
    agency_listings,
    agreement,
    assets,
    audit,
    buyer,
    buyer_contracts,
    buyer_project,
    buyer_selection,
    login,
    organisation,
    public,
    review,
    vendor,
    vendor_contracts,
    vendor_editor,
    vendor_entries,
)
from app.web.forms import read_form
from app.web.pages import local_path, render, render_without_database

ROUTERS: tuple[APIRouter, ...] = (
    assets.router,
    public.router,
    audit.router,
    login.router,
    account.router,
    organisation.router,
    agreement.router,
    agency.router,
    adoption.router,
    vendor.router,
    vendor_editor.router,
    vendor_entries.router,
    review.router,
    buyer.router,
    buyer_project.router,
    buyer_selection.router,
    buyer_contracts.router,
    vendor_contracts.router,
    agency_listings.router,
)
"""Every page router. Add yours here."""


def router() -> APIRouter:
    """All pages. What holds for every posted form stands here, before the guards, and not in each endpoint."""
    pages = APIRouter()
    for part in ROUTERS:
        pages.include_router(part, dependencies=[Depends(read_form)])
    return pages


def _address(request: Request) -> str:
    """Where to come back to after logging in: this page, or the page whose form was posted."""
    if request.method in READONLY_METHODS:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    came_from = urlsplit(request.headers.get("referer", ""))
    if f"{came_from.scheme}://{came_from.netloc}" == settings_of(request).site_origin:
        return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))
    return "/"


def render_problem(request: Request, problem: Problem) -> Response:
    """The page for a refusal. Visitors of a guarded page are sent to log in."""
    back = _address(request)
    if isinstance(problem, Unauthenticated) and request.method in READONLY_METHODS:
        return RedirectResponse(f"/login?next={quote(back, safe='')}", status_code=303)
    context = {
        "problem": problem,
        "back": back,
        "login_path": f"/login?next={quote(back, safe='')}",
        "step_up_path": f"/login?step_up=1&next={quote(back, safe='')}",
        "faults": list(getattr(problem, "faults", ())),
    }
    if problem.status >= 500:
        return render_without_database(request, "errors/problem.html", problem.status, **context)
    if isinstance(problem, StepUpRequired):
        return render(request, "errors/step_up.html", problem.status, **context)
    if isinstance(problem, OrganisationMismatch):
        return render(request, "errors/organisation.html", problem.status, **context)
    if problem.status == 410:
        return render(request, "errors/gone.html", problem.status, **context)
    return render(request, "errors/problem.html", problem.status, **context)
