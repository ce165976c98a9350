"""The pages: routers by audience, static files, and the pages for refusals."""

from collections.abc import Iterator
from typing import cast
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from app.access.dependencies import current_actor, settings_of
from app.kit.database import READONLY_METHODS
from app.kit.errors import OrganisationMismatch, Problem, StepUpRequired, Unauthenticated
from app.kit.routing import Gate
from app.web import (
    account,
    adoption,
    agency,
    agency_bodies,
    agency_expiries,
    agency_listings,
    agency_renewals,
    agency_revocation,
    agency_search,
    agency_suspensions,
    agency_tasks,
    agreement,
    assets,
    audit,
    bodies,
    buyer,
    buyer_contracts,
    buyer_desk,
    buyer_outcomes,
    buyer_project,
    buyer_selection,
    checklists,
    comparison,
    competition,
    component_page,
    confirmations,
    conformance,
    conformance_matrix,
    contract_imports,
    contract_terms,
    departments,
    documents,
    handover,
    impact,
    inspections,
    jobs,
    login,
    needs,
    notices,
    organisation,
    public,
    public_notes,
    review,
    review_desk,
    review_phrases,
    review_samples,
    review_search_words,
    specification_desk,
    specification_drafts,
    specifications,
    supporters,
    unsent,
    vendor,
    vendor_bulk,
    vendor_contracts,
    vendor_copies,
    vendor_editor,
    vendor_entries,
    vendor_expiring,
    vendor_insights,
    vendor_outcomes,
    vendor_suspensions,
    verification,
)
from app.web.forms import read_form
from app.web.once import SentBefore, SentOtherwise, once
from app.web.pages import flash, local_path, redirect, render, render_without_database
from app.web.sent import form_of

ROUTERS: tuple[APIRouter, ...] = (
    assets.router,
    public.router,
    specifications.router,
    impact.router,
    specification_desk.router,
    specification_drafts.router,
    comparison.router,
    competition.router,
    conformance_matrix.router,
    needs.router,
    public_notes.router,
    audit.router,
    login.router,
    account.router,
    notices.router,
    unsent.router,
    organisation.router,
    agreement.router,
    # Before the agreements' other verbs.
    agency_suspensions.router,
    agency.router,
    agency_bodies.router,
    bodies.router,
    departments.router,
    adoption.router,
    conformance.router,
    vendor.router,
    vendor_bulk.router,
    vendor_copies.router,
    vendor_expiring.router,
    vendor_suspensions.router,
    jobs.router,
    vendor_editor.router,
    vendor_entries.router,
    review_desk.router,
    review_phrases.router,
    review_search_words.router,
    verification.router,
    review.router,
    review_samples.router,
    buyer.router,
    buyer_desk.router,
    buyer_project.router,
    buyer_selection.router,
    buyer_outcomes.router,
    supporters.router,
    handover.router,
    # Before the contracts: /contracts/import is no contract.
    contract_imports.router,
    buyer_contracts.router,
    documents.router,
    checklists.router,
    confirmations.router,
    inspections.router,
    contract_terms.router,
    vendor_contracts.router,
    vendor_outcomes.router,
    vendor_insights.router,
    agency_listings.router,
    agency_revocation.router,
    agency_tasks.router,
    agency_expiries.router,
    agency_renewals.router,
    agency_search.router,
    component_page.router,
)
"""Every page router. Add yours here."""


def gates() -> Iterator[Gate]:
    """All pages. What holds for every posted form stands here, before the guards, and not in each endpoint."""
    for part in ROUTERS:
        # Logging in and out writes in short transactions of its own, which would wait for the one with the key.
        keyed = [] if part is login.router else [Depends(once)]
        yield Gate(part, dependencies=[Depends(read_form), *keyed])


def _address(request: Request) -> str:
    """Where to come back to after logging in: this page, or the page whose form was posted."""
    if request.method in READONLY_METHODS:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    came_from = urlsplit(request.headers.get("referer", ""))
    if f"{came_from.scheme}://{came_from.netloc}" == settings_of(request).site_origin:
        return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))
    return "/"


def _address_of_post(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def render_problem(request: Request, problem: Problem) -> Response:
    """The page for a refusal. Visitors of a guarded page are sent to log in.

    What a form held is shown again by 403, 409, 412 and 5xx; where a login or a switch helps, it is kept meanwhile. A
    session that ran out by itself keeps it for the person whose it was.
    """
    if isinstance(problem, SentBefore):
        answer = redirect(str(problem.extra["location"]))
        told = cast("list[str] | None", problem.extra["flash"])
        return flash(request, answer, told[1], told[0]) if told else answer
    back = _address(request)
    if isinstance(problem, Unauthenticated) and request.method in READONLY_METHODS:
        return RedirectResponse(f"/login?next={quote(back, safe='')}", status_code=303)
    form = form_of(request)
    onward = unsent.keep_of_lapsed(request, back) if isinstance(problem, Unauthenticated) else back
    context = {
        "problem": problem,
        "back": back,
        "kept": onward != back,
        "login_path": f"/login?next={quote(onward, safe='')}",
        "faults": list(getattr(problem, "faults", ())),
        # Whoever is not logged in is shown nothing: the browser may have changed hands.
        "sent": form.values if form is not None and not isinstance(problem, Unauthenticated) else {},
        "again": _address_of_post(request)
        if isinstance(problem, SentOtherwise) or problem.status >= 500
        else "",
    }
    if problem.status >= 500:
        return render_without_database(request, "errors/problem.html", problem.status, **context)
    if isinstance(problem, StepUpRequired):
        onward = unsent.keep_for_later(request, current_actor(request), back)
        step_up = f"/login?step_up=1&next={quote(onward, safe='')}"
        return render(request, "errors/step_up.html", problem.status, step_up_path=step_up, **context)
    if isinstance(problem, OrganisationMismatch):
        onward = unsent.keep_for_later(request, current_actor(request), back)
        return render(request, "errors/organisation.html", problem.status, onward=onward, **context)
    if problem.status == 410:
        return render(request, "errors/gone.html", problem.status, **context)
    return render(request, "errors/problem.html", problem.status, **context)
