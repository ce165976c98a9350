"""Idempotency-Key on every POST that creates: a repeat answers with the same resource and makes nothing twice."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

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
    return hashlib.sha256(await request.body()).hexdigest()


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
    now = clock.now()
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now - KEPT))
    mine = (
        col(IdempotencyKey.organisation_id) == (actor.organisation_id or ""),
        col(IdempotencyKey.person_id) == actor.person_id,
        col(IdempotencyKey.route) == f"{request.method} {request.url.path}",
        col(IdempotencyKey.key) == key,
    )
    earlier = session.exec(select(IdempotencyKey).where(*mine)).first()
    if earlier is None:
        row = IdempotencyKey(
            id=new_id("ik"),
            organisation_id=actor.organisation_id or "",
            person_id=actor.person_id,
            route=f"{request.method} {request.url.path}",
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
                    "同じ Idempotency-Key の処理が終わっていません。少し待って送り直してください。"
                )
                conflict.headers["Retry-After"] = "2"
                raise conflict from None
        else:
            return Idempotency(session, row, None)
    if earlier.body_digest != digest:
        raise IdempotencyConflict(
            "この Idempotency-Key は別の内容で使われています。新しい登録には新しいキーを使ってください。"
        )
    return Idempotency(session, None, earlier)


IdempotencyDep = Annotated[Idempotency, Depends(idempotency)]
