"""From a request's cookie or bearer token to an Actor. Reads in a transaction of its own."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import Request
from sqlalchemy import Executable, bindparam
from sqlmodel import Session, col, select, update

from app.access.actor import ANONYMOUS, Actor
from app.access.permissions import Permission, Role, token_scopes
from app.identity.credentials import digest, looks_like_token
from app.identity.models import ApiToken, Person, WebSession
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import Unauthenticated
from app.kit.http import request_id
from app.settings import Settings

LAST_SEEN_EVERY = timedelta(minutes=1)
# Every request asks one of these: they are put together once.
_BY_TOKEN = (
    select(ApiToken, Person)
    .join(Person, col(Person.id) == col(ApiToken.person_id))
    .where(col(ApiToken.digest) == bindparam("digest"))
)
_BY_COOKIE = (
    select(WebSession, Person)
    .join(Person, col(Person.id) == col(WebSession.person_id))
    .where(col(WebSession.secret_digest) == bindparam("digest"))
)


@dataclass(frozen=True)
class MembershipFacts:
    """What organisations tells identity about an active membership."""

    membership_id: str
    organisation_id: str
    organisation_kind: str
    group_key: str | None
    roles: frozenset[Role]
    inherited: frozenset[str] = frozenset()
    """The bodies whose records the organisation took over."""


MembershipLookup = Callable[[Session, str, date], MembershipFacts | None]
"""Facts of an *active* membership by its id; None when it ended (also by its last day, on that day) or waits."""


SupportLookup = Callable[[Session, str, date], Mapping[str, bool]]
"""The projects that a membership supports on the day, and whether 予定価格 is granted for each."""


class SessionAuthenticator:
    """The Authenticator that main puts on `app.state`."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        memberships: MembershipLookup,
        supports: SupportLookup = lambda _session, _membership, _today: {},
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._memberships = memberships
        self._supports = supports

    def __call__(self, request: Request) -> Actor:
        """The actor of this request. Raises Unauthenticated for a bad bearer token; a bad cookie is anonymous."""
        address = request.client.host if request.client else ""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            return self._by_token(authorization, request_id(request), address)
        cookie = request.cookies.get(self._settings.session_cookie)
        if cookie:
            return self._by_cookie(cookie, request_id(request), address)
        return Actor(request_id=request_id(request), address=address)

    def lapsed_person(self, request: Request) -> str | None:
        """Whose session this browser's cookie was, where it ran out by itself; None where it was ended, or is alive."""
        cookie = request.cookies.get(self._settings.session_cookie)
        if not cookie or "authorization" in request.headers:
            return None
        with self._database.read() as session:
            row = session.exec(_BY_COOKIE, params={"digest": digest(cookie)}).first()
        if row is None or row[0].revoked_at is not None or self._alive(row[0], self._clock.now()):
            return None
        return row[1].id

    def _by_token(self, authorization: str, request: str, address: str) -> Actor:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "bearer" or not looks_like_token(value.strip()):
            raise Unauthenticated("Authorization ヘッダーは「Bearer dmp_pat_…」の形で送ってください。")
        now = self._clock.now()
        with self._database.read() as session:
            row = session.exec(_BY_TOKEN, params={"digest": digest(value.strip())}).first()
            if row is None:
                raise Unauthenticated("このAPIトークンは登録されていません。")
            token, person = row
            if token.revoked_at is not None:
                raise Unauthenticated("このAPIトークンは取り消されています。")
            if token.expires_at <= now:
                raise Unauthenticated(
                    "このAPIトークンは有効期限が切れています。新しいトークンを発行してください。"
                )
            facts = self._memberships(session, token.membership_id, self._clock.today())
            if facts is None:
                raise Unauthenticated("このAPIトークンの所属は終了しています。")
            supported = self._supported(session, facts)
        if token.last_used_at is None or now - token.last_used_at >= LAST_SEEN_EVERY:
            self._stamp(update(ApiToken).where(col(ApiToken.id) == token.id).values(last_used_at=now))
        scopes = frozenset(Permission(scope) for scope in token.scopes) & token_scopes(facts.roles)
        return Actor(
            kind="token",
            person_id=person.id,
            pseudonym=person.pseudonym,
            name=person.name,
            membership_id=facts.membership_id,
            organisation_id=facts.organisation_id,
            organisation_kind=facts.organisation_kind,
            group_key=facts.group_key,
            roles=facts.roles,
            inherited=facts.inherited,
            supports=frozenset(supported),
            supports_priced=frozenset(id_ for id_, priced in supported.items() if priced),
            scopes=scopes,
            token_id=token.id,
            request_id=request,
            address=address,
        )

    def _by_cookie(self, secret: str, request: str, address: str) -> Actor:
        now = self._clock.now()
        with self._database.read() as session:
            row = session.exec(_BY_COOKIE, params={"digest": digest(secret)}).first()
            if row is None or not self._alive(row[0], now):
                return Actor(request_id=request, address=address)
            login, person = row
            facts = (
                self._memberships(session, login.membership_id, self._clock.today())
                if login.membership_id
                else None
            )
            supported = self._supported(session, facts)
        if now - login.last_seen_at >= LAST_SEEN_EVERY:
            self._stamp(update(WebSession).where(col(WebSession.id) == login.id).values(last_seen_at=now))
        return Actor(
            kind="session",
            person_id=person.id,
            pseudonym=person.pseudonym,
            name=person.name,
            membership_id=facts.membership_id if facts else None,
            organisation_id=facts.organisation_id if facts else None,
            organisation_kind=facts.organisation_kind if facts else None,
            group_key=facts.group_key if facts else None,
            roles=facts.roles if facts else frozenset(),
            inherited=facts.inherited if facts else frozenset(),
            supports=frozenset(supported),
            supports_priced=frozenset(id_ for id_, priced in supported.items() if priced),
            session_id=login.id,
            auth_time=login.auth_time,
            delegated=login.delegated,
            request_id=request,
            address=address,
        )

    def _supported(self, session: Session, facts: MembershipFacts | None) -> Mapping[str, bool]:
        if facts is None or Role.SUPPORTER not in facts.roles:
            return {}
        return self._supports(session, facts.membership_id, self._clock.today())

    def _alive(self, login: WebSession, now: datetime) -> bool:
        idle = timedelta(minutes=self._settings.session_idle_minutes)
        return login.revoked_at is None and login.expires_at > now and login.last_seen_at + idle > now

    def _stamp(self, statement: Executable) -> None:
        with self._database.write() as session:
            session.execute(statement)


def pseudonym_key(secret: str, issuer_key: str, subject: str) -> str:
    """A stable digest of issuer and subject, for records that must not hold them."""
    return hmac.new(secret.encode(), f"{issuer_key}\n{subject}".encode(), hashlib.sha256).hexdigest()[:24]


__all__ = ["ANONYMOUS", "MembershipFacts", "MembershipLookup", "SessionAuthenticator", "pseudonym_key"]
