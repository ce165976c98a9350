"""Who may speak for, see and change an organisation. Pure: facts in, answers out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.access.actor import Actor
from app.access.permissions import ADMITTED_KINDS, BODY_KINDS, ROLES_BY_KIND, Permission, Role
from app.settings import IssuerSettings

TOP_ROLE: dict[str, Role] = {
    "vendor": Role.VENDOR_ADMIN,
    "sole_proprietor": Role.VENDOR_ADMIN,
    **dict.fromkeys(BODY_KINDS, Role.BUYER_APPROVER),
    "agency": Role.AGENCY_ADMIN,
}
"""The role whose last holder cannot be removed."""

FIRST_ROLE: dict[str, tuple[Role, ...]] = {
    "vendor": (Role.VENDOR_EDITOR,),
    "sole_proprietor": (Role.VENDOR_EDITOR,),
    **dict.fromkeys(BODY_KINDS, (Role.BUYER_OFFICER,)),
    "agency": (),
}
"""What somebody who waits for consent would get; whoever consents may choose otherwise."""


class Body(Protocol):
    """What the policies look at of an organisation."""

    id: str
    kind: str
    code: str | None
    corporate_number: str | None
    account_key: str | None


def account_key(issuer_key: str, subject: str) -> str:
    """How a sole proprietor's organisation is known: by its account."""
    return f"{issuer_key}:{subject}"


def is_draft_space(body: Body) -> bool:
    """Whether it is an エントリー's own space for drafts: a vendor that nobody has proved to be one."""
    return body.kind == "vendor" and body.corporate_number is None


def may_speak_for(issuer: IssuerSettings, body: Body) -> bool:
    """Whether the issuer's word counts for this organisation (configuration; GビズID: any with a 法人番号)."""
    if issuer.dialect == "gbizid":
        return body.kind in ("vendor", "sole_proprietor", *BODY_KINDS) and not is_draft_space(body)
    named = issuer.organisations
    if body.kind == "agency":
        return "agency" in named
    if body.kind == "local_government" and "*local" in named:
        return True
    if body.kind in ADMITTED_KINDS and "*admitted" in named:
        return True
    return (body.code is not None and body.code in named) or (
        body.corporate_number is not None and body.corporate_number in named
    )


def may_join(issuer: IssuerSettings, account_kind: str) -> bool:
    """Whether such an account may belong to an organisation at all: an エントリー proves nothing, so joins none."""
    return issuer.dialect != "gbizid" or account_kind in ("prime", "member")


class Account(Protocol):
    """What the policies look at of a person."""

    issuer_key: str
    subject: str
    account_kind: str
    claimed_number: str


def may_appoint_administrators(account: Account, body: Body) -> bool:
    """Whether this member may make others administrators: at a vendor only its own プライム (the Agency aside).

    Accounts of issuers that know no プライム have no kind: whoever administrates by those was let in by the Agency.
    """
    if body.kind not in ("vendor", "sole_proprietor") or account.account_kind == "":
        return True
    if account.account_kind != "prime":
        return False
    if body.corporate_number is not None:
        return account.claimed_number == body.corporate_number
    return body.account_key == account_key(account.issuer_key, account.subject)


def can_see_members(actor: Actor, organisation_id: str) -> bool:
    """Members see their own organisation's; the Agency's administrators and auditors see all."""
    if actor.acts_for(organisation_id):
        return actor.may(Permission.MEMBERS_READ)
    return actor.may(Permission.ORGANISATIONS_MANAGE) or actor.may(Permission.AUDIT_READ)


def can_manage_members(actor: Actor, organisation_id: str) -> bool:
    """The own organisation's administrators or approvers."""
    return actor.acts_for(organisation_id) and actor.may(Permission.MEMBERS_MANAGE)


def can_consent(actor: Actor, organisation_id: str) -> bool:
    """Consent to a pending member: the organisation's own, or the Agency."""
    return can_manage_members(actor, organisation_id) or actor.may(Permission.ORGANISATIONS_MANAGE)


def can_see_inside(actor: Actor, organisation_id: str) -> bool:
    """Settings, contacts, agreement and qualifications: the organisation itself and the Agency."""
    return actor.acts_for(organisation_id) or (
        actor.organisation_kind == "agency" and actor.may(Permission.AGREEMENT_READ)
    )


def unknown_roles(kind: str, roles: Sequence[str]) -> list[str]:
    """Those of the roles that an organisation of this kind cannot give."""
    known = {role.value for role in ROLES_BY_KIND[kind]}
    return [role for role in roles if role not in known]
