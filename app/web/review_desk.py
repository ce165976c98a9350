"""The reviewers' desk as pages: overview, next case, one vendor's cases at once, reassignment, absences."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Conflict, FieldFault, Invalid
from app.listings.dependencies import SchemaDep
from app.review import absences, desk, overview, reading
from app.review.dependencies import RulesDep
from app.review.views import CaseView
from app.web import list_columns_listings, list_columns_people
from app.web.forms import Form, FormDep
from app.web.list_files import ListAskedDep, ListLinks, list_file, part_links
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema
from catalogue_schema.dates import DateUnreadable, parse_date

router = APIRouter(prefix="/review", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Claimer = Annotated[Actor, guarded(Permission.REVIEW_CLAIM)]
Decider = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]
STAGE_NAMES = {"queued": "受付待ち", "claimed": "審査中", "vendor": "事業者の手元"}


@router.get("/overview")
def read_overview(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, rules: RulesDep
) -> Response:
    """Medians by stage, the oldest cases, who has how much."""
    view = overview.overview(session, actor, clock, rules)
    return render(request, "review/overview.html", overview=view, stage_names=STAGE_NAMES)


@router.get("/next")
def go_on(request: Request, actor: Claimer, session: SessionDep, clock: ClockDep) -> Response:
    """To what this reviewer should look at next."""
    case_id = desk.next_case(session, actor, clock)
    if case_id is None:
        return flash(request, redirect("/review"), "次に担当できる案件はありません。", "info")
    return redirect(f"/review/cases/{case_id}")


@router.get("/vendors/{organisation_id}")
def vendor_desk(
    request: Request,
    organisation_id: str,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    listed: ListAskedDep,
) -> Response:
    """One vendor's open cases, to take or approve several at once."""
    if listed.format:
        found = desk.vendor_desk(session, actor, clock, schema, organisation_id)
        rows = found.mine if listed.part == "mine" else found.queued
        return list_file(listed, list_columns_listings.CASES_OF_VENDOR, rows, clock)
    return _vendor_page(request, session, actor, clock, schema, organisation_id, Form())


@router.post("/vendors/{organisation_id}/claims")
def claim_many(
    request: Request,
    organisation_id: str,
    actor: Claimer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Take those that were ticked, or none."""

    def act() -> Sequence[CaseView]:
        return desk.claim_many(session, actor, clock, schema, form.all("claim"))

    return _done(request, session, actor, clock, schema, organisation_id, form, act, "{}件を担当しました。")


@router.post("/vendors/{organisation_id}/approvals")
def approve_many(
    request: Request,
    organisation_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Approve those that were ticked as they were on the screen, or none."""
    chosen = [
        desk.Chosen(case_id, form.get(f"revision-{case_id}"), form.get(f"hash-{case_id}"))
        for case_id in form.all("approve")
    ]

    def act() -> Sequence[CaseView]:
        return desk.approve_many(session, actor, clock, schema, chosen, form.get("comment"))

    return _done(request, session, actor, clock, schema, organisation_id, form, act, "{}件を承認しました。")


def _done(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    organisation_id: str,
    form: Form,
    act: Callable[[], Sequence[CaseView]],
    said: str,
) -> Response:
    """Do it and say so, or show the page again with what stood against it."""
    try:
        done = act()
    except desk.BatchRefused as refusal:
        cases = refusal.extra["cases"]
        assert isinstance(cases, list)
        faults = [FieldFault("", "refused", f"「{one['name']}」：{one['detail']}") for one in cases]
        return _vendor_page(
            request, session, actor, clock, schema, organisation_id, form, faults=faults, status=409
        )
    except Invalid as refusal:
        return _vendor_page(
            request,
            session,
            actor,
            clock,
            schema,
            organisation_id,
            form,
            faults=list(refusal.faults),
            status=422,
        )
    return flash(request, redirect(f"/review/vendors/{organisation_id}"), said.format(len(done)))


def _vendor_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    organisation_id: str,
    form: Form,
    *,
    faults: Sequence[FieldFault] = (),
    status: int = 200,
) -> Response:
    found = desk.vendor_desk(session, actor, clock, schema, organisation_id)
    here = f"/review/vendors/{organisation_id}"
    return render(
        request,
        "review/vendor.html",
        status=status,
        desk=found,
        queued_listed=part_links(here, "queued", len(found.queued)),
        mine_listed=part_links(here, "mine", len(found.mine)),
        may_claim=actor.may(Permission.REVIEW_CLAIM),
        ticked=set(form.all("claim") + form.all("approve")),
        typed=form.typed(),
        faults=list(faults),
    )


