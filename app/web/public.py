"""The public pages: home, search, a listing and its history, a vendor, the API's reference."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, current_actor
from app.access.permissions import Permission
from app.catalogue.comparison import AT_MOST, split_ids
from app.catalogue.dependencies import SearchServiceDep
from app.catalogue.detail import listing_view, view_of
from app.catalogue.facets import VENDOR, catalogue_facets
from app.catalogue.helping import TO_JUDGE
from app.catalogue.history import history
from app.catalogue.needs import needs
from app.catalogue.query import LIMIT, SearchParams
from app.catalogue.vendors import vendor_page
from app.catalogue.wording import FIELD_NAMES, RELAXATIONS, range_label, remedy_words, sort_label
from app.kit.database import SessionDep
from app.kit.errors import NotFound
from app.kit.pagination import Paging
from app.listings.dependencies import SchemaDep
from app.listings.publication import revocations
from app.listings.reading import published, published_many
from app.organisations.qualifications import KINDS
from app.procurement import contracts, projects
from app.review.suspension_views import ended_lately
from app.search_words.service import kinds_counted, table_version
from app.web import list_columns
from app.web.api_reference import reference
from app.web.list_files import ListAskedDep, list_file
from app.web.navigation import places_of
from app.web.pages import render
from app.web.tray import Tray, tray_of
from app.web.vendor_insights import count
from catalogue_schema import Term
from search.engine import MAXIMUM_QUERY_LENGTH
from search.query_text import parse
from search.ranking import FIELD_WEIGHTS

NEEDS_AT_HOME = 6
PROJECTS_OFFERED = 3
SUMMARIES = 20
"""How many published contracts a listing's page shows; the API has them all."""

router = APIRouter(include_in_schema=False)

Ids = Annotated[list[str] | None, Query()]
SORTS_OFFERED = ("relevance", "-updated_at", "name", "price", "-users")


@router.get("/")
def home(request: Request, schema: SchemaDep) -> Response:
    """What one can do here, for each audience, and the search."""
    areas = schema.vocabulary("business_areas").current()
    return render(
        request,
        "public/home.html",
        area_groups=_grouped(areas),
        needs=needs(schema)[:NEEDS_AT_HOME],
        # A visitor is told to log in first; who is logged in is led only to what is open to them.
        open_paths={place.path for place in places_of(current_actor(request))},
    )


def _grouped(areas: Iterable[Term]) -> list[tuple[str, list[Term]]]:
    """The business areas under their headings: those that the law standardises, those that a ministry leads
    (the counters), and the others; a heading without areas is left out.
    """
    standardised: list[Term] = []
    led: list[Term] = []
    others: list[Term] = []
    for area in areas:
        if area.facts.get("standardised") == "yes":
            standardised.append(area)
        else:
            (led if "ministry" in area.facts else others).append(area)
    groups = [
        (f"標準化対象の{len(standardised)}業務", standardised),
        ("窓口DX", led),
        ("そのほかの業務", others),
    ]
    return [(title, terms) for title, terms in groups if terms]


@router.get("/search")
def search_page(
    request: Request,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    service: SearchServiceDep,
    listed: ListAskedDep,
    ids: Ids = None,
    q: Annotated[str, Query()] = "",
) -> Response:
    """The search with its facets; the ids chosen for a comparison travel in the address."""
    chosen = split_ids(ids or [])
    basket = published_many(session, "software", chosen, clock.today())
    carried = [("ids", ",".join(found.entry.id for found in basket))] if basket else []

    def address(params: SearchParams, path: str = "/search") -> str:
        pairs = params.pairs() + carried
        return f"{path}?{urlencode(pairs)}" if pairs else path

    actor = current_actor(request)
    given = [
        (name, value) for name, value in request.query_params.multi_items() if name not in ("ids", "format")
    ]
    context: dict[str, Any] = {
        # Visitors are offered it too: they are asked to log in.
        "may_save": actor.kind != "session" or actor.may(Permission.PROJECT_WRITE),
        "open_projects": _open_projects(session, actor),
        "tray": Tray(basket, "/search", given),
        "basket_ids": [found.entry.id for found in basket],
        "carried": carried,
        "address": address,
        "most": AT_MOST,
        "sorts": [(name, sort_label(schema, name)) for name in SORTS_OFFERED if _sortable(schema, name)],
        "relaxations": RELAXATIONS,
        "range_label": range_label,
        "remedy_words": remedy_words,
        "to_judge": TO_JUDGE,
        "default_limit": LIMIT,
        "replace_ids": lambda params, ids: (
            "/search?" + urlencode(params.pairs() + ([("ids", ",".join(ids))] if ids else []))
        ),
    }
    params, faults = service.read(given)
    context |= {"params": params, "typed": "".join(c for c in q if c.isprintable()), "past": None}
    if faults:
        return render(request, "public/search.html", 422, faults=faults, page=None, **context)
    if listed.format:
        return list_file(listed, list_columns.HITS, service.run(params, whole=True).items, clock)
    try:
        page = service.run(params)
    except NotFound as past:
        return render(request, "public/search.html", 404, page=None, **context | {"past": past})
    listed.total = page.total
    return render(
        request,
        "public/search.html",
        page=page,
        nothing_asked=bool(params.text) and parse(params.text).empty,
        VENDOR=VENDOR,
        listed=listed,
        **context,
    )


