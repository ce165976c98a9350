"""Members of an organisation: who they are, consent, roles, leaving, switching between organisations."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.audit.record import record
from app.identity.models import Person
from app.identity.sessions import end_for_membership, own_session, refuse_delegated
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.organisations.consent import inviters_of, require_appointment
from app.organisations.inputs import role_faults
from app.organisations.lifecycle import MEMBERSHIP
from app.organisations.models import Membership, Organisation
from app.organisations.policies import (
    TOP_ROLE,
    can_consent,
    can_manage_members,
    can_see_members,
)
from app.organisations.repository import (
    active_roles,
    current_membership,
    lock_organisation,
    membership_facts,
)
from app.organisations.succession import warn_of_end
from app.outbox.publish import publish


@dataclass(frozen=True)
class MemberView:
    """A member as the organisation's own people and the Agency see them."""

    id: str
    organisation_id: str
    organisation_name: str
    name: str
    issuer_key: str
    account_kind: str
    """entry, prime or member at GビズID; empty elsewhere."""
    roles: tuple[str, ...]
    status: str
    origin: str
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    last_day: date | None = None
    """Past it the membership has ended, by the clock."""
    inviter_id: str | None = None
    """While pending: the membership of the inviter, who alone may consent; None where any who may can."""
    inviter_name: str = ""
    department_id: str | None = None

    @property
    def version(self) -> str:
        """What identifies this state, for the ETag."""
        facts = f"{self.id} {self.status} {' '.join(self.roles)} {self.last_day or ''}"
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class MembershipChoice:
    """One organisation that a person may act for."""

    membership_id: str
    organisation_id: str
    organisation_name: str
    organisation_kind: str
    roles: tuple[str, ...]
    status: str


def _views(session: Session, rows: Sequence[tuple[Membership, Person, Organisation]]) -> list[MemberView]:
    inviters = inviters_of(session, [membership for membership, _, _ in rows])
    return [_view(*row, inviters.get(row[0].id)) for row in rows]


def _view(
    membership: Membership, person: Person, organisation: Organisation, inviter: tuple[str, str] | None
) -> MemberView:
    inviter_id, inviter_name = inviter or (None, "")
    return MemberView(
        id=membership.id,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        name=person.name,
        issuer_key=person.issuer_key,
        account_kind=person.account_kind,
        roles=tuple(membership.roles),
        status=membership.status,
        origin=membership.origin,
        created_at=membership.created_at,
        confirmed_at=membership.confirmed_at,
        ended_at=membership.ended_at,
        last_day=membership.last_day,
        department_id=membership.department_id,
        inviter_id=inviter_id,
        inviter_name=inviter_name,
    )


def list_members(
    session: Session, actor: Actor, organisation_id: str, *, ended: bool = False
) -> list[MemberView]:
    """The members, those who wait first. Raises NotFound for strangers."""
    if not can_see_members(actor, organisation_id):
        raise NotFound("その組織のメンバーは見られません。")
    wanted = col(Membership.status) == "ended" if ended else col(Membership.status) != "ended"
    rows = session.exec(
        select(Membership, Person, Organisation)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.organisation_id) == organisation_id, wanted)
        .order_by(col(Membership.status).desc(), col(Membership.id))
    ).all()
    return _views(session, rows)


def list_pending(session: Session, actor: Actor, kind: str) -> list[MemberView]:
    """Everybody who waits for consent in organisations of this kind, oldest first (the Agency)."""
    if not can_consent(actor, ""):
        raise NotFound()
    rows = session.exec(
        select(Membership, Person, Organisation)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.status) == "pending", col(Organisation.kind) == kind)
        .order_by(col(Membership.id))
        .limit(200)
    ).all()
    return _views(session, rows)


def _reach(
    session: Session, actor: Actor, organisation_id: str, membership_id: str
) -> tuple[Membership, Organisation]:
    """The membership and its organisation, locked, for an actor who can see it."""
    if not can_see_members(actor, organisation_id):
        raise NotFound("そのメンバーは見つかりません。")
    organisation = lock_organisation_or_404(session, organisation_id)
    membership = session.get(Membership, membership_id)
    if membership is None or membership.organisation_id != organisation.id:
        raise NotFound("そのメンバーは見つかりません。")
    return membership, organisation


