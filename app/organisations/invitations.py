"""Invitations: single-use, expiring links for a role. Whoever comes with one waits until the inviter confirms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Permission
from app.audit.record import record
from app.identity.credentials import digest, new_secret
from app.identity.models import Person
from app.identity.people import get_person
from app.identity.sessions import own_session, refuse_delegated
from app.kit.clock import Clock
from app.kit.database import affected
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound, invalid
from app.kit.ids import new_id
from app.organisations.consent import require_appointment
from app.organisations.inputs import role_faults, text_faults
from app.organisations.mergers import refuse_ended
from app.organisations.models import Invitation, Membership, Organisation
from app.organisations.policies import TOP_ROLE, can_manage_members, may_join, may_speak_for
from app.organisations.repository import current_membership, lock_organisation
from app.organisations.succession import is_dormant
from app.outbox.publish import publish
from app.settings import Settings
from catalogue_schema.text import clean

DEFAULT_DAYS = 7
LONGEST_DAYS = 30


@dataclass(frozen=True)
class InvitationView:
    """An invitation as the organisation's administrators see it; `secret` only in the answer that made it."""

    id: str
    organisation_id: str
    organisation_name: str
    roles: tuple[str, ...]
    note: str
    status: str
    """open, used, expired or revoked."""
    created_at: datetime
    expires_at: datetime
    membership_id: str | None
    secret: str | None = None


def _view(
    row: Invitation, organisation: Organisation, now: datetime, secret: str | None = None
) -> InvitationView:
    if row.used_at is not None:
        status = "used"
    elif row.revoked_at is not None:
        status = "revoked"
    else:
        status = "expired" if row.expires_at <= now else "open"
    return InvitationView(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=organisation.name,
        roles=tuple(row.roles),
        note=row.note,
        status=status,
        created_at=row.created_at,
        expires_at=row.expires_at,
        membership_id=row.membership_id,
        secret=secret,
    )


def _own_organisation(session: Session, actor: Actor) -> Organisation:
    organisation = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    if organisation is None or not can_manage_members(actor, organisation.id):
        raise Forbidden("招待できるのは、所属する組織の管理者または承認者です。")
    return organisation


def invite(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    roles: Sequence[str],
    note: str = "",
    expires_in_days: int = DEFAULT_DAYS,
) -> InvitationView:
    """A new invitation to the actor's organisation, with its secret.

    Raises Invalid with every fault, Forbidden where the actor may not appoint administrators and the roles have one.
    """
    return _invite(session, actor, clock, _own_organisation(session, actor), roles, note, expires_in_days)


def invite_to_dormant(
    session: Session,
    actor: Actor,
    clock: Clock,
    organisation_id: str,
    *,
    roles: Sequence[str],
    note: str = "",
    expires_in_days: int = DEFAULT_DAYS,
) -> InvitationView:
    """The Agency invites somebody to a body that has no approver in force, so that it can act again.

    Raises NotFound, Forbidden but for the Agency, Conflict where the body can help itself, Invalid with every fault.
    """
    if not actor.may(Permission.ORGANISATIONS_MANAGE):
        raise Forbidden("承認者のいない団体に招待できるのはデジタル庁です。")
    if session.get(Organisation, organisation_id) is None:
        raise NotFound("その組織はありません。")
    organisation = lock_organisation(session, organisation_id)
    refuse_ended(session, organisation, clock.today())
    if organisation.kind not in BODY_KINDS or not is_dormant(session, organisation, clock.today()):
        raise Conflict("この組織には有効な管理者または承認者がいます。その人が招待できます。")
    if TOP_ROLE[organisation.kind].value not in roles:
        raise invalid("/roles", "required", "承認者の役割がありません。", "buyer_approver を含めてください。")
    return _invite(session, actor, clock, organisation, roles, note, expires_in_days)


def invitation_to_dormant(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, invitation_id: str
) -> InvitationView:
    """One that the Agency made, without its secret. Raises NotFound."""
    row = session.get(Invitation, invitation_id)
    if (
        row is None
        or row.organisation_id != organisation_id
        or not actor.may(Permission.ORGANISATIONS_MANAGE)
    ):
        raise NotFound("その招待はありません。")
    return _view(row, session.get_one(Organisation, organisation_id), clock.now())


def _invite(
    session: Session,
    actor: Actor,
    clock: Clock,
    organisation: Organisation,
    roles: Sequence[str],
    note: str,
    expires_in_days: int,
) -> InvitationView:
    note = clean(note)
    faults = [
        *role_faults(organisation.kind, roles),
        *text_faults("/note", note, longest=200),
    ]
    if not 1 <= expires_in_days <= LONGEST_DAYS:
        faults.append(
            FieldFault(
                "/expires_in_days",
                "range",
                "有効期間は1日から30日までです。",
                "1〜30の整数を入れてください。",
            )
        )
    if faults:
        raise Invalid(faults)
    require_appointment(session, actor, organisation, roles)
    secret = new_secret()
    now = clock.now()
    assert actor.membership_id is not None
    row = Invitation(
        id=new_id("inv"),
        digest=digest(secret),
        organisation_id=organisation.id,
        roles=sorted(set(roles)),
        invited_by=actor.membership_id,
        note=note,
        created_at=now,
        expires_at=now + timedelta(days=expires_in_days),
    )
    session.add(row)
    session.flush()
    details = {"roles": row.roles}
    record(
        session,
        actor,
        "invitation.created",
        "invitation",
        row.id,
        at=now,
        owner=organisation.id,
        details=details,
    )
    return _view(row, organisation, now, secret)


