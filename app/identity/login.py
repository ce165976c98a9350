"""The way to the issuer and back: attempts kept server-side, bound to the browser, used once.

Database work runs in threads and in short transactions of its own, never while we wait for the network.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import anyio.to_thread
from sqlmodel import Session, col, delete, update
from starlette.datastructures import QueryParams

from app.access.actor import Actor
from app.audit.record import record
from app.identity.credentials import digest, new_secret
from app.identity.errors import LoginRefused
from app.identity.issuers import Issuers, Verified
from app.identity.models import LoginAttempt
from app.identity.paths import local_path
from app.identity.people import get_person
from app.kit.clock import Clock
from app.kit.database import Database, affected
from app.kit.errors import Unavailable
from app.settings import IssuerSettings, Settings

ATTEMPT_LASTS = timedelta(minutes=10)
STRAYS_A_MINUTE = 60
"""Kept in the trail per process, of callbacks without a state of ours."""
_OF_NO_ATTEMPT = frozenset({"state", "repeated-parameter"})
_SKEW = timedelta(seconds=60)


@dataclass(frozen=True)
class Begun:
    """Where to send the browser, and the secret for its pre-login cookie."""

    url: str
    browser_secret: str


@dataclass(frozen=True)
class FinishedLogin:
    """A login in order, and what the attempt remembered."""

    verified: Verified
    next_path: str
    step_up_person_id: str | None
    invitation_digest: str


class _Strays:
    """Which callbacks that belong to no attempt are kept in the trail (docs/decisions/0005-stray-callbacks.md).

    Anybody can send them, as often as they like, and the trail is for ever: one for each address, reason and minute,
    and STRAYS_A_MINUTE in all.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute: datetime | None = None
        self._kept: set[tuple[str, str]] = set()

    def keeps(self, address: str, reason: str) -> bool:
        """Whether this one is to be kept."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._kept = minute, set()
        if (address, reason) in self._kept or len(self._kept) >= STRAYS_A_MINUTE:
            return False
        self._kept.add((address, reason))
        return True


class LoginFlow:
    """Begins and finishes logins. One per application, on `app.state.login`."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self.issuers = Issuers(settings.issuers, settings.site_origin, clock)
        self._salt = settings.secret_key.get_secret_value()
        self._database = database
        self._clock = clock
        self._strays = _Strays(clock)

    async def begin(
        self,
        issuer_key: str,
        *,
        next_path: str,
        browser_secret: str,
        step_up_person_id: str | None = None,
        invitation: str = "",
    ) -> Begun:
        """Remember an attempt and say where to go.

        `browser_secret` is the value of the pre-login cookie, or empty for a new one; `invitation` the link's secret.
        Raises Invalid for a `next` that leads elsewhere, LoginRefused for an unknown issuer, IssuerUnavailable.
        """
        target = local_path(next_path)
        issuer = self.issuers.get(issuer_key)
        await self.issuers.metadata(issuer)
        state, nonce, verifier = new_secret(), new_secret(), new_secret() + new_secret()
        bound = browser_secret if 20 <= len(browser_secret) <= 100 else new_secret()
        attempt = LoginAttempt(
            state_digest=digest(state),
            browser_digest=digest(bound),
            issuer_key=issuer.key,
            nonce=nonce,
            code_verifier=verifier,
            next_path=target,
            person_id=step_up_person_id,
            invitation_digest=digest(invitation) if invitation else "",
            created_at=self._clock.now(),
        )
        await anyio.to_thread.run_sync(partial(self._keep, attempt))
        url = await self.issuers.authorization_url(
            issuer, state=state, nonce=nonce, code_verifier=verifier, fresh=step_up_person_id is not None
        )
        return Begun(url, bound)

    def _keep(self, attempt: LoginAttempt) -> None:
        with self._database.write() as session:
            oldest = self._clock.now() - timedelta(days=1)
            session.exec(delete(LoginAttempt).where(col(LoginAttempt.created_at) < oldest))
            session.add(attempt)

    async def finish(
        self, issuer_key: str, query: QueryParams, *, browser_secret: str, actor: Actor
    ) -> FinishedLogin:
        """The login behind a callback. Raises LoginRefused (kept in the audit trail) or IssuerUnavailable."""
        issuer = self.issuers.get(issuer_key)
        try:
            for name in ("state", "code", "iss", "error"):
                if len(query.getlist(name)) > 1:
                    raise LoginRefused("repeated-parameter", "認証サーバーからの応答の形が正しくありません。")
            attempt = await anyio.to_thread.run_sync(
                partial(self._take, issuer, query.get("state", ""), browser_secret, actor)
            )
        except LoginRefused as refusal:
            if refusal.reason in _OF_NO_ATTEMPT and self._strays.keeps(actor.address, refusal.reason):
                await anyio.to_thread.run_sync(
                    partial(self._record_refusal, actor, issuer.key, refusal.reason)
                )
            raise
        try:
            await self._check_response_issuer(issuer, query)
            if query.get("error") is not None:
                raise LoginRefused("issuer-refused", "認証サーバーでログインが中止されたか、断られました。")
            code = query.get("code", "")
            if not 0 < len(code) <= 2000:
                raise LoginRefused("code-missing", "認証サーバーの応答に引き換えの番号がありません。")
            verified = await self.issuers.verify(
                issuer, code=code, nonce=attempt.nonce, code_verifier=attempt.code_verifier
            )
            if attempt.person_id is not None:
                await anyio.to_thread.run_sync(partial(self._check_step_up, attempt, verified))
        except LoginRefused as refusal:
            await anyio.to_thread.run_sync(partial(self._record_refusal, actor, issuer.key, refusal.reason))
            raise
        return FinishedLogin(verified, attempt.next_path, attempt.person_id, attempt.invitation_digest)

    def _take(self, issuer: IssuerSettings, state: str, browser_secret: str, actor: Actor) -> LoginAttempt:
        """The attempt of that state, used up. A stranger's browser cannot use it up."""
        refused: LoginRefused | None = None
        with self._database.write() as session:
            attempt = session.get(LoginAttempt, digest(state)) if state else None
            if attempt is None:
                raise LoginRefused("state", "このログインの記録がありません。")
            now = self._clock.now()
            refused = self._fault(attempt, issuer, browser_secret, now)
            if refused is None and not self._use(session, attempt, now):
                refused = LoginRefused("replayed", "このログインの応答はすでに使われています。")
            session.expunge(attempt)
        if refused is not None:
            self._record_refusal(actor, issuer.key, refused.reason)
            raise refused
        return attempt

    @staticmethod
    def _fault(
        attempt: LoginAttempt, issuer: IssuerSettings, browser_secret: str, now: datetime
    ) -> LoginRefused | None:
        if not browser_secret or not hmac.compare_digest(attempt.browser_digest, digest(browser_secret)):
            return LoginRefused("other-browser", "ログインを始めたブラウザーと違います。")
        if attempt.issuer_key != issuer.key:
            return LoginRefused("other-issuer", "ログインを始めた認証サーバーと違います。")
        if attempt.created_at + ATTEMPT_LASTS < now:
            return LoginRefused("attempt-expired", "ログインを始めてから時間がたちすぎています。")
        return None

    @staticmethod
    def _use(session: Session, attempt: LoginAttempt, now: datetime) -> bool:
        statement = (
            update(LoginAttempt)
            .where(
                col(LoginAttempt.state_digest) == attempt.state_digest, col(LoginAttempt.used_at).is_(None)
            )
            .values(used_at=now)
            .execution_options(synchronize_session=False)
        )
        return affected(session, statement) == 1

    async def _check_response_issuer(self, issuer: IssuerSettings, query: QueryParams) -> None:
        """RFC 9207: an answer that names another issuer, or none where one was promised, is a mix-up."""
        named = query.get("iss")
        metadata = await self.issuers.metadata(issuer)
        if (named is not None and named != issuer.issuer) or (named is None and metadata.names_itself):
            raise LoginRefused("response-issuer", "応答が別の認証サーバーから来ています。")

    def _check_step_up(self, attempt: LoginAttempt, verified: Verified) -> None:
        with self._database.read() as session:
            person = get_person(session, attempt.person_id or "")
        told = verified.assertion
        if person is None or (person.issuer_key, person.subject) != (told.issuer_key, told.subject):
            raise LoginRefused("other-person", "別の人がログインしました。本人がログインし直してください。")
        if verified.auth_time is None or verified.auth_time < attempt.created_at - _SKEW:
            raise LoginRefused("not-fresh", "認証サーバーが本人確認をやり直していません。")

    def _record_refusal(self, actor: Actor, issuer_key: str, reason: str) -> None:
        with self._database.write() as session:
            session.info["audit_salt"] = self._salt
            details = {"reason": reason}
            record(
                session, actor, "login.refused", "issuer", issuer_key, at=self._clock.now(), details=details
            )


async def logout_url(flow: LoginFlow, issuer_key: str, id_token: str, back_to: str) -> str | None:
    """The issuer's logout (RP-initiated) for a session that has ended, or None where it has none or does not answer."""
    try:
        issuer = flow.issuers.get(issuer_key)
        metadata = await flow.issuers.metadata(issuer)
    except (LoginRefused, Unavailable):
        return None
    if not metadata.end_session_endpoint or not id_token:
        return None
    query = urlencode(
        {"id_token_hint": id_token, "client_id": issuer.client_id, "post_logout_redirect_uri": back_to}
    )
    joiner = "&" if "?" in metadata.end_session_endpoint else "?"
    return f"{metadata.end_session_endpoint}{joiner}{query}"


__all__ = ["ATTEMPT_LASTS", "Begun", "FinishedLogin", "LoginFlow", "logout_url"]
