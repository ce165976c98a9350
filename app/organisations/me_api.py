"""`/me`: works with every token and every session."""

from fastapi import APIRouter, Response
from sqlmodel import Session

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep
from app.identity.tokens import possible_scopes
from app.kit.database import SessionDep
from app.kit.errors import Unauthenticated
from app.kit.http import json_of
from app.organisations import memberships, service
from app.organisations.schemas import MeOut, OrganisationOut, PlaceOut, SwitchIn

router = APIRouter(prefix="/me", tags=["自分"])


def _me(session: Session, actor: Actor) -> MeOut:
    card = service.organisation_card(session, actor.organisation_id) if actor.organisation_id else None
    # A token speaks for one membership: where else its owner belongs is none of the program's business.
    places = memberships.choices(session, actor) if actor.kind == "session" else []
    return MeOut(
        kind=actor.kind,
        person_id=actor.person_id,
        name=actor.name,
        organisation=OrganisationOut.model_validate(card) if card else None,
        membership_id=actor.membership_id,
        roles=sorted(role.value for role in actor.roles),
        permissions=sorted(permission.value for permission in actor.permissions),
        token_scopes=possible_scopes(actor),
        token_id=actor.token_id,
        session_id=actor.session_id,
        auth_time=actor.auth_time,
        delegated=actor.delegated,
        places=[PlaceOut.model_validate(place) for place in places],
    )


@router.get("", response_model=MeOut)
def read_me(actor: ActorDep, session: SessionDep) -> Response:
    """自分は誰で、何ができるか

    ログインでも、どのAPIトークンでも使えます。
    """
    if actor.kind == "anonymous":
        raise Unauthenticated()
    return json_of(_me(session, actor))


@router.put("/organisation")
def switch_organisation(body: SwitchIn, actor: ActorDep, session: SessionDep, clock: ClockDep) -> PlaceOut:
    """所属を切り替える

    次の要求から、その所属として扱われます。APIトークンの所属は変えられません。
    """
    memberships.switch(session, actor, clock, body.membership_id)
    chosen = next(p for p in memberships.choices(session, actor) if p.membership_id == body.membership_id)
    return PlaceOut.model_validate(chosen)