def list_invitations(session: Session, actor: Actor, clock: Clock) -> list[InvitationView]:
    """The invitations of the actor's organisation, newest first, the last hundred."""
    organisation = _own_organisation(session, actor)
    rows = session.exec(
        select(Invitation)
        .where(col(Invitation.organisation_id) == organisation.id)
        .order_by(col(Invitation.id).desc())
        .limit(100)
    ).all()
    return [_view(row, organisation, clock.now()) for row in rows]


def get_invitation(session: Session, actor: Actor, clock: Clock, invitation_id: str) -> InvitationView:
    """One invitation of the actor's organisation, without its secret."""
    organisation = _own_organisation(session, actor)
    row = session.get(Invitation, invitation_id)
    if row is None or row.organisation_id != organisation.id:
        raise NotFound("その招待はありません。")
    return _view(row, organisation, clock.now())


def revoke_invitation(session: Session, actor: Actor, clock: Clock, invitation_id: str) -> InvitationView:
    """Take an invitation back. Raises Conflict when it was used."""
    view = get_invitation(session, actor, clock, invitation_id)
    if view.status == "used":
        raise Conflict(
            "この招待はすでに使われています。所属を終了するには、メンバーの一覧から行ってください。"
        )
    if view.status == "revoked":
        return view
    row = session.get_one(Invitation, invitation_id)
    row.revoked_at = clock.now()
    session.add(row)
    record(
        session, actor, "invitation.revoked", "invitation", row.id, at=clock.now(), owner=view.organisation_id
    )
    return get_invitation(session, actor, clock, invitation_id)


def look_at(session: Session, clock: Clock, secret: str) -> InvitationView:
    """What whoever holds the link may see of it. Raises NotFound for one that is unknown, used, revoked or expired."""
    return _open(session, clock, digest(secret))[0]


def _open(
    session: Session, clock: Clock, secret_digest: str
) -> tuple[InvitationView, Invitation, Organisation]:
    found = session.exec(
        select(Invitation, Organisation)
        .join(Organisation, col(Organisation.id) == col(Invitation.organisation_id))
        .where(col(Invitation.digest) == secret_digest)
    ).first()
    view = _view(found[0], found[1], clock.now()) if found else None
    if found is None or view is None or view.status != "open":
        raise NotFound(
            "この招待は使えません。期限が切れたか、使われたか、取り消されています。招待した人に確かめてください。"
        )
    return view, found[0], found[1]


def accept(session: Session, settings: Settings, actor: Actor, clock: Clock, secret: str) -> InvitationView:
    """Accept as the person of the actor's session; see `accept_digest`. Raises Forbidden for a delegated login."""
    own_session(session, actor)
    refuse_delegated(actor)
    person = get_person(session, actor.person_id or "")
    assert person is not None
    return accept_digest(session, settings, actor, clock, person, digest(secret))


def accept_digest(
    session: Session, settings: Settings, actor: Actor, clock: Clock, person: Person, secret_digest: str
) -> InvitationView:
    """Use the invitation up; the person waits for the inviter's confirmation.

    Raises NotFound for a link that is not open, Forbidden where the person's issuer may not speak for the
    organisation and for an account that may join none (エントリー), Conflict for somebody who belongs to it already.
    """
    view, row, organisation = _open(session, clock, secret_digest)
    refuse_ended(session, organisation, clock.today())
    issuer = settings.issuer(person.issuer_key)
    if issuer is None or not may_speak_for(issuer, organisation):
        raise Forbidden(
            f"{organisation.name}には、いまログインしている認証サーバーからは所属できません。別の認証サーバーでログインしてください。"
        )
    if not may_join(issuer, person.account_kind):
        raise Forbidden(
            f"{organisation.name}に所属するには、gBizIDプライムまたはメンバーのアカウントが必要です。"
            "エントリーのアカウントでは、招待されても所属できません。招待はまだ使われていません。"
        )
    now = clock.now()
    membership = current_membership(session, organisation.id, person.id)
    if membership is not None and membership.status == "active":
        raise Conflict(f"あなたはすでに{organisation.name}に所属しています。")
    if membership is None:
        membership = Membership(
            id=new_id("mem"),
            person_id=person.id,
            organisation_id=organisation.id,
            origin="invitation",
            created_at=now,
        )
    membership.roles = list(row.roles)
    membership.origin = "invitation"
    membership.invited_by = row.invited_by
    session.add(membership)
    session.flush()
    used = affected(
        session,
        update(Invitation)
        .where(
            col(Invitation.id) == row.id,
            col(Invitation.used_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .values(used_at=now, membership_id=membership.id)
        .execution_options(synchronize_session="fetch"),
    )
    if used != 1:
        raise NotFound("この招待は、たったいま使われたか取り消されました。")
    record(session, actor, "invitation.accepted", "invitation", row.id, at=now, owner=organisation.id)
    publish(session, "notify.member-pending", membership.id, at=now)
    return view