def lock_organisation_or_404(session: Session, organisation_id: str) -> Organisation:
    """The organisation, locked. Raises NotFound."""
    if session.get(Organisation, organisation_id) is None:
        raise NotFound("その組織はありません。")
    return lock_organisation(session, organisation_id)


def get_member(session: Session, actor: Actor, organisation_id: str, membership_id: str) -> MemberView:
    """One member. Raises NotFound for strangers."""
    if not can_see_members(actor, organisation_id):
        raise NotFound("そのメンバーは見つかりません。")
    row = session.exec(
        select(Membership, Person, Organisation)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.id) == membership_id, col(Membership.organisation_id) == organisation_id)
    ).first()
    if row is None:
        raise NotFound("そのメンバーは見つかりません。")
    return _views(session, [row])[0]


def confirm_member(
    session: Session,
    actor: Actor,
    clock: Clock,
    organisation_id: str,
    membership_id: str,
    roles: Sequence[str] | None = None,
) -> MemberView:
    """Consent to a pending member, with the roles asked for or others.

    After an invitation the inviter alone consents, who knows whom it was sent to; once the inviter's place has ended,
    or may no longer manage members, any who may. Raises TransitionRefused unless pending, Forbidden, Invalid.
    """
    membership, organisation = _reach(session, actor, organisation_id, membership_id)
    if not can_consent(actor, organisation_id) or membership.person_id == actor.person_id:
        raise Forbidden("所属を認められるのは、その組織の管理者・承認者（本人を除く）か、デジタル庁です。")
    inviter = inviters_of(session, [membership]).get(membership.id)
    if inviter is not None and inviter[0] != actor.membership_id:
        raise Forbidden(
            f"この人を招待した{inviter[1] or '人'}さんが、お名前と認証サーバーを確かめて認めます。"
            "その人ができないときは、断ってから招待し直してください。"
        )
    person = session.get(Person, membership.person_id)
    if person is not None and person.account_kind == "entry":
        raise Conflict("この人のアカウントはエントリーになっているため、所属を認められません。")
    chosen = list(membership.roles if roles is None else roles)
    if faults := role_faults(organisation.kind, chosen):
        raise Invalid(faults)
    require_appointment(session, actor, organisation, chosen)
    MEMBERSHIP.move(
        session,
        membership,
        "confirmation",
        roles=sorted(set(chosen)),
        confirmed_at=clock.now(),
        confirmed_by=actor.membership_id or "",
    )
    _record(session, actor, clock, "membership.confirmed", membership)
    return get_member(session, actor, organisation_id, membership_id)


def _keep_top_role(
    session: Session, today: date, organisation: Organisation, membership: Membership, roles: Sequence[str]
) -> None:
    """Refuse to take the last holder's role away. The organisation is locked, so two cannot do it to each other."""
    top = TOP_ROLE[organisation.kind].value
    if top in roles or top not in membership.roles or membership.status != "active":
        return
    others = {
        m: held for m, held in active_roles(session, organisation.id, today).items() if m != membership.id
    }
    if not any(top in held for held in others.values()):
        raise Conflict(
            "最後の管理者または承認者は外せません。先に別の人に同じ役割を与えてください。", role=top
        )


def _loses_top(organisation: Organisation, membership: Membership, roles: Sequence[str]) -> bool:
    top = TOP_ROLE[organisation.kind].value
    return membership.status == "active" and top in membership.roles and top not in roles


def change_roles(
    session: Session,
    actor: Actor,
    clock: Clock,
    organisation_id: str,
    membership_id: str,
    roles: Sequence[str],
) -> MemberView:
    """Give an active member other roles.

    Raises Conflict where the last administrator or approver would be lost, Forbidden where the actor may not appoint
    one.
    """
    membership, organisation = _reach(session, actor, organisation_id, membership_id)
    if not can_manage_members(actor, organisation_id):
        raise Forbidden("役割を変えられるのは、その組織の管理者または承認者です。")
    if membership.status != "active":
        raise Conflict("所属が有効な人の役割だけを変えられます。")
    if faults := role_faults(organisation.kind, roles):
        raise Invalid(faults)
    require_appointment(session, actor, organisation, set(roles) - set(membership.roles))
    _keep_top_role(session, clock.today(), organisation, membership, roles)
    loses_top = _loses_top(organisation, membership, roles)
    membership.roles = sorted(set(roles))
    session.add(membership)
    session.flush()
    _record(session, actor, clock, "membership.roles_changed", membership)
    if loses_top:  # whoever is left may have a last day
        warn_of_end(session, clock, organisation)
    return get_member(session, actor, organisation_id, membership_id)


