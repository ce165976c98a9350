"""A body's public page: who it is, its members or its unions, and who took it over."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.dependencies import ActorDep, ClockDep
from app.access.permissions import BODY_KINDS
from app.kit.database import SessionDep
from app.kit.errors import NotFound
from app.listings.dependencies import SchemaDep
from app.organisations import bodies, mergers, service
from app.web.list_columns import ORGANISATION_KINDS
from app.web.pages import render

router = APIRouter(include_in_schema=False)


@router.get("/bodies/{organisation_id}")
def body_page(
    request: Request,
    organisation_id: str,
    actor: ActorDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Everybody may read it."""
    card = service.get_card(session, actor, organisation_id)
    if card.kind not in BODY_KINDS:
        raise NotFound("その団体はありません。")
    today = clock.today()
    succession = mergers.succession_of(session, card.id)
    return render(
        request,
        "public/body.html",
        card=card,
        kind_name=ORGANISATION_KINDS[card.kind],
        constituents=[
            v for v in bodies.constituents_of(session, card.id) if v.ends_on is None or v.ends_on >= today
        ],
        unions=[v for v in bodies.unions_of(session, card.id) if v.ends_on is None or v.ends_on >= today],
        succession=succession,
        ended=succession is not None and succession.ended_on <= today,
        predecessors=mergers.predecessors_of(session, card.id, today),
        area_of=schema.vocabulary(bodies.AREAS).label,
    )
