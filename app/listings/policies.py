"""Who may see and do what with an entry. Pure predicates over the actor and the owner."""

from __future__ import annotations

from app.access.actor import Actor
from app.access.permissions import Permission


def can_see_drafts(actor: Actor, owner_id: str) -> bool:
    """Own vendor's people; reviewers, the Agency and auditors see every vendor's."""
    if actor.may(Permission.REVIEW_READ):
        return True
    return actor.may(Permission.LISTING_READ_OWN) and actor.acts_for(owner_id)


def can_write(actor: Actor, owner_id: str) -> bool:
    """Edit, submit, recall, withdraw, retire: the owner's people only."""
    return actor.may(Permission.LISTING_WRITE) and actor.acts_for(owner_id)


def can_register(actor: Actor) -> bool:
    """Firms and sole proprietors register software and offers."""
    return actor.may(Permission.LISTING_WRITE) and actor.organisation_kind in ("vendor", "sole_proprietor")


def can_suspend(actor: Actor) -> bool:
    """The Agency's administrators."""
    return actor.may(Permission.LISTING_SUSPEND)