def end_membership(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, membership_id: str
) -> MemberView:
    """End a membership, or refuse a pending one; its sessions and tokens end in the same transaction."""
    membership, organisation = _reach(session, actor, organisation_id, membership_id)
    pending = membership.status == "pending"
    if not (can_manage_members(actor, organisation_id) or (pending and can_consent(actor, organisation_id))):
        raise Forbidden("所属を終えさせられるのは、その組織の管理者または承認者です。")
    _keep_top_role(session, clock.today(), organisation, membership, ())
    loses_top = _loses_top(organisation, membership, ())
    MEMBERSHIP.move(
        session, membership, "ending", ended_at=clock.now(), ended_by=actor.membership_id or "system"
    )
    end_for_membership(session, clock, membership.id)
    _record(session, actor, clock, "membership.refused" if pending else "membership.ended", membership)
    if loses_top:
        warn_of_end(session, clock, organisation)
    return get_member(session, actor, organisation_id, membership_id)


def restore_administrator(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, membership_id: str
) -> MemberView:
    """The Agency gives a former or present member the organisation's top role (again)."""
    membership, organisation = _reach(session, actor, organisation_id, membership_id)
    if not can_consent(actor, ""):
        raise Forbidden("管理者を復旧できるのはデジタル庁です。")
    if membership.person_id == actor.person_id:
        raise Forbidden("自分自身に役割を与えることはできません。")
    top = TOP_ROLE[organisation.kind].value
    now = clock.now()
    if membership.status == "ended":
        current = current_membership(session, organisation.id, membership.person_id)
        membership = current or Membership(
            id=new_id("mem"),
            person_id=membership.person_id,
            organisation_id=organisation.id,
            origin="restored",
            created_at=now,
        )
    if membership.status == "active" and top in membership.roles:
        raise Conflict("この人はすでに管理者または承認者です。")
    membership.roles = sorted({*membership.roles, top})
    membership.status = "active"
    membership.last_day = None
    membership.confirmed_at = now
    membership.confirmed_by = actor.membership_id
    session.add(membership)
    session.flush()
    _record(session, actor, clock, "membership.restored", membership)
    publish(session, "notify.member-pending", membership.id, at=now)
    return get_member(session, actor, organisation_id, membership.id)


# The header of every page asks it.
_PLACES = (
    select(Membership, Organisation)
    .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
    .where(col(Membership.person_id) == bindparam("person_id"), col(Membership.status) != "ended")
    .order_by(col(Membership.id))
)


def choices(session: Session, actor: Actor) -> list[MembershipChoice]:
    """The person's own places, active and pending, in the order they were made; none for a delegated login."""
    if actor.person_id is None or actor.delegated:
        return []
    rows = session.exec(_PLACES, params={"person_id": actor.person_id}).all()
    return [
        MembershipChoice(
            membership_id=membership.id,
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            organisation_kind=organisation.kind,
            roles=tuple(membership.roles),
            status=membership.status,
        )
        for membership, organisation in rows
    ]


def places_of(database: Database, actor: Actor) -> list[MembershipChoice]:
    """The person's active places, read in a transaction of its own (what every page's header shows)."""
    with database.read() as session:
        return [place for place in choices(session, actor) if place.status == "active"]


def switch(session: Session, actor: Actor, clock: Clock, membership_id: str) -> None:
    """Act for another of the person's own organisations from now on, in this session.

    Raises NotFound for a place that is somebody else's, waits or has ended, Forbidden for a delegated login.
    """
    own = own_session(session, actor)
    refuse_delegated(actor)
    membership = session.get(Membership, membership_id)
    if (
        membership is None
        or membership.person_id != actor.person_id
        or membership_facts(session, membership.id, clock.today()) is None
    ):
        raise NotFound("その所属はありません。")
    own.membership_id = membership.id
    session.add(own)
    _record(session, actor, clock, "session.switched", membership)


def _record(session: Session, actor: Actor, clock: Clock, action: str, membership: Membership) -> None:
    record(
        session,
        actor,
        action,
        "membership",
        membership.id,
        at=clock.now(),
        owner=membership.organisation_id,
        details={"roles": list(membership.roles)},
    )
