"""Draft spaces of エントリー accounts, as a プライム of the claimed number sees them before adopting the drafts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Role
from app.identity.models import Person
from app.kit.errors import NotFound
from app.organisations.models import Membership, Organisation


@dataclass(frozen=True)
class ClaimedSpace:
    """A space whose owner claims the actor's 法人番号."""

    organisation_id: str
    person_name: str
    email: str


def claimed_spaces(session: Session, actor: Actor) -> list[ClaimedSpace]:
    """The spaces of people who claim the number of the actor's firm; none unless the actor is its administrator."""
    own = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    if (
        own is None
        or own.kind != "vendor"
        or not own.corporate_number
        or Role.VENDOR_ADMIN not in actor.roles
    ):
        return []
    rows = session.exec(
        select(Membership, Person)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.origin) == "entry_space",
            col(Membership.status) == "active",
            col(Person.claimed_number) == own.corporate_number,
        )
        .order_by(col(Membership.id))
    ).all()
    return [
        ClaimedSpace(membership.organisation_id, person.name, person.email) for membership, person in rows
    ]


def claimed_space(session: Session, actor: Actor, organisation_id: str) -> ClaimedSpace:
    """One of them. Raises NotFound."""
    for space in claimed_spaces(session, actor):
        if space.organisation_id == organisation_id:
            return space
    raise NotFound("引き継げる下書きはありません。")
