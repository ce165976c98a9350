"""The buyer's pages around projects: the list, a new one, saving a search into one, its facts and 予定価格."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.catalogue.dependencies import SearchServiceDep
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, NotFound, PreconditionFailed, invalid
from app.kit.pagination import Paging
from app.listings.dependencies import SchemaDep
from app.organisations import bodies, departments
from app.procurement import estimated_prices, handover, projects, searches
from app.procurement.inputs import parse
from app.procurement.lifecycle import PROJECT
from app.procurement.policies import CLOSED, is_of_the_body
from app.procurement.project_schemas import EstimatedPriceIn, ProjectChange, ProjectIn
from app.procurement.reach import note_read
from app.web import list_columns
from app.web.buyer_view import method_options, prefixed, project_page, section
from app.web.forms import FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema
from catalogue_schema.dates import fiscal_year
from catalogue_schema.methods import estimated_price_omissions

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.PROJECT_READ)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
PriceKeeper = Annotated[Actor, guarded(Permission.ESTIMATED_PRICE)]
PriceReader = Annotated[Actor, guarded(Permission.ESTIMATED_PRICE, Permission.PROJECT_SUPPORT)]
MOST_QUERY = 4000


def query_of(text: str) -> dict[str, list[str]]:
    """A search's parameters from the part of its address after `?`; what travels there for a comparison is left out.

    Raises Invalid for a longer one: cut, it would be another search than the one that was on the screen.
    """
    if len(text) > MOST_QUERY:
        raise invalid(
            "/search",
            "too_long",
            f"検索の条件が長すぎます（{len(text):,}文字）。",
            f"条件を減らして、{MOST_QUERY:,}文字までにしてください。",
        )
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(text):
        if name != "ids":
            query.setdefault(name, []).append(value)
    return query


@router.get("/projects")
def list_page(
    request: Request,
    actor: Reader,
    session: SessionDep,
    schema: SchemaDep,
    clock: ClockDep,
    paging: ListPagingDep,
    status: Annotated[str, Query(max_length=20)] = "",
    department: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The own body's projects."""
    rows, following = projects.projects_of(session, actor, paging, status or None, department)
    vacant = handover.without_officer(session, rows, clock.today())
    areas = schema.vocabulary(projects.AREAS)
    named = departments.names_of(session, {row.department_id for row in rows if row.department_id})
    if paging.listed.format:
        return list_file(paging.listed, list_columns.projects(areas.label, named), rows, clock)
    return render(
        request,
        "buyer/projects.html",
        rows=rows,
        vacant=vacant,
        next=following,
        listed=paging.listed,
        chosen=status,
        department=department,
        departments=departments.choices_of(session, actor.organisation_id or "", department),
        department_names=named,
        statuses=PROJECT.statuses,
        area_of=areas.label,
        may_write=actor.may(Permission.PROJECT_WRITE),
    )


def _project_form(
    request: Request,
    actor: Actor,
    session: Session,
    clock: Clock,
    schema: Schema,
    typed: Mapping[str, str],
    status: int = 200,
    faults: Any = (),
) -> Response:
    methods, grounds = method_options(actor.organisation_kind or "")
    return render(
        request,
        "buyer/project_new.html",
        status,
        typed=typed,
        faults=list(faults),
        areas=[(term.code, term.ja) for term in schema.vocabulary(projects.AREAS).current()],
        methods=methods,
        grounds=grounds,
        unions=[
            view
            for view in bodies.unions_of(session, actor.organisation_id or "")
            if view.holds_on(clock.today())
        ],
        area_of=schema.vocabulary(projects.AREAS).label,
        departments=departments.choices_of(session, actor.organisation_id or ""),
    )


@router.get("/projects/new")
def new_page(
    request: Request,
    actor: Writer,
    session: SessionDep,
    schema: SchemaDep,
    clock: ClockDep,
    search: Annotated[str, Query(max_length=MOST_QUERY)] = "",
) -> Response:
    """The form of a new project; a search on its way into it travels along."""
    year = str(fiscal_year(clock.today()))
    typed = {
        "fiscal_year": year,
        "search": search,
        "department_id": departments.own_department(session, actor),
    }
    return _project_form(request, actor, session, clock, schema, typed)


@router.post("/projects/new")
def open_project(
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    service: SearchServiceDep,
) -> Response:
    """Open the project, and save the search that led here."""
    search = form.get("search")
    values = {name: form.get(name) for name in ProjectIn.model_fields}
    faults: list[FieldFault] = []
    found = None
    try:
        found = searches.find_results(service, query_of(search)) if search else None
    except Invalid as refused:
        faults += refused.faults
    try:
        project = projects.open_project(session, actor, clock, schema, parse(ProjectIn, values))
    except Invalid as refused:
        faults += refused.faults
    if faults:  # the answer's 422 rolls back what was opened
        return _project_form(request, actor, session, clock, schema, form.typed(), 422, faults)
    if found is not None:
        searches.save_search(session, actor, clock, project.id, found)
    text = "案件を作り、検索を保存しました。" if search else "案件を作りました。"
    return flash(request, redirect(f"/projects/{project.id}"), text)


