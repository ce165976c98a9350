"""A repeat makes nothing twice: `Idempotency-Key` on every POST of the API that creates, `form_key` in pages' forms."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep
from app.access.models import IdempotencyKey
from app.kit.database import SessionDep
from app.kit.errors import IdempotencyConflict, invalid
from app.kit.ids import new_id

KEPT = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
T = TypeVar("T")


class Idempotency:
    """Runs a creation once per (organisation, person, route, key); see `run`."""

    def __init__(self, session: Session, row: IdempotencyKey | None, earlier: IdempotencyKey | None) -> None:
        self._session = session
        self._row = row
        self._earlier = earlier

    @property
    def replayed(self) -> bool:
        """Whether this request repeats one that succeeded."""
        return self._earlier is not None

    def run(self, create: Callable[[], T], again: Callable[[str], T], identify: Callable[[T], str]) -> T:
        """`create()` the first time; `again(resource_id)` for a repeat, rebuilt from the resource as it is now."""
        if self._earlier is not None:
            return again(self._earlier.resource_id)
        made = create()
        if self._row is not None:
            self._row.resource_id = identify(made)
            self._session.add(self._row)
        return made


async def _body_digest(request: Request) -> str:
    # The query belongs to it: `?dry_run=true` and `?dry_run=false` are two requests.
    query = request.url.query.encode()
    return hashlib.sha256((query + b"\n" if query else b"") + await request.body()).hexdigest()


def idempotency(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    clock: ClockDep,
    digest: Annotated[str, Depends(_body_digest)],
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="同じ値でもう一度送っても、二重に作られません（24時間）"),
    ] = None,
) -> Idempotency:
    """The request's idempotency (dependency). Raises IdempotencyConflict for a key used with another body."""
    if key is None or actor.person_id is None:
        return Idempotency(session, None, None)
    if not _KEY.fullmatch(key):
        raise invalid(
            "/Idempotency-Key",
            "format",
            "Idempotency-Key は印字できるASCII文字128字以内です。",
            "UUID などを使ってください。",
        )
    claim = claim_key(session, actor, clock.now(), f"{request.method} {request.url.path}", key, digest)
    if claim.otherwise:
        raise IdempotencyConflict(
            "この Idempotency-Key は別の内容で使われています。新しい登録には新しいキーを使ってください。"
        )
    return Idempotency(session, claim.row, claim.earlier)


IdempotencyDep = Annotated[Idempotency, Depends(idempotency)]


@dataclass(frozen=True)
class KeyClaim:
    """A key taken in this transaction (`row`), or found taken before (`earlier`)."""

    session: Session
    row: IdempotencyKey | None
    earlier: IdempotencyKey | None
    otherwise: bool = False
    """Whether it was taken before with another body."""

    @property
    def taken_before(self) -> bool:
        """Whether somebody's earlier request took effect with this key."""
        return self.earlier is not None

    @property
    def answer(self) -> dict[str, Any]:
        """What a page answered then; empty for the API's keys."""
        return (self.earlier.answer if self.earlier else None) or {}

    def remember(self, answer: dict[str, Any] | None) -> None:
        """Keep a page's answer for a repeat; without one, give the key back, because nothing took effect."""
        assert self.row is not None
        if answer is None:
            self.session.delete(self.row)
        else:
            self.row.answer = answer
            self.session.add(self.row)


def claim_key(session: Session, actor: Actor, now: datetime, route: str, key: str, digest: str) -> KeyClaim:
    """Take the key for this person, organisation and route.

    A simultaneous second waits for the first to commit. Raises IdempotencyConflict where that cannot be told.
    """
    sweep(session, now)
    mine = (
        col(IdempotencyKey.organisation_id) == (actor.organisation_id or ""),
        col(IdempotencyKey.person_id) == actor.person_id,
        col(IdempotencyKey.route) == route,
        col(IdempotencyKey.key) == key,
    )
    earlier = session.exec(select(IdempotencyKey).where(*mine)).first()
    if earlier is None:
        row = IdempotencyKey(
            id=new_id("ik"),
            organisation_id=actor.organisation_id or "",
            person_id=actor.person_id or "",
            route=route,
            key=key,
            body_digest=digest,
            created_at=now,
        )
        try:
            # On PostgreSQL a simultaneous second waits here for the first to commit; SQLite has one writer.
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            earlier = session.exec(select(IdempotencyKey).where(*mine)).first()
            if earlier is None:
                conflict = IdempotencyConflict(
                    "同じ内容の処理がまだ終わっていません。少し待って送り直してください。"
                )
                conflict.headers["Retry-After"] = "2"
                raise conflict from None
        else:
            return KeyClaim(session, row, None)
    return KeyClaim(session, None, earlier, earlier.body_digest != digest)


def sweep(session: Session, now: datetime) -> None:
    """Drop the keys that nobody repeats any more."""
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now - KEPT))
