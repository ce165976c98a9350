"""State machines as data: a status moves only by a named verb, by compare-and-set in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from app.kit.database import affected
from app.kit.errors import TransitionRefused


@dataclass(frozen=True)
class Move:
    """One verb: from which statuses, to which."""

    before: frozenset[str]
    after: str


class Lifecycle:
    """The closed list of statuses and verbs of one kind of thing."""

    def __init__(
        self, name: str, statuses: tuple[str, ...], moves: Mapping[str, tuple[tuple[str, ...], str]]
    ) -> None:
        self.name = name
        self.statuses = statuses
        self.moves = {verb: Move(frozenset(before), after) for verb, (before, after) in moves.items()}
        named = {s for move in self.moves.values() for s in (*move.before, move.after)}
        if unknown := named - set(statuses):
            raise ValueError(f"{name}: unknown statuses {sorted(unknown)}")

    def allowed(self, status: str) -> tuple[str, ...]:
        """The verbs that this status allows."""
        return tuple(verb for verb, move in self.moves.items() if status in move.before)

    def require(self, verb: str, status: str) -> str:
        """The status after the verb. Raises TransitionRefused where it is not allowed."""
        move = self.moves[verb]
        if status not in move.before:
            raise self.refusal(verb, status)
        return move.after

    def refusal(self, verb: str, status: str) -> TransitionRefused:
        """Why the verb is refused in this status, and what is possible instead."""
        possible = "、".join(self.allowed(status)) or "なし"
        return TransitionRefused(
            f"状態「{status}」では「{verb}」はできません。できる操作: {possible}",
            verb=verb,
            state=status,
            allowed=list(self.allowed(status)),
        )

    def check_sql(self, column: str = "status") -> str:
        """The CHECK constraint's text that stands behind the machine."""
        listed = ", ".join(f"'{status}'" for status in self.statuses)
        return f"{column} IN ({listed})"

    def move(self, session: Session, row: Any, verb: str, **changes: object) -> None:
        """Move `row` (a SQLModel with `id` and `status`) and set `changes`, only if nobody moved it meanwhile.

        Raises TransitionRefused when the verb is not allowed, or when another request was first.
        """
        before = row.status
        after = self.require(verb, before)
        session.flush()
        model = type(row)
        statement = (
            update(model)
            .where(col(model.id) == row.id, col(model.status) == before)
            .values(status=after, **changes)
            .execution_options(synchronize_session=False)
        )
        if affected(session, statement) != 1:
            session.refresh(row)
            raise self.refusal(verb, row.status)
        session.refresh(row)
