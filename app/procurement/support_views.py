"""Supports (支援) as the body sees them, and the projects as supporters see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Role
from app.kit.clock import Clock
from app.kit.errors import NotFound
from app.organisations.models import Membership, Organisation
from app.procurement import repository, support_repository
from app.procurement.policies import bodies_of, is_of_the_body, reads_every_body, supports_project
from app.procurement.reach import reachable
from app.procurement.support_models import Support


@dataclass(frozen=True)
class SupportedProject:
    """One named project of a support."""

    id: str
    title: str
    status: str
    price_granted: bool


@dataclass(frozen=True)
class SupportView:
    """A support as the body sees it; `secret` only in the answer that made it."""

    id: str
    organisation_id: str
    organisation_name: str
    status: str
    in_force: bool
    ends_on: date
    note: str
    projects: tuple[SupportedProject, ...]
    created_at: datetime
    expires_at: datetime
    inviter_id: str
    inviter_name: str
    person_name: str
    issuer_key: str
    supporter_organisation_name: str
    has_interest: bool | None
    declaration: str
    ties: tuple[str, ...]
    conflicts: tuple[str, ...]
    accepted_at: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    secret: str | None = None


@dataclass(frozen=True)
class HelpedProject:
    """A project that the actor supports, with its body and until when."""

    id: str
    organisation_id: str
    organisation_name: str
    title: str
    business_area: str
    fiscal_year: int
    status: str
    updated_at: datetime
    ends_on: date
    price_granted: bool


def group_of(organisation: Organisation) -> str:
    """What tells the vendors of one group: its key, else the 法人番号, else the id."""
    return organisation.group_key or organisation.corporate_number or organisation.id


def views_of(
    session: Session, clock: Clock, rows: Sequence[Support], secret: str | None = None
) -> list[SupportView]:
    """What the body sees of its supports."""
    named = support_repository.named_projects(session, [row.id for row in rows])
    members = [row.membership_id for row in rows if row.membership_id] + [row.invited_by for row in rows]
    people = support_repository.people(session, members)
    bodies = repository.organisation_names(session, [row.organisation_id for row in rows])
    vendors = support_repository.vendors_of(session, [person.id for _, person, _ in people.values()])
    views = []
    for row in rows:
        supporter = people.get(row.membership_id or "")
        inviter = people.get(row.invited_by)
        now_at = vendors.get(supporter[1].id, []) if supporter else []
        ties = {tie["name"]: str(tie["group_key"]) for tie in row.ties} | {
            v.name: group_of(v) for v in now_at
        }
        conflicts: list[str] = []
        if ties and row.status != "ended":
            assessed = support_repository.assessed_vendors(session, [p.id for _, p in named[row.id]])
            conflicts = [vendor.name for vendor in assessed if group_of(vendor) in ties.values()]
        views.append(
            SupportView(
                id=row.id,
                organisation_id=row.organisation_id,
                organisation_name=bodies.get(row.organisation_id, ""),
                status=row.status,
                in_force=row.status == "active"
                and row.ends_on >= clock.today()
                and supporter is not None
                and is_supporter(supporter[0], clock.today()),
                ends_on=row.ends_on,
                note=row.note,
                projects=tuple(
                    SupportedProject(p.id, p.title, p.status, n.price_granted_at is not None)
                    for n, p in named[row.id]
                ),
                created_at=row.created_at,
                expires_at=row.expires_at,
                inviter_id=row.invited_by,
                inviter_name=inviter[1].name if inviter else "",
                person_name=supporter[1].name if supporter else "",
                issuer_key=supporter[1].issuer_key if supporter else "",
                supporter_organisation_name=supporter[2].name if supporter else "",
                has_interest=row.has_interest,
                declaration=row.declaration,
                ties=tuple(ties),
                conflicts=tuple(conflicts),
                accepted_at=row.accepted_at,
                confirmed_at=row.confirmed_at,
                ended_at=row.ended_at,
                end_reason=row.end_reason,
                secret=secret,
            )
        )
    return views


def is_supporter(membership: Membership, today: date) -> bool:
    """Whether the place in their own organisation makes them a supporter on the day."""
    ends = membership.last_day
    return (
        membership.status == "active"
        and Role.SUPPORTER.value in membership.roles
        and (ends is None or ends >= today)
    )


def supports_of(session: Session, actor: Actor, clock: Clock) -> list[SupportView]:
    """The own body's supports, newest first; every body's for an auditor."""
    of = None if reads_every_body(actor) else bodies_of(actor)
    return views_of(session, clock, support_repository.supports(session, of))


def supports_of_project(session: Session, actor: Actor, clock: Clock, project_id: str) -> list[SupportView]:
    """A project's supports; of these a supporter sees the own only. Raises NotFound."""
    project = reachable(session, actor, project_id)
    mine = None if _sees_all(actor, project.organisation_id) else actor.membership_id
    rows = support_repository.supports(session, [project.organisation_id], project.id, mine)
    return views_of(session, clock, rows)


def _sees_all(actor: Actor, organisation_id: str) -> bool:
    return is_of_the_body(actor, organisation_id) or reads_every_body(actor)


def support_of(session: Session, actor: Actor, clock: Clock, support_id: str) -> SupportView:
    """One support of the own body. Raises NotFound."""
    row = support_repository.support(session, support_id)
    if row is None or not _sees_all(actor, row.organisation_id):
        raise NotFound("その支援はありません。")
    return views_of(session, clock, [row])[0]


def helped_projects(session: Session, actor: Actor, clock: Clock) -> list[HelpedProject]:
    """Everything that the actor's membership helps with today, by body; a project once, with its latest day."""
    found: dict[str, HelpedProject] = {}
    rows = support_repository.helped(session, actor.membership_id or "", clock.today())
    for project, body, support in rows:
        if not supports_project(actor, project.id) or project.id in found:
            continue
        found[project.id] = HelpedProject(
            id=project.id,
            organisation_id=body.id,
            organisation_name=body.name,
            title=project.title,
            business_area=project.business_area,
            fiscal_year=project.fiscal_year,
            status=project.status,
            updated_at=project.updated_at,
            ends_on=support.ends_on,
            price_granted=project.id in actor.supports_priced,
        )
    return list(found.values())
