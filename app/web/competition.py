"""The competition indicator: in which areas a municipality has a choice of vendors that conform."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.dependencies import ClockDep
from app.catalogue.competition import STATES, competition
from app.conformance.statements import CAUTION
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.specifications.dependencies import SchemaDep
from app.web.pages import render
from catalogue_schema.requirements import SIZE_CLASSES

router = APIRouter(include_in_schema=False)


@router.get("/conformance/competition")
def competition_page(
    request: Request,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    area: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """By area and size class: how many listings conform, of how many independent vendors."""
    faults = list[FieldFault]()
    try:
        found = competition(session, clock, schema, area)
    except Invalid as refused:
        faults, found = list(refused.faults), []
    return render(
        request,
        "public/competition.html",
        422 if faults else 200,
        faults=faults,
        found=found,
        area=area,
        areas={term.code: term.ja for term in schema.vocabulary("business_areas").terms},
        states=STATES,
        size_classes=SIZE_CLASSES,
        caution=CAUTION,
        only_one=sum(each.state == "only_one" for each in found),
    )
