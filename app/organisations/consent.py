"""Whose consent somebody who waits needs, and who may make others administrators (docs/decisions/0006-consent.md)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import ROLES_BY_KIND, Permission, Role, permissions_of
from app.identity.models import Person
from app.kit.errors import Forbidden, NotFound
from app.organisations.models import Membership, Organisation
from app.organisations.policies import TOP_ROLE, may_appoint_administrators


def inviters_of(session: Session, memberships: Iterable[Membership]) -> dict[str, tuple[str, str]]:
    """For each that waits after an invitation: the inviter's membership and name, while the inviter can consent."""
    waiting = {
        membership.id: membership.invited_by
        for membership in memberships
        if membership.status == "pending" and membership.origin == "invitation" and membership.invited_by
    }
    if not waiting:
        return {}
    rows = session.exec(
        select(Membership, Person)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(col(Membership.id).in_(set(waiting.values())), col(Membership.status) == "active")
    ).all()
    able = {
        inviter.id: (inviter.id, person.name)
        for inviter, person in rows
        if Permission.MEMBERS_MANAGE in permissions_of(frozenset(Role(role) for role in inviter.roles))
    }
    return {waits: able[inviter] for waits, inviter in waiting.items() if inviter in able}


def appoints(session: Session, actor: Actor, organisation: Organisation) -> bool:
    """Whether the actor may make somebody there an administrator; see `policies.may_appoint_administrators`."""
    if actor.may(Permission.ORGANISATIONS_MANAGE):
        return True
    person = session.get(Person, actor.person_id) if actor.person_id else None
    return person is not None and may_appoint_administrators(person, organisation)


def possible_roles(session: Session, actor: Actor, organisation_id: str) -> list[str]:
    """The roles that the actor may give there, sorted. Raises NotFound for an unknown organisation."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("その組織はありません。")
    roles = {role.value for role in ROLES_BY_KIND[organisation.kind]}
    withheld = set() if appoints(session, actor, organisation) else {TOP_ROLE[organisation.kind].value}
    return sorted(roles - withheld)


def require_appointment(
    session: Session, actor: Actor, organisation: Organisation, roles: Iterable[str]
) -> None:
    """Raise Forbidden where the roles have the vendor's administrator and the actor may not make one."""
    if TOP_ROLE[organisation.kind].value in roles and not appoints(session, actor, organisation):
        raise Forbidden(
            "管理者の役割を与えられるのは、その事業者のgBizIDプライムである管理者か、デジタル庁です。"
            "プライムの方に依頼してください。"
        )
