"""A body's public page: who it is, its members or its unions, and who took it over."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.dependencies import ActorDep, ClockDep
from app.access.permissions import BODY_KINDS
from app.kit.database import SessionDep
from app.kit.errors import NotFound
from app.listings.dependencies import SchemaDep
from app.organisations import bodies, mergers, service
from app.web import list_columns_people
from app.web.list_columns import ORGANISATION_KINDS
from app.web.list_files import ListAskedDep, list_file, part_links
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
    listed: ListAskedDep,
) -> Response:
    """Everybody may read it."""
    card = service.get_card(session, actor, organisation_id)
    if card.kind not in BODY_KINDS:
        raise NotFound("その団体はありません。")
    today = clock.today()
    members = [v for v in bodies.constituents_of(session, card.id) if v.ends_on is None or v.ends_on >= today]
    unions = [v for v in bodies.unions_of(session, card.id) if v.ends_on is None or v.ends_on >= today]
    area_of = schema.vocabulary(bodies.AREAS).label
    if listed.format:
        rows = unions if listed.part == "unions" else members
        return list_file(listed, list_columns_people.constituents(area_of), rows, clock)
    succession = mergers.succession_of(session, card.id)
    return render(
        request,
        "public/body.html",
        card=card,
        kind_name=ORGANISATION_KINDS[card.kind],
        constituents=members,
        constituents_listed=part_links(f"/bodies/{card.id}", "members", len(members)),
        unions=unions,
        unions_listed=part_links(f"/bodies/{card.id}", "unions", len(unions)),
        succession=succession,
        ended=succession is not None and succession.ended_on <= today,
        predecessors=mergers.predecessors_of(session, card.id, today),
        area_of=area_of,
    )