def _save_form(
    request: Request, actor: Actor, session: SessionDep, service: SearchServiceDep, search: str,
    chosen: str = "", status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    try:
        params = service.parse(searches.pairs_of(query_of(search)))
        sentence = service.sentence(params)
    except Invalid as refused:
        sentence, status, faults = "", 422, refused.faults
    rows, _ = projects.projects_of(session, actor, Paging(None, 100), "assessing")
    return render(
        request,
        "buyer/save_search.html",
        status,
        search=search,
        sentence=sentence,
        rows=rows,
        chosen=chosen,
        new_path=f"/projects/new?{urlencode({'search': search})}",
        faults=list(faults),
    )


@router.get("/projects/save-search")
def save_search_page(
    request: Request, actor: Writer, session: SessionDep, service: SearchServiceDep
) -> Response:
    """Which project shall keep this search? A visitor logs in on the way, and the search survives it."""
    return _save_form(request, actor, session, service, request.url.query)


@router.post("/projects/save-search")
def save_search_into(
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    service: SearchServiceDep,
) -> Response:
    """Save it into the chosen project."""
    search, project_id = form.get("search"), form.get("project_id")
    try:
        if not project_id:
            raise invalid(
                "/project_id",
                "required",
                "案件が選ばれていません。",
                "案件を選ぶか、新しい案件を作ってください。",
            )
        found = searches.find_results(service, query_of(search))
        saved = searches.save_search(session, actor, clock, project_id, found)
    except Invalid as refused:
        return _save_form(request, actor, session, service, search, project_id, 422, refused.faults)
    answer = redirect(f"/projects/{project_id}#searches")
    return flash(request, answer, f"検索を保存しました（{saved.total}件）。")


@router.post("/projects/{project_id}/searches")
def save_search(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    service: SearchServiceDep,
) -> Response:
    """Save a search by its words, from the project's own page or from the search page."""
    given = section(form, "search")
    words = (("q", given.get("q", "")), ("area", given.get("area", "")))
    try:
        query = query_of(form.get("search")) or {name: [value] for name, value in words if value}
        found = searches.find_results(service, query)
        saved = searches.save_search(session, actor, clock, project_id, found)
    except Invalid as refused:
        faults = prefixed("search", refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    answer = redirect(f"/projects/{project_id}#searches")
    return flash(request, answer, f"検索を保存しました（{saved.total}件）。")


@router.post("/projects/{project_id}/revision")
def revise(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Change the project's facts, its method, ground and reason."""
    values = section(form, "project")
    tag = values.pop("tag", "")
    given: dict[str, Any] = {
        name: value for name, value in values.items() if name in ProjectChange.model_fields
    }
    try:
        change = parse(ProjectChange, given)
        projects.revise_project(session, actor, clock, schema, project_id, tag, change)
    except Invalid as refused:
        faults = prefixed("project", refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    except PreconditionFailed as refused:
        remedy = "書いた内容は残しています。今の内容と比べてから、もう一度保存してください。"
        faults = [FieldFault("/method", "changed_meanwhile", refused.detail, remedy)]
        return project_page(
            request, actor, session, schema, clock, project_id, status=412, faults=faults, typed=form.typed()
        )
    place = "overlaps" if set(given) == {"alone_reason"} else "method"
    return flash(request, redirect(f"/projects/{project_id}#{place}"), "案件の内容を直しました。")


def _price_page(
    request: Request, actor: Actor, session: SessionDep, clock: ClockDep, project_id: str, typed: Mapping[str, str],
    status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    project = projects.project_of(session, actor, project_id)
    kind = actor.organisation_kind or ""
    rules = estimated_price_omissions(kind, project.method) if project.method else ()
    response = render(
        request,
        "buyer/estimated_price.html",
        status,
        project=project,
        typed=typed,
        faults=list(faults),
        rules=[(rule.code, rule.ja) for rule in rules],
        threshold=estimated_prices.small_amount_guidance(session, project, clock),
        closed=project.status in CLOSED or not is_of_the_body(actor, project.organisation_id),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/projects/{project_id}/estimated-price")
def price_page(
    project_id: str, request: Request, actor: PriceReader, session: SessionDep, clock: ClockDep
) -> Response:
    """予定価格 on a page of its own, so that no other page ever holds it."""
    try:
        price = estimated_prices.estimated_price_of(session, actor, project_id)
    except NotFound:
        project = projects.project_of(session, actor, project_id)
        if not is_of_the_body(actor, project.organisation_id):
            raise
        proposed = {} if project.status in CLOSED else {"decided_on": clock.today().isoformat()}
        return _price_page(request, actor, session, clock, project_id, proposed)
    typed = {
        "amount": "" if price.amount is None else str(price.amount),
        "omission_rule": price.omission_rule,
        "basis": price.basis,
        "decided_on": price.decided_on.isoformat(),
        "decided_by": price.decided_by,
    }
    return _price_page(request, actor, session, clock, project_id, typed)


@router.post("/projects/{project_id}/estimated-price")
def record_price(
    project_id: str, request: Request, form: FormDep, actor: PriceKeeper, session: SessionDep, clock: ClockDep
) -> Response:
    """Record it, or the rule by which it is left out."""
    values = {name: form.get(name) for name in EstimatedPriceIn.model_fields}
    try:
        given = parse(EstimatedPriceIn, values)
        estimated_prices.record_estimated_price(session, actor, clock, project_id, given)
    except Invalid as refused:
        return _price_page(request, actor, session, clock, project_id, form.typed(), 422, refused.faults)
    return flash(request, redirect(f"/projects/{project_id}"), "予定価格を記録しました。")
