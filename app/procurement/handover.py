"""引継ぎ: what somebody holds in an organisation passes to a successor in one act; and projects without an officer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from app.access.actor import Actor
from app.access.permissions import Role
from app.audit.record import record
from app.identity.models import Person
from app.identity.sessions import own_session
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound
from app.organisations.models import Invitation, Membership
from app.organisations.policies import can_manage_members, can_see_members
from app.organisations.repository import in_force, keeper_of, lock_organisation
from app.outbox.publish import publish
from app.procurement.models import Project
from app.procurement.policies import is_of_the_body
from app.procurement.reach import own
from app.procurement.support_models import Support

_BUYERS = frozenset({Role.BUYER_OFFICER.value, Role.BUYER_APPROVER.value})


@dataclass(frozen=True)
class Colleague:
    """Somebody in force who can take over."""

    membership_id: str
    person_id: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Holding:
    """What somebody holds in the organisation, and who could take it over."""

    membership_id: str
    name: str
    projects: tuple[tuple[str, str, str], ...]
    """(id, title, status): with their saved searches, conditions, candidates and open drafts."""
    supports: int
    """Supporters' invitations that they issued and that have not ended."""
    invitations: int
    """Members' invitations that they issued: open, or used by somebody who waits."""
    successors: tuple[Colleague, ...]


def colleagues(session: Session, organisation_id: str, today: date) -> list[Colleague]:
    """Everybody of the organisation in force, by name."""
    rows = session.exec(
        select(Membership, Person)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(col(Membership.organisation_id) == organisation_id, in_force(today))
        .order_by(col(Person.name), col(Membership.id))
    ).all()
    return [Colleague(m.id, person.id, person.name, tuple(m.roles)) for m, person in rows]


def officers(session: Session, organisation_id: str, today: date) -> list[Colleague]:
    """Those who can keep a project of the body: its own, after a merger its successor's."""
    keeper = keeper_of(session, organisation_id, today)
    return [each for each in colleagues(session, keeper, today) if _BUYERS & set(each.roles)]


def without_officer(session: Session, projects: Collection[Project], today: date) -> set[str]:
    """The ids of those projects whose officer is no buyer in force at the body any more (担当者なし)."""
    keepers = {
        body_id: keeper_of(session, body_id, today) for body_id in {each.organisation_id for each in projects}
    }
    rows = session.exec(
        select(Membership).where(
            col(Membership.organisation_id).in_(keepers.values()),
            col(Membership.person_id).in_({project.officer_id for project in projects}),
            in_force(today),
        )
    ).all()
    there = {(row.organisation_id, row.person_id) for row in rows if _BUYERS & set(row.roles)}
    return {p.id for p in projects if (keepers[p.organisation_id], p.officer_id) not in there}


def _reach(session: Session, actor: Actor, organisation_id: str, membership_id: str) -> Membership:
    membership = session.get(Membership, membership_id)
    if (
        not can_see_members(actor, organisation_id)
        or membership is None
        or membership.organisation_id != organisation_id
        or membership.status == "pending"
    ):
        raise NotFound("そのメンバーは見つかりません。")
    own_act = actor.acts_for(organisation_id) and membership.person_id == actor.person_id
    if not own_act and not can_manage_members(actor, organisation_id):
        raise Forbidden("引き継がせられるのは、本人か、その組織の管理者または承認者です。")
    own_session(session, actor)
    return membership


def _held(session: Session, membership: Membership) -> Sequence[Project]:
    return session.exec(
        select(Project)
        .where(
            col(Project.organisation_id) == membership.organisation_id,
            col(Project.officer_id) == membership.person_id,
        )
        .order_by(col(Project.id))
    ).all()


def holding_of(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, membership_id: str
) -> Holding:
    """What a present or former member holds. Raises NotFound, Forbidden but for the person and managers."""
    membership = _reach(session, actor, organisation_id, membership_id)
    person = session.get_one(Person, membership.person_id)
    supports = session.exec(
        select(Support.id).where(col(Support.invited_by) == membership.id, col(Support.status) != "ended")
    ).all()
    invitations = session.exec(select(Invitation.id).where(_passing(membership))).all()
    return Holding(
        membership_id=membership.id,
        name=person.name,
        projects=tuple((p.id, p.title, p.status) for p in _held(session, membership)),
        supports=len(supports),
        invitations=len(invitations),
        successors=tuple(
            each
            for each in colleagues(session, organisation_id, clock.today())
            if each.person_id != membership.person_id
        ),
    )


