"""What endpoints of the public read side put into their signatures."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.access.dependencies import clock_of
from app.catalogue.search import SearchService
from app.kit.database import Database
from app.listings.dependencies import schema_of
from search.engine import SearchEngine


def engine_of(request: Request) -> SearchEngine:
    """The application's search engine (dependency)."""
    return cast(SearchEngine, request.app.state.search)


async def search_service(request: Request) -> SearchService:
    """The catalogue's search (dependency); `async`, because nothing here needs a thread."""
    database = cast(Database, request.app.state.database)
    return SearchService(database, engine_of(request), schema_of(request), clock_of(request))


SearchDep = Annotated[SearchEngine, Depends(engine_of)]
SearchServiceDep = Annotated[SearchService, Depends(search_service)]
