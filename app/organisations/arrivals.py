"""The end of a login: who it is (identity), what they join (here), and the session that follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from app.audit.record import record
from app.identity.login import FinishedLogin
from app.identity.people import actor_of, remember
from app.identity.sessions import last_membership, open_session
from app.kit.clock import Clock
from app.kit.errors import Problem
from app.organisations.invitations import accept_digest
from app.organisations.joining import join
from app.organisations.models import Membership
from app.organisations.repository import in_force
from app.settings import Settings


@dataclass(frozen=True)
class Visit:
    """What the callback's request says of the browser."""

    address: str
    user_agent: str
    request_id: str
    old_cookie: str
    """The session cookie that the browser brought along: that session ends."""
    old_membership: str | None = None
    """Where the person worked until now, for a step-up."""


@dataclass(frozen=True)
class Arrival:
    """The new session's cookie, where to go, and what to say there."""

    cookie: str
    next_path: str
    notice: str


def arrive(session: Session, settings: Settings, clock: Clock, login: FinishedLogin, visit: Visit) -> Arrival:
    """Everything that a finished login writes, in one transaction."""
    assertion = login.verified.assertion
    person, change = remember(session, assertion, clock.now())
    actor = actor_of(person, request_id=visit.request_id, address=visit.address)
    issuer = settings.issuer(assertion.issuer_key)
    assert issuer is not None  # the login flow found it
    joined = join(session, actor, clock, issuer, person, change, assertion)
    notice = joined.notice
    if login.invitation_digest and assertion.delegated:
        notice = f"{notice}招待は使われていません。"
    elif login.invitation_digest:
        try:
            invited = accept_digest(session, settings, actor, clock, person, login.invitation_digest)
            notice = f"{invited.organisation_name}への招待を受け取りました。招待した人の確認を待っています。"
        except Problem as refusal:
            notice = refusal.detail
    membership_id = _membership(
        session,
        person.id,
        joined.membership,
        login,
        visit,
        delegated=assertion.delegated,
        today=clock.today(),
    )
    opened = open_session(
        session,
        settings,
        clock,
        person,
        membership_id=membership_id,
        auth_time=login.verified.auth_time,
        delegated=assertion.delegated,
        id_token=login.verified.id_token,
        address=visit.address,
        user_agent=visit.user_agent,
        replaces=visit.old_cookie,
    )
    record(
        session,
        replace(actor, session_id=opened.session_id),
        "login.stepped_up" if login.step_up_person_id else "login.succeeded",
        "session",
        opened.session_id,
        at=clock.now(),
        details={"issuer": assertion.issuer_key} | ({"delegated": True} if assertion.delegated else {}),
    )
    return Arrival(opened.secret, login.next_path, notice)


def _membership(
    session: Session,
    person_id: str,
    joined: Membership | None,
    login: FinishedLogin,
    visit: Visit,
    *,
    delegated: bool,
    today: date,
) -> str | None:
    """Where the session begins: as before at a step-up, else where last worked, else what was joined."""
    if delegated:
        return None
    active = session.exec(
        select(Membership)
        .where(col(Membership.person_id) == person_id, in_force(today))
        .order_by(col(Membership.id))
    ).all()
    ids = [membership.id for membership in active]
    if login.step_up_person_id and visit.old_membership in ids:
        return visit.old_membership
    last = last_membership(session, person_id)
    if last in ids:
        return last
    if joined is not None and joined.id in ids:
        return joined.id
    return ids[0] if ids else None
