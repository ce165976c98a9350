"""Asking for work on the whole index and following it. What does it is `indexer`, in the worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.indexing import repository
from app.indexing.models import IndexRun
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden, NotFound, invalid
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate

Kind = Literal["rebuild", "check"]
Reason = Literal["asked", "command_line", "hourly", "declarations", "lost", "disagreement"]
KINDS: Mapping[str, str] = {"rebuild": "作り直し", "check": "照合"}
REASONS: Mapping[str, str] = {
    "asked": "デジタル庁の担当者の指示",
    "command_line": "コマンドの実行",
    "hourly": "1時間ごとの照合",
    "declarations": "項目や設定の変更",
    "lost": "索引が読めない、または古い形",
    "disagreement": "照合で見つかった違い",
}
"""Why a run is there, in words."""


@dataclass(frozen=True)
class RunView:
    """A run as it is shown."""

    id: str
    kind: str
    reason: str
    repair: bool
    status: str
    done: int
    total: int
    source: str
    generation: str
    documents: int
    checksum: str
    missing: int
    outdated: int
    surplus: int
    differences: Sequence[Mapping[str, Any]]
    repaired: int
    message: str
    created_at: datetime
    started_at: datetime | None
    told_at: datetime | None
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.finished_at is not None

    @property
    def differing(self) -> int:
        """How many documents of the index were not as the database says."""
        return self.missing + self.outdated + self.surplus

    @property
    def agrees(self) -> bool:
        """Whether index and database said the same at the end."""
        return self.status == "succeeded" and self.repaired >= self.differing

    @property
    def percent(self) -> int:
        """How far it is, in whole percent; 0 while that is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return KINDS[self.kind]

    @property
    def reason_name(self) -> str:
        """The reason in words."""
        return REASONS.get(self.reason, self.reason)


def run_view(row: IndexRun) -> RunView:
    """The frozen view of a run."""
    return RunView(**{name: getattr(row, name) for name in RunView.__dataclass_fields__})


def ask(session: Session, clock: Clock, kind: Kind, reason: Reason, *, repair: bool = False) -> RunView:
    """Put a run into the queue, or answer the one of its kind that has not ended."""
    for row in repository.live(session, kind):
        if repair and not row.repair:
            row.repair = True
            session.add(row)
            session.flush()
        return run_view(row)
    row = IndexRun(id=new_id("ix"), kind=kind, reason=reason, repair=repair, created_at=clock.now())
    session.add(row)
    session.flush()
    return run_view(row)


def ask_by(session: Session, actor: Actor, clock: Clock, kind: str, *, repair: bool = False) -> RunView:
    """The same for an administrator of the Agency.

    Raises Forbidden, Invalid for an unknown kind, Conflict while one of the kind has not ended.
    """
    if not actor.may(Permission.INDEX_MANAGE):
        raise Forbidden("検索の索引を扱えるのは、デジタル庁の管理者だけです。")
    if kind not in KINDS:
        raise invalid(
            "/kind", "unknown_value", "この種類の処理はありません。", "rebuild か check にしてください。"
        )
    if under_way := repository.live(session, kind):
        raise Conflict(
            f"{KINDS[kind]}はすでに進んでいます（{under_way[0].id}）。終わるのを待ってください。",
            run=under_way[0].id,
        )
    known: Kind = "rebuild" if kind == "rebuild" else "check"
    try:
        view = ask(session, clock, known, "asked", repair=repair)
    except IntegrityError as taken:
        raise Conflict(f"{KINDS[kind]}は、ほかの人が今始めました。終わるのを待ってください。") from taken
    row = repository.find(session, view.id)
    assert row is not None  # it was added above
    row.asked_by = actor.person_id
    session.add(row)
    details = {"kind": kind, "repair": repair}
    record(session, actor, "index.started", "index_run", row.id, at=clock.now(), details=details)
    session.flush()
    return run_view(row)


def read(session: Session, run_id: str) -> RunView:
    """One run. Raises NotFound."""
    row = repository.find(session, run_id)
    if row is None:
        raise NotFound("その処理は見つかりません。")
    return run_view(row)


def page(session: Session, paging: Paging) -> tuple[list[RunView], str | None]:
    """One page of runs, newest first, and the next cursor."""
    rows, following = paginate(session, repository.every(), IndexRun, paging)
    return [run_view(row) for row in rows], following
