"""Who is told about supporters (支援者), last days of memberships, and what was handed over."""

from __future__ import annotations

from sqlmodel import Session

from app.access.permissions import Role
from app.identity.models import Person
from app.notifications.repository import Notice, Recipient, holders, organisation_name
from app.organisations.models import Membership
from app.procurement.support_models import Support
from catalogue_schema.dates import format_date


def support_changed(session: Session, support_id: str) -> Notice | None:
    """To the body's approvers while somebody waits; to the supporter once let in, and when it ended."""
    support = session.get(Support, support_id)
    membership = session.get(Membership, support.membership_id) if support and support.membership_id else None
    person = session.get(Person, membership.person_id) if membership is not None else None
    if support is None or person is None:
        return None
    facts = {
        "body": organisation_name(session, support.organisation_id),
        "name": person.name,
        "status": support.status,
        "until": format_date(support.ends_on),
        "reason": support.end_reason,
    }
    if support.status == "accepted":
        to = holders(session, support.organisation_id, Role.BUYER_APPROVER)
        return Notice("support_changed", to, facts, f"/supporters/{support.id}")
    if not person.email:
        return None
    to = (Recipient(person.id, person.name, person.email),)
    return Notice("support_changed", to, facts, "/supporting")
