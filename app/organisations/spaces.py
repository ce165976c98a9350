"""Draft spaces of エントリー accounts, as a プライム of the claimed number sees them before adopting the drafts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Role
from app.identity.models import Person
from app.kit.errors import NotFound
from app.organisations.models import Membership, Organisation


def space_key(account: str) -> str:
    """How the draft space that an account had as エントリー is known."""
    return f"entry:{account}"


@dataclass(frozen=True)
class ClaimedSpace:
    """A space whose owner claims the actor's 法人番号, or that was the sole proprietor's own."""

    organisation_id: str
    person_name: str
    email: str


def claimed_spaces(session: Session, actor: Actor) -> list[ClaimedSpace]:
    """The spaces of people who claim the number of the actor's firm; of a sole proprietor, who has none, the space that
    the same account had as エントリー. None unless the actor is the administrator.
    """
    own = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    if own is None or Role.VENDOR_ADMIN not in actor.roles:
        return []
    if own.kind == "vendor" and own.corporate_number:
        belongs = col(Person.claimed_number) == own.corporate_number
    elif own.kind == "sole_proprietor" and own.account_key:
        belongs = col(Organisation.account_key) == space_key(own.account_key)
    else:
        return []
    rows = session.exec(
        select(Membership, Person)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(
            col(Membership.origin) == "entry_space",
            col(Membership.status) == "active",
            belongs,
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