@router.get("/search/suggestions")
def suggestions(
    request: Request,
    service: SearchServiceDep,
    q: Annotated[str, Query(max_length=MAXIMUM_QUERY_LENGTH)] = "",
) -> Response:
    """The part of a page that a script puts below the field while one types."""
    return render(request, "public/suggestions.html", suggested=service.suggest(q))


def _open_projects(session: SessionDep, actor: Actor) -> Sequence[Any]:
    """The newest projects that may take the search in at one press."""
    if actor.kind != "session" or not actor.may(Permission.PROJECT_WRITE):
        return ()
    return projects.projects_of(session, actor, Paging(None, PROJECTS_OFFERED), "assessing")[0]


def _sortable(schema: SchemaDep, name: str) -> bool:
    plain = name.removeprefix("-")
    return plain in ("relevance", "updated_at", "name") or plain in catalogue_facets(schema)


@router.get("/listings/{software_id}")
def listing_page(
    software_id: str,
    request: Request,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    listed: ListAskedDep,
    ids: Ids = None,
) -> Response:
    """One listing with its offers; as a file, the contracts that are published on it.

    The ids chosen for a comparison travel in the address, as they do in the search.
    """
    paging = listed.first(SUMMARIES)
    listing = published(session, software_id, clock.today())
    found, following = contracts.contracts_on(session, clock, software_id, paging)
    listed.total = paging.total
    if listed.format:
        return list_file(listed, list_columns.PUBLISHED_CONTRACTS, found, clock)
    view = view_of(session, schema, listing, clock.today())
    count(request, "seen", {software_id: view.listing.entry.owner.id})
    shown = [software_id, *(offer.listing.entry.id for offer in view.offers)]
    return render(
        request,
        "public/listing.html",
        view=view,
        tray=tray_of(session, split_ids(ids or []), clock.today(), f"/listings/{software_id}"),
        steps=history(session, schema, listing),
        contracts=found,
        more_contracts=following,
        listed=listed,
        revocations=revocations(session, shown),
        ended_suspensions=ended_lately(session, shown, clock),
    )


@router.get("/listings/{software_id}/history")
def history_page(
    software_id: str, request: Request, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """What changed between the published revisions, of the software and of each of its offers."""
    today = clock.today()
    view = listing_view(session, schema, software_id, today)
    parts = [("ソフトウェア", view.listing, history(session, schema, view.listing))]
    parts += [("サービス", offer.listing, history(session, schema, offer.listing)) for offer in view.offers]
    return render(request, "public/history.html", view=view, parts=parts)


@router.get("/vendors/{organisation_id}")
def vendor_public_page(
    organisation_id: str, request: Request, session: SessionDep, clock: ClockDep, listed: ListAskedDep
) -> Response:
    """A vendor with what it has in the catalogue, which is also its file."""
    vendor = vendor_page(session, organisation_id, clock.today())
    entries = [("software", one) for one in vendor.software] + [("offer", one) for one in vendor.offers]
    if listed.format:
        return list_file(listed, list_columns.VENDOR_ENTRIES, entries, clock)
    listed.total = len(entries)
    return render(
        request,
        "public/vendor.html",
        vendor=vendor,
        listed=listed,
        kinds=KINDS,
    )


@router.get("/about/ranking")
def ranking(request: Request, session: SessionDep) -> Response:
    """How the search orders what it finds, and what else it looks for."""
    return render(
        request,
        "public/ranking.html",
        words=kinds_counted(session),
        version=table_version(session),
        weights=[(FIELD_NAMES[name], f"{weight:g}") for name, weight in FIELD_WEIGHTS.items()],
    )


@router.get("/api")
def api_reference(request: Request) -> Response:
    """The API's reference, generated from its description."""
    return render(request, "public/api.html", sections=reference(request.app.openapi()))
