"""The public pages of standard specifications: the list, one of them, a version's requirements, and differences."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.dependencies import ActorDep, ClockDep
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.specifications import comparing, exporting, service
from app.specifications.dependencies import SchemaDep
from app.specifications.views import RequirementsPage, SpecificationView
from app.web.list_files import ListFile, ListPagingDep, list_file
from app.web.pages import render
from app.web.statuses import status_name
from catalogue_schema.requirements import KINDS, OBLIGATIONS, SIZE_CLASSES

router = APIRouter(prefix="/specifications", include_in_schema=False)

PER_PAGE: Final = 100
SPECIFICATIONS: Final = ListFile(
    "specifications",
    "標準仕様書",
    (
        ("ID", lambda row: row.id),
        ("名称", lambda row: row.title + ("（見本）" if row.sample else "")),
        ("業務", lambda row: row.business_area),
        ("所管", lambda row: row.ministry),
        ("有効な最新の版", lambda row: row.current.number if row.current else ""),
        ("要件の数", lambda row: row.current.requirement_count if row.current else None),
        ("適合基準日", lambda row: row.current.conform_by if row.current else None),
        (
            "全ての版",
            lambda row: "、".join(
                f"{each.number}（{status_name('specification_version', each.status)}）"
                for each in row.versions
            ),
        ),
    ),
)


@router.get("")
def list_page(
    request: Request,
    actor: ActorDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    paging: ListPagingDep,
    area: Annotated[str, Query(max_length=60)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Every specification, by area and words."""
    found, following = service.list_specifications(session, actor, paging, business_area=area, q=q)
    if paging.listed.format:
        return list_file(paging.listed, SPECIFICATIONS, found, clock)
    areas = {term.code: term.ja for term in schema.vocabulary("business_areas").terms}
    return render(
        request,
        "public/specifications.html",
        found=found,
        listed=paging.listed,
        following=following,
        areas=areas,
        area=area,
        q=q,
        asked=urlencode([(name, value) for name, value in (("area", area), ("q", q)) if value]),
    )


@router.get("/{specification_id}")
def specification_page(
    request: Request, specification_id: str, actor: ActorDep, session: SessionDep, schema: SchemaDep
) -> Response:
    """One specification with its versions."""
    view = service.read_specification(session, actor, specification_id)
    areas = {term.code: term.ja for term in schema.vocabulary("business_areas").terms}
    return render(
        request,
        "public/specification.html",
        view=view,
        area=areas.get(view.business_area, view.business_area),
        pairs={each.number: comparing.default_pair(view, each.number) for each in view.versions},
    )


@router.get("/{specification_id}/versions/{number}")
def version_page(
    request: Request,
    specification_id: str,
    number: str,
    actor: ActorDep,
    session: SessionDep,
    kind: Annotated[str, Query(max_length=40)] = "",
    size: Annotated[str, Query(max_length=40)] = "",
    obligation: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[int | None, Query(ge=0, le=100_000)] = None,
) -> Response:
    """A version's requirements, narrowed, page by page."""
    view = service.read_specification(session, actor, specification_id)
    version = service.read_version(session, actor, specification_id, number)
    faults = []
    try:
        page = service.requirements_page(
            session,
            version,
            kind=kind,
            size_class=size,
            obligation=obligation,
            q=q,
            after=after,
            limit=PER_PAGE,
        )
    except Invalid as refused:
        faults, page = list(refused.faults), RequirementsPage((), 0)
    asked = [("kind", kind), ("size", size), ("obligation", obligation), ("q", q)]
    return render(
        request,
        "public/specification_version.html",
        422 if faults else 200,
        faults=faults,
        view=view,
        version=version,
        page=page,
        pair=comparing.default_pair(view, number),
        address=f"/specifications/{view.id}/versions/{version.number}",
        asked=urlencode([(name, value) for name, value in asked if value]),
        kind=kind,
        size=size,
        obligation=obligation,
        q=q,
        narrowed=any(value for _, value in asked),
        **TERMS,
    )


TERMS: Final = {
    "kinds": KINDS,
    "size_classes": SIZE_CLASSES,
    "obligations": OBLIGATIONS,
    "changes": exporting.CHANGES,
}
"""What templates about requirements know."""


@router.get("/{specification_id}/differences")
def differences_page(
    request: Request,
    specification_id: str,
    actor: ActorDep,
    session: SessionDep,
    older: Annotated[str, Query(alias="from", max_length=40)] = "",
    newer: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> Response:
    """What changed between two versions, and the choice of them."""
    view = service.read_specification(session, actor, specification_id)
    older, newer = older or _usual(view)[0], newer or _usual(view)[1]
    try:
        comparison = comparing.compare(session, actor, view.id, older, newer)
    except Invalid as refused:
        comparison, faults = None, list(refused.faults)
    else:
        faults = []
    return render(
        request,
        "public/specification_differences.html",
        422 if faults else 200,
        faults=faults,
        view=view,
        older=older,
        newer=newer,
        comparison=comparison,
        **TERMS,
    )


def _usual(view: SpecificationView) -> tuple[str, str]:
    """The newest version and what it revises; nothing where there are not two."""
    pair = comparing.default_pair(view, view.versions[0].number) if view.versions else None
    return pair or ("", "")
