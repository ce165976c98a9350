"""The demo people as actors of services, freshly logged in at whatever moment the sample data is at."""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Role
from app.identity.models import Person
from app.kit.clock import Clock
from app.organisations.models import Membership, Organisation


def actor_at(session: Session, clock: Clock, issuer: str, subject: str, organisation_id: str) -> Actor:
    """The person in that organisation. Raises NoResultFound where there is no such active membership."""
    person, membership, organisation = session.exec(
        select(Person, Membership, Organisation)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(
            col(Person.issuer_key) == issuer,
            col(Person.subject) == subject,
            col(Membership.organisation_id) == organisation_id,
            col(Membership.status) == "active",
        )
    ).one()
    return Actor(
        kind="session",
        person_id=person.id,
        pseudonym=person.pseudonym,
        name=person.name,
        membership_id=membership.id,
        organisation_id=organisation.id,
        organisation_kind=organisation.kind,
        group_key=organisation.group_key or organisation.corporate_number or organisation.id,
        roles=frozenset(Role(role) for role in membership.roles),
        auth_time=clock.now(),
        request_id="demo",
    )
