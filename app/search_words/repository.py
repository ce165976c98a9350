"""Queries over search words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, func, select

from app.kit.database import Reading
from app.kit.pagination import Paging, paginate
from app.search_words.models import KeptWord, WordChange

_VERSION = select(func.max(col(WordChange.number)))


def version(reading: Reading) -> int:
    """The number of the newest change; 0 before there is one."""
    return reading.scalar(_VERSION) or 0


def changes(session: Session, up_to: int) -> Iterator[WordChange]:
    """Every change up to a version, oldest first."""
    return iter(
        session.exec(
            select(WordChange).where(col(WordChange.number) <= up_to).order_by(col(WordChange.number))
        )
    )


def changes_of(session: Session, word_id: str) -> Sequence[WordChange]:
    """A word's own changes, newest first."""
    statement = select(WordChange).where(col(WordChange.word_id) == word_id)
    return session.exec(statement.order_by(col(WordChange.number).desc())).all()


def by_key(session: Session, kind: str, key: str) -> KeptWord | None:
    """The word that is written so, whatever its status."""
    return session.exec(
        select(KeptWord).where(col(KeptWord.kind) == kind, col(KeptWord.key) == key)
    ).one_or_none()


def every(session: Session) -> Sequence[KeptWord]:
    """Every word, retired ones too."""
    return session.exec(select(KeptWord).order_by(col(KeptWord.id))).all()


def active(reading: Reading) -> list[tuple[str, str, list[str]]]:
    """Kind, what is written and what is meant of every word that counts, in a fixed order."""
    statement = select(col(KeptWord.kind), col(KeptWord.written), col(KeptWord.meant))
    counting = statement.where(col(KeptWord.status) == "active").order_by(col(KeptWord.id))
    return [(row[0], row[1], row[2]) for row in reading.execute(counting)]


def count(session: Session) -> int:
    """How many words there are."""
    return session.exec(select(func.count(col(KeptWord.id)))).one()


def page(
    session: Session, paging: Paging, kind: str | None, key: str, *, retired: bool
) -> tuple[Sequence[KeptWord], str | None]:
    """One page, the newest first; `key` is a folded part of what is written."""
    statement = select(KeptWord)
    if kind:
        statement = statement.where(col(KeptWord.kind) == kind)
    if key:
        statement = statement.where(col(KeptWord.key).contains(key, autoescape=True))
    if not retired:
        statement = statement.where(col(KeptWord.status) == "active")
    return paginate(session, statement, KeptWord, paging)
