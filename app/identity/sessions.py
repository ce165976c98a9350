"""Sessions of browsers: opened and rotated at login, listed, revoked, ended at logout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select, update

from app.access.actor import Actor
from app.audit.record import record
from app.identity.credentials import digest, new_secret
from app.identity.models import ApiToken, Person, WebSession
from app.kit.clock import Clock
from app.kit.database import affected
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.settings import Settings

UNKNOWN_AUTH_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""For issuers that do not say when somebody authenticated: never fresh."""


@dataclass(frozen=True)
class OpenedSession:
    """A new session and the secret for its cookie, which is nowhere else."""

    session_id: str
    secret: str


@dataclass(frozen=True)
class SessionView:
    """A session as its owner sees it in a list."""

    id: str
    current: bool
    issuer_key: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    auth_time: datetime
    address: str
    user_agent: str


@dataclass(frozen=True)
class EndedSession:
    """What logging out at the issuer needs."""

    issuer_key: str
    id_token: str


def open_session(
    session: Session,
    settings: Settings,
    clock: Clock,
    person: Person,
    *,
    membership_id: str | None,
    auth_time: datetime | None,
    delegated: bool,
    id_token: str,
    address: str,
    user_agent: str,
    replaces: str,
) -> OpenedSession:
    """A fresh session; the one of the browser's old cookie (`replaces`) ends, so that no secret survives a login."""
    now = clock.now()
    if replaces:
        session.execute(
            update(WebSession)
            .where(col(WebSession.secret_digest) == digest(replaces), col(WebSession.revoked_at).is_(None))
            .values(revoked_at=now, id_token="")
        )
    secret = new_secret()
    row = WebSession(
        id=new_id("ses"),
        secret_digest=digest(secret),
        person_id=person.id,
        membership_id=membership_id,
        issuer_key=person.issuer_key,
        id_token=id_token,
        auth_time=auth_time or UNKNOWN_AUTH_TIME,
        delegated=delegated,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=settings.session_absolute_hours),
        address=address[:64],
        user_agent="".join(char for char in user_agent if char.isprintable())[:200],
    )
    session.add(row)
    session.flush()
    return OpenedSession(row.id, secret)


def own_session(session: Session, actor: Actor) -> WebSession:
    """The row of the actor's own session. Raises Unauthenticated for a visitor, Forbidden for a token."""
    if actor.kind == "anonymous":
        raise Unauthenticated()
    row = session.get(WebSession, actor.session_id) if actor.session_id else None
    if row is None:
        raise Forbidden("APIトークンではできません。画面からログインして行ってください。")
    return row


def refuse_delegated(actor: Actor) -> None:
    """Raise Forbidden for a login on behalf of another firm (代理): it joins nothing and acts for nobody."""
    if actor.delegated:
        raise Forbidden(
            "代理でのログインでは、組織に所属したり、所属を切り替えたり、APIトークンを発行したりすることはできません。"
            "ご自身のアカウントでログインし直してください。"
        )


def last_membership(session: Session, person_id: str) -> str | None:
    """The membership in which the person last worked."""
    return session.exec(
        select(WebSession.membership_id)
        .where(col(WebSession.person_id) == person_id, col(WebSession.membership_id).is_not(None))
        .order_by(col(WebSession.last_seen_at).desc(), col(WebSession.id).desc())
        .limit(1)
    ).first()


def list_sessions(session: Session, actor: Actor, settings: Settings, clock: Clock) -> list[SessionView]:
    """The actor's sessions that are alive, newest first."""
    own_session(session, actor)
    now = clock.now()
    rows = session.exec(
        select(WebSession)
        .where(
            col(WebSession.person_id) == actor.person_id,
            col(WebSession.revoked_at).is_(None),
            col(WebSession.expires_at) > now,
            col(WebSession.last_seen_at) > now - timedelta(minutes=settings.session_idle_minutes),
        )
        .order_by(col(WebSession.id).desc())
    ).all()
    return [
        SessionView(
            id=row.id,
            current=row.id == actor.session_id,
            issuer_key=row.issuer_key,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            auth_time=row.auth_time,
            address=row.address,
            user_agent=row.user_agent,
        )
        for row in rows
    ]


def revoke_session(session: Session, actor: Actor, clock: Clock, session_id: str) -> None:
    """End one of the actor's own sessions. Raises NotFound for somebody else's and for one that has ended."""
    own_session(session, actor)
    ended = affected(
        session,
        update(WebSession)
        .where(
            col(WebSession.id) == session_id,
            col(WebSession.person_id) == actor.person_id,
            col(WebSession.revoked_at).is_(None),
        )
        .values(revoked_at=clock.now(), id_token=""),
    )
    if ended != 1:
        raise NotFound("そのログインはありません。一覧を開き直してください。")
    record(session, actor, "session.revoked", "session", session_id, at=clock.now())


def log_out(session: Session, actor: Actor, clock: Clock) -> EndedSession:
    """End the actor's own session; says what the issuer's logout needs."""
    row = own_session(session, actor)
    ended = EndedSession(row.issuer_key, row.id_token)
    row.revoked_at = clock.now()
    row.id_token = ""
    session.add(row)
    record(session, actor, "session.ended", "session", row.id, at=clock.now())
    return ended


def end_for_membership(session: Session, clock: Clock, membership_id: str) -> None:
    """End every session and token of a membership: call it in the transaction that ends the membership."""
    now = clock.now()
    session.execute(
        update(WebSession)
        .where(col(WebSession.membership_id) == membership_id, col(WebSession.revoked_at).is_(None))
        .values(revoked_at=now, id_token="")
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(ApiToken)
        .where(col(ApiToken.membership_id) == membership_id, col(ApiToken.revoked_at).is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session="fetch")
    )


def own_issuer(session: Session, actor: Actor) -> str:
    """The key of the issuer by which the actor's session was opened."""
    return own_session(session, actor).issuer_key
