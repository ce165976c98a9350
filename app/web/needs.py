"""困りごとから探す: from an everyday need to a search whose filters are explained."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.catalogue.dependencies import SearchServiceDep
from app.catalogue.needs import matching, need_of
from app.kit.errors import Unavailable
from app.listings.dependencies import SchemaDep
from app.web.pages import render

router = APIRouter(include_in_schema=False)


@router.get("/needs")
def needs_page(
    request: Request, schema: SchemaDep, q: Annotated[str, Query(max_length=1000)] = ""
) -> Response:
    """The needs by theme, or those that the words may mean."""
    found = matching(schema, q)
    # With words, the likeliest come first, whatever their theme.
    themes = (
        [("言葉に近い困りごと", list(found))]
        if q.strip()
        else [(theme, list(part)) for theme, part in groupby(found, key=lambda need: need.theme)]
    )
    return render(request, "public/needs.html", themes=themes if found else [], q=q.strip())


@router.get("/needs/{code}")
def need_page(code: str, request: Request, schema: SchemaDep, service: SearchServiceDep) -> Response:
    """One need: the search that it becomes, each filter with its reason, to be changed before it starts."""
    need = need_of(schema, code)
    params = need.params()
    try:
        total = service.run(params).total
    except Unavailable:  # the page explains the filters all the same
        total = None
    return render(
        request,
        "public/need.html",
        need=need,
        total=total,
        sentence=service.sentence(params),
    )
