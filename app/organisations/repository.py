"""Queries over organisations, memberships and agreements."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select

from app.access.permissions import Role
from app.identity.authentication import MembershipFacts
from app.organisations.models import MasterAgreement, Membership, Organisation


def membership_facts(session: Session, membership_id: str) -> MembershipFacts | None:
    """Facts of an active membership; None when it ended or waits for consent."""
    row = session.exec(
        select(Membership, Organisation)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.id) == membership_id, col(Membership.status) == "active")
    ).first()
    if row is None:
        return None
    membership, organisation = row
    return MembershipFacts(
        membership_id=membership.id,
        organisation_id=organisation.id,
        organisation_kind=organisation.kind,
        group_key=organisation.group_key or organisation.corporate_number or organisation.id,
        roles=frozenset(Role(role) for role in membership.roles),
    )


def active_agreement(session: Session, organisation_id: str, today: date) -> MasterAgreement | None:
    """The vendor's agreement in force on the day, if any."""
    return session.exec(
        select(MasterAgreement).where(
            col(MasterAgreement.organisation_id) == organisation_id,
            col(MasterAgreement.status) == "active",
            col(MasterAgreement.starts_on) <= today,
            col(MasterAgreement.ends_on) >= today,
        )
    ).first()
