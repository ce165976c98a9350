"""Whether an organisation goes on having an administrator or approver, and which bodies have none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Permission
from app.kit.clock import Clock
from app.kit.errors import NotFound
from app.organisations.models import Membership, Organisation
from app.organisations.policies import TOP_ROLE
from app.organisations.repository import in_force
from app.outbox.publish import publish

NEVER = date.max


@dataclass(frozen=True)
class DormantBody:
    """A body that had members, and has no approver in force."""

    id: str
    name: str
    code: str | None
    prefecture: str
    members: int
    """Members in force, none of them an approver."""
    last_ended_at: datetime | None
    """When its latest membership ended."""


def covered_until(session: Session, organisation: Organisation, today: date) -> date | None:
    """Until when the top role is held: `NEVER` where no end is set, the latest last day, None where nobody does."""
    top = TOP_ROLE[organisation.kind].value
    rows = session.exec(
        select(Membership).where(col(Membership.organisation_id) == organisation.id, in_force(today))
    ).all()
    days = [row.last_day or NEVER for row in rows if top in row.roles]
    return max(days, default=None)


def warn_of_end(session: Session, clock: Clock, organisation: Organisation) -> str:
    """What to say where the top role ends by a date that is set, or is nobody's (the Agency is told); else empty."""
    until = covered_until(session, organisation, clock.today())
    if until == NEVER:
        return ""
    publish(session, "notify.body-without-approver", organisation.id, at=clock.now())
    if until is None:
        return "管理者または承認者がいません。デジタル庁に知らせました。"
    return (
        f"{until.isoformat()}を過ぎると、管理者または承認者がいなくなります。"
        "それまでに別の人へ役割を与えてください。デジタル庁にも知らせました。"
    )


def dormant_bodies(session: Session, actor: Actor, clock: Clock) -> list[DormantBody]:
    """Bodies that had members and have no approver in force, by code (the Agency). Raises NotFound for others."""
    if not actor.may(Permission.ORGANISATIONS_MANAGE):
        raise NotFound()
    today = clock.today()
    rows = session.exec(
        select(Organisation, Membership)
        .join(Membership, col(Membership.organisation_id) == col(Organisation.id))
        .where(col(Organisation.kind).in_(BODY_KINDS), col(Membership.status) != "pending")
        .order_by(col(Organisation.code), col(Organisation.id), col(Membership.id))
    ).all()
    bodies: dict[str, tuple[Organisation, list[Membership]]] = {}
    for organisation, membership in rows:
        bodies.setdefault(organisation.id, (organisation, []))[1].append(membership)
    found = []
    for organisation, members in bodies.values():
        active = [m for m in members if m.status == "active" and (m.last_day is None or m.last_day >= today)]
        if any(TOP_ROLE[organisation.kind].value in m.roles for m in active):
            continue
        ends = [m.ended_at for m in members if m.ended_at is not None]
        found.append(
            DormantBody(
                organisation.id,
                organisation.name,
                organisation.code,
                organisation.prefecture,
                len(active),
                max(ends, default=None),
            )
        )
    return found


def is_dormant(session: Session, organisation: Organisation, today: date) -> bool:
    """Whether nobody in force holds the body's top role."""
    return covered_until(session, organisation, today) is None


def has_approver(session: Session, actor: Actor, clock: Clock, organisation_id: str) -> bool:
    """Whether somebody in force holds the top role there (the Agency). Raises NotFound for others."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or not actor.may(Permission.ORGANISATIONS_MANAGE):
        raise NotFound()
    return not is_dormant(session, organisation, clock.today())