@router.get("/cases/{case_id}/reassignment")
def ask_reassignment(
    request: Request, case_id: str, actor: Claimer, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """Asks who takes the case, and why."""
    return _reassignment_page(request, session, actor, clock, schema, case_id, Form())


@router.post("/cases/{case_id}/reassignment")
def reassign(
    request: Request,
    case_id: str,
    actor: Claimer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Give the case to a colleague."""
    try:
        desk.reassign(session, actor, clock, schema, case_id, form.get("reviewer"), form.get("reason"))
    except Invalid as refusal:
        return _reassignment_page(request, session, actor, clock, schema, case_id, form, refusal)
    return flash(request, redirect(f"/review/cases/{case_id}"), "担当を変えました。")


def _reassignment_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    case_id: str,
    form: Form,
    refusal: Invalid | None = None,
) -> Response:
    people = [
        (one.person_id, one.name) for one in absences.reviewers(session, clock) if one.away_until is None
    ]
    return render(
        request,
        "review/reassignment.html",
        status=422 if refusal else 200,
        case=reading.read_case(session, actor, clock, schema, case_id),
        people=people,
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )


@router.get("/absences")
def every_absence(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, listed: ListAskedDep
) -> Response:
    """Who is away, and the form for saying so."""
    if listed.format:
        away = absences.list_absences(session, actor, clock)
        return list_file(listed, list_columns_people.ABSENCES, away, clock)
    return _absence_page(request, session, actor, clock, Form())


@router.post("/absences")
def begin_absence(
    request: Request, actor: Claimer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Somebody is away from now on."""
    try:
        until = parse_date(form.get("until"))
    except DateUnreadable:
        until = None
    try:
        _, passed, queued = absences.begin(
            session, actor, clock, until, reviewer_id=form.get("reviewer"), deputy_id=form.get("deputy")
        )
    except (Invalid, Conflict) as refusal:
        return _absence_page(request, session, actor, clock, form, refusal)
    said = f"不在を登録しました。代わりの人に{passed}件を渡し、{queued}件を受付待ちに戻しました。"
    return flash(request, redirect("/review/absences"), said)


@router.post("/absences/{absence_id}/ending")
def end_absence(
    request: Request, absence_id: str, actor: Claimer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Somebody is back."""
    view = absences.end(session, actor, clock, absence_id)
    return flash(request, redirect("/review/absences"), f"{view.name}の不在を終えました。")


def _absence_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    form: Form,
    refusal: Invalid | Conflict | None = None,
) -> Response:
    faults = list(refusal.faults) if isinstance(refusal, Invalid) else []
    if isinstance(refusal, Conflict):
        faults = [FieldFault("/reviewer", "away", refusal.detail)]
    away = absences.list_absences(session, actor, clock)
    return render(
        request,
        "review/absences.html",
        status=refusal.status if refusal else 200,
        absences=away,
        listed=ListLinks("/review/absences", len(away)),
        people=[(one.person_id, one.name) for one in absences.reviewers(session, clock)],
        may_claim=actor.may(Permission.REVIEW_CLAIM),
        me=actor.person_id or "",
        typed=form.typed(),
        faults=faults,
    )
