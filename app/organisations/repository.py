"""Queries over organisations, memberships and agreements."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, bindparam
from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import Select

from app.access.permissions import BODY_KINDS, Role
from app.identity.authentication import MembershipFacts
from app.organisations.body_models import KEEPS_RECORDS, BodySuccessor
from app.organisations.models import Membership, Organisation

_DAYS_KEPT = 8
_REFERENCE = re.compile(r"[0-9A-Za-z_]{1,64}")


def in_force(today: date) -> ColumnElement[bool]:
    """SQL: the membership is active, and its last day (if it has one) has not passed."""
    return and_(
        col(Membership.status) == "active",
        or_(col(Membership.last_day).is_(None), col(Membership.last_day) >= today),
    )


def existing(today: date) -> ColumnElement[bool]:
    """SQL: the organisation has not been merged away."""
    return or_(col(Organisation.ended_on).is_(None), col(Organisation.ended_on) > today)


def inherited_by(session: Session, organisation_id: str, today: date) -> frozenset[str]:
    """The bodies whose records this one keeps by mergers in force on the day, theirs before them included."""
    found: set[str] = set()
    wanted = {organisation_id}
    while wanted:
        rows = session.exec(
            select(col(BodySuccessor.body_id))
            .join(Organisation, col(Organisation.id) == col(BodySuccessor.body_id))
            .where(
                col(BodySuccessor.successor_id).in_(wanted),
                col(BodySuccessor.position) == KEEPS_RECORDS,
                col(Organisation.ended_on) <= today,
            )
        ).all()
        wanted = set(rows) - found - {organisation_id}
        found |= wanted
    return frozenset(found)


def keeper_of(session: Session, organisation_id: str, today: date) -> str:
    """The body that keeps this one's records on the day: itself, or the successor of its last merger in force."""
    seen = {organisation_id}
    while True:
        row = session.exec(
            select(col(BodySuccessor.successor_id))
            .join(Organisation, col(Organisation.id) == col(BodySuccessor.body_id))
            .where(
                col(BodySuccessor.body_id) == organisation_id,
                col(BodySuccessor.position) == KEEPS_RECORDS,
                col(Organisation.ended_on) <= today,
            )
        ).first()
        if row is None or row in seen:
            return organisation_id
        seen.add(row)
        organisation_id = row


@lru_cache(_DAYS_KEPT)
def _membership_in_force(today: date) -> Select[Membership, Organisation]:
    """One membership with its organisation: every request asks for it."""
    return (
        select(Membership, Organisation)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.id) == bindparam("membership_id"), in_force(today), existing(today))
    )


def membership_facts(session: Session, membership_id: str, today: date) -> MembershipFacts | None:
    """Facts of an active membership; None when it ended, its last day passed, or it waits for consent."""
    row = session.exec(_membership_in_force(today), params={"membership_id": membership_id}).first()
    if row is None:
        return None
    membership, organisation = row
    return MembershipFacts(
        membership_id=membership.id,
        organisation_id=organisation.id,
        organisation_kind=organisation.kind,
        group_key=organisation.group_key or organisation.corporate_number or organisation.id,
        roles=frozenset(Role(role) for role in membership.roles),
        inherited=inherited_by(session, organisation.id, today)
        if organisation.kind in BODY_KINDS
        else frozenset(),
    )


def current_membership(session: Session, organisation_id: str, person_id: str) -> Membership | None:
    """The person's pending or active membership there, if any."""
    return session.exec(
        select(Membership).where(
            col(Membership.organisation_id) == organisation_id,
            col(Membership.person_id) == person_id,
            col(Membership.status) != "ended",
        )
    ).first()


def organisation_by_reference(session: Session, reference: str) -> Organisation | None:
    """By id, 6-digit code, 法人番号, or `agency`."""
    if reference == "agency":
        return session.exec(select(Organisation).where(col(Organisation.kind) == "agency")).first()
    if not _REFERENCE.fullmatch(
        reference
    ):  # what no identifier holds is not put to the database, which may refuse it
        return None
    return session.exec(
        select(Organisation).where(
            or_(
                col(Organisation.id) == reference,
                col(Organisation.code) == reference,
                col(Organisation.corporate_number) == reference,
            )
        )
    ).first()


def lock_organisation(session: Session, organisation_id: str) -> Organisation:
    """The organisation, locked until the end of the transaction (PostgreSQL; SQLite has one writer anyway)."""
    return session.exec(
        select(Organisation).where(col(Organisation.id) == organisation_id).with_for_update()
    ).one()


def active_roles(session: Session, organisation_id: str, today: date) -> dict[str, frozenset[str]]:
    """The roles of every membership of the organisation in force, by membership id."""
    rows = session.exec(
        select(Membership).where(col(Membership.organisation_id) == organisation_id, in_force(today))
    ).all()
    return {row.id: frozenset(row.roles) for row in rows}
