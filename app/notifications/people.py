"""Who is told about supporters (支援者), last days of memberships, and what was handed over."""

from __future__ import annotations

from sqlmodel import Session

from app.access.permissions import Role
from app.identity.models import Person
from app.notifications.repository import Notice, Recipient, agency, holders, organisation_name
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


def last_day(session: Session, membership_id: str) -> Notice | None:
    """To the member and to who manages members: the last day comes near. None once it ended, or has no date."""
    membership = session.get(Membership, membership_id)
    if membership is None or membership.status != "active" or membership.last_day is None:
        return None
    person = session.get(Person, membership.person_id)
    managers = holders(
        session,
        membership.organisation_id,
        Role.BUYER_APPROVER,
        Role.VENDOR_ADMIN,
        Role.AGENCY_ADMIN,
    )
    to = {each.person_id: each for each in managers}
    if person is not None and person.email:
        to.setdefault(person.id, Recipient(person.id, person.name, person.email))
    facts = {
        "organisation": organisation_name(session, membership.organisation_id),
        "name": person.name if person else "",
        "until": format_date(membership.last_day),
    }
    return Notice("last_day", tuple(to.values()), facts, "/organisation/members")


def body_without_approver(session: Session, organisation_id: str) -> Notice | None:
    """To the Agency: an organisation has, or will have by a date that is set, no administrator or approver."""
    facts = {"organisation": organisation_name(session, organisation_id)}
    to = agency(session, Role.AGENCY_ADMIN)
    return Notice("body_without_approver", to, facts, f"/agency/organisations/{organisation_id}")


def handed_over(session: Session, membership_id: str) -> Notice | None:
    """To the successor: what somebody held in the body is theirs now."""
    membership = session.get(Membership, membership_id)
    person = session.get(Person, membership.person_id) if membership is not None else None
    if membership is None or person is None or membership.status != "active" or not person.email:
        return None
    facts = {"organisation": organisation_name(session, membership.organisation_id)}
    return Notice("handed_over", (Recipient(person.id, person.name, person.email),), facts, "/projects")
