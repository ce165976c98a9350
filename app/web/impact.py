"""The impact of a version of a specification: on listings for everybody, on contracts for their parties."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.dependencies import ActorDep, ClockDep
from app.conformance.statements import CAUTION
from app.impact import service
from app.kit.database import SessionDep
from app.web.conformance import LEVELS
from app.web.pages import render
from app.web.specifications import TERMS

router = APIRouter(include_in_schema=False)

STATES: Final = {
    "conforms": "既に適合している掲載",
    "to_answer": "回答が必要な掲載",
    "not_conforming": "回答済みで、適合していない掲載",
}
_KNOWN: Final[dict[str, Any]] = {"states": STATES, "levels": LEVELS, "caution": CAUTION, **TERMS}


@router.get("/specifications/{specification_id}/versions/{number}/impact")
def impact_page(
    request: Request,
    specification_id: str,
    number: str,
    actor: ActorDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """What the version means, listing by listing, and for contracts."""
    impact = service.impact_of(session, actor, clock, specification_id, number)
    return render(
        request,
        "public/specification_impact.html",
        impact=impact,
        own=actor.organisation_id or "",
        **_KNOWN,
    )