def _passing(membership: Membership) -> ColumnElement[bool]:
    waiting = select(col(Membership.id)).where(
        col(Membership.status) == "pending", col(Membership.organisation_id) == membership.organisation_id
    )
    return (
        (col(Invitation.invited_by) == membership.id)
        & col(Invitation.revoked_at).is_(None)
        & (col(Invitation.used_at).is_(None) | col(Invitation.membership_id).in_(waiting))
    )


def hand_over(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, membership_id: str, successor_id: str
) -> Holding:
    """Everything that the member holds passes to the successor (a membership); what passed.

    Raises NotFound, Forbidden, Invalid for a successor outside the organisation, not in force, the same person, or
    no buyer where there are projects.
    """
    membership = _reach(session, actor, organisation_id, membership_id)
    lock_organisation(session, organisation_id)
    holding = holding_of(session, actor, clock, organisation_id, membership_id)
    successor = next((each for each in holding.successors if each.membership_id == successor_id), None)
    if successor is None or (holding.projects and not _BUYERS & set(successor.roles)):
        outside = successor is None
        raise Invalid(
            [
                FieldFault(
                    "/successor_id",
                    "outside" if outside else "role",
                    "「引き継ぐ人」：この組織で所属が有効な、別の人ではありません。"
                    if outside
                    else "「引き継ぐ人」：案件を引き継ぐには、担当者か承認者の役割が要ります。",
                    "メンバーの一覧から選んでください。",
                )
            ]
        )
    now = clock.now()
    for project in _held(session, membership):
        _assign(session, actor, clock, project, successor.person_id)
    for statement in (
        update(Support).where(col(Support.invited_by) == membership.id, col(Support.status) != "ended"),
        update(Invitation).where(_passing(membership)),
        update(Membership).where(
            col(Membership.invited_by) == membership.id,
            col(Membership.organisation_id) == organisation_id,
            col(Membership.status) == "pending",
        ),
    ):
        session.execute(
            statement.values(invited_by=successor.membership_id).execution_options(
                synchronize_session="fetch"
            )
        )
    record(
        session, actor, "membership.handed-over", "membership", membership.id,
        at=now, owner=organisation_id,
        details={
            "successor_id": successor.membership_id,
            "project_ids": [id_ for id_, _, _ in holding.projects],
            "supports": holding.supports,
            "invitations": holding.invitations,
        },
    )  # fmt: skip
    publish(session, "notify.handed-over", successor.membership_id, at=now)
    return holding


def assign_officer(
    session: Session, actor: Actor, clock: Clock, project_id: str, membership_id: str | None
) -> Project:
    """Take a project without an officer (any buyer), or give any to a colleague (its officer, or an approver).

    Without `membership_id`: to oneself. Raises NotFound, Forbidden, Invalid for somebody outside the body.
    """
    project = own(session, actor, project_id)
    today = clock.today()
    vacant = bool(without_officer(session, [project], today))
    if not vacant and Role.BUYER_APPROVER not in actor.roles and project.officer_id != actor.person_id:
        raise Forbidden("担当者のいる案件の担当を変えられるのは、その担当者と承認者です。")
    wanted = membership_id or actor.membership_id
    found = next(
        (o for o in officers(session, project.organisation_id, today) if o.membership_id == wanted), None
    )
    if found is None or not is_of_the_body(actor, project.organisation_id):
        raise Invalid(
            [
                FieldFault(
                    "/membership_id",
                    "outside",
                    "「担当者」：この団体で所属が有効な担当者・承認者ではありません。",
                    "メンバーの一覧から選んでください。",
                )
            ]
        )
    if project.officer_id != found.person_id:
        _assign(session, actor, clock, project, found.person_id)
        if found.person_id != actor.person_id:
            publish(session, "notify.handed-over", found.membership_id, at=clock.now())
    return project


def _assign(session: Session, actor: Actor, clock: Clock, project: Project, person_id: str) -> None:
    """Also of a closed project, whose frozen evidence keeps naming who kept it then."""
    project.officer_id = person_id
    session.add(project)
    session.flush()
    record(
        session, actor, "project.officer-assigned", "project", project.id,
        at=clock.now(), owner=project.organisation_id, details={"officer_id": person_id},
    )  # fmt: skip
