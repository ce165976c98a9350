"""API tokens: shown once, stored as digests, bound to the creator's membership."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission, token_scopes
from app.audit.record import record
from app.identity.credentials import TOKEN_PREFIX, digest, new_token
from app.identity.models import ApiToken
from app.identity.sessions import refuse_delegated
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from catalogue_schema.text import clean, first_refused, name_of, printable

DEFAULT_DAYS = 365
LONGEST_DAYS = 730
WARNED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class TokenView:
    """A token as its owner sees it; `secret` only in the answer that made it."""

    id: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    organisation_id: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    secret: str | None = None


def _view(row: ApiToken, secret: str | None = None) -> TokenView:
    return TokenView(
        id=row.id,
        name=row.name,
        hint=f"{TOKEN_PREFIX}…{row.hint}",
        scopes=tuple(row.scopes),
        organisation_id=row.organisation_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        secret=secret,
    )


def possible_scopes(actor: Actor) -> list[str]:
    """What a token of this actor's membership can hold at most, sorted."""
    return sorted(scope.value for scope in token_scopes(actor.roles))


def _faults(actor: Actor, name: str, scopes: Sequence[str], days: int) -> list[FieldFault]:
    faults = []
    refused = first_refused(name)
    if refused is not None:
        faults.append(
            FieldFault("/name", "characters", f"{name_of(refused)}は使えません。", "取り除いてください。")
        )
    if not 1 <= len(name) <= 100:
        faults.append(
            FieldFault(
                "/name",
                "length",
                "名前は1字以上100字以内です。",
                "用途の分かる名前にしてください。",
            )
        )
    allowed = possible_scopes(actor)
    if not scopes:
        faults.append(
            FieldFault(
                "/scopes", "required", "権限が一つも選ばれていません。", f"選べるもの: {'、'.join(allowed)}"
            )
        )
    known = [permission.value for permission in Permission]
    for index, scope in enumerate(scopes):
        if scope in allowed:
            continue
        if scope in known:
            message, remedy = (
                "この権限は、あなたの役割のAPIトークンには持たせられません。",
                "、".join(allowed),
            )
            faults.append(FieldFault(f"/scopes/{index}", "not-allowed", message, f"選べるもの: {remedy}"))
        else:
            near = difflib.get_close_matches(scope, allowed, n=1, cutoff=0.0)
            remedy = f"「{near[0]}」のことではありませんか。" if near else "一覧から選んでください。"
            message = f"「{printable(scope)}」という権限はありません。"
            faults.append(FieldFault(f"/scopes/{index}", "unknown-term", message, remedy))
    if not 1 <= days <= LONGEST_DAYS:
        faults.append(
            FieldFault(
                "/expires_in_days",
                "range",
                "有効期間は1日から730日までです。",
                f"1〜{LONGEST_DAYS}の整数を入れてください。",
            )
        )
    return faults


def create_token(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    name: str,
    scopes: Sequence[str],
    expires_in_days: int = DEFAULT_DAYS,
) -> TokenView:
    """A new token of the actor's membership, with its secret.

    Raises Forbidden without a membership, by a token and by a delegated login, Invalid with every fault.
    """
    refuse_delegated(actor)
    if actor.kind != "session" or actor.membership_id is None or actor.organisation_id is None:
        raise Forbidden("APIトークンは、所属のある人が画面からログインして発行します。")
    name = clean(name)
    if faults := _faults(actor, name, scopes, expires_in_days):
        raise Invalid(faults)
    secret = new_token()
    now = clock.now()
    assert actor.person_id is not None
    row = ApiToken(
        id=new_id("tok"),
        digest=digest(secret),
        hint=secret[-4:],
        name=name,
        person_id=actor.person_id,
        membership_id=actor.membership_id,
        organisation_id=actor.organisation_id,
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + timedelta(days=expires_in_days),
    )
    session.add(row)
    session.flush()
    details = {"scopes": row.scopes, "expires_at": row.expires_at.isoformat()}
    record(
        session, actor, "token.created", "token", row.id, at=now, owner=row.organisation_id, details=details
    )
    return _view(row, secret)


def _own(session: Session, actor: Actor, token_id: str) -> ApiToken:
    row = session.get(ApiToken, token_id)
    if row is None or actor.person_id is None or row.person_id != actor.person_id:
        raise NotFound("そのAPIトークンはありません。")
    return row


def get_token(session: Session, actor: Actor, token_id: str) -> TokenView:
    """One of the actor's own tokens, without its secret."""
    return _view(_own(session, actor, token_id))


def list_tokens(session: Session, actor: Actor) -> list[TokenView]:
    """The actor's own tokens in the active organisation, newest first, revoked ones last."""
    rows = session.exec(
        select(ApiToken)
        .where(
            col(ApiToken.person_id) == actor.person_id, col(ApiToken.organisation_id) == actor.organisation_id
        )
        .order_by(col(ApiToken.revoked_at).is_not(None), col(ApiToken.id).desc())
    ).all()
    return [_view(row) for row in rows]


def revoke_token(session: Session, actor: Actor, clock: Clock, token_id: str) -> TokenView:
    """Revoke one of the actor's own tokens; revoking twice changes nothing."""
    row = _own(session, actor, token_id)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        session.add(row)
        record(session, actor, "token.revoked", "token", row.id, at=clock.now(), owner=row.organisation_id)
    return _view(row)


def tokens_to_warn(session: Session, now: datetime) -> list[ApiToken]:
    """Live tokens that end within 30 days and whose owner was not told: the sweep tells and sets `warned_at`."""
    return list(
        session.exec(
            select(ApiToken)
            .where(
                col(ApiToken.revoked_at).is_(None),
                col(ApiToken.warned_at).is_(None),
                col(ApiToken.expires_at) > now,
                col(ApiToken.expires_at) <= now + WARNED_BEFORE,
            )
            .order_by(col(ApiToken.id))
        ).all()
    )
