"""Who acts when nobody is at the screen: the person of a membership, with the rights of now."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.identity.models import Person
from app.organisations.models import Membership
from app.organisations.repository import membership_facts


def actor_of_membership(session: Session, membership_id: str, today: date) -> Actor | None:
    """The person of an active membership, without a login of its own; None when the membership ended or waits."""
    facts = membership_facts(session, membership_id, today)
    person = session.exec(
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(col(Membership.id) == membership_id)
    ).first()
    if facts is None or person is None:
        return None
    return Actor(
        kind="session",
        person_id=person.id,
        pseudonym=person.pseudonym,
        name=person.name,
        membership_id=facts.membership_id,
        organisation_id=facts.organisation_id,
        organisation_kind=facts.organisation_kind,
        group_key=facts.group_key,
        roles=facts.roles,
        inherited=facts.inherited,
    )
