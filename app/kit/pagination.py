"""Cursor paging for API lists: `{items, next}`, where `next` is an opaque cursor or null."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.errors import Malformed

T = TypeVar("T")
Row = TypeVar("Row")


class Page(BaseModel, Generic[T]):
    """One page of a list. Pass `next` back as `?cursor=` for the following page; null at the end."""

    items: list[T]
    next: str | None = None


class Paging:
    """What a list request asked for (dependency)."""

    def __init__(
        self,
        cursor: Annotated[str | None, Query(description="前のページの next", max_length=400)] = None,
        limit: Annotated[int, Query(ge=1, le=100, description="1ページの件数")] = 20,
    ) -> None:
        self.cursor = cursor
        self.limit = limit
        self.count_up_to = 0
        """Where it is more than 0, `paginate` counts the whole list, but no further than one beyond this."""
        self.total: int | None = None
        """How long the whole list is, where `paginate` was to count it."""

    def after(self) -> str | None:
        """The key after which to go on. Raises Malformed for a cursor that is not ours."""
        if self.cursor is None:
            return None
        try:
            return decode_cursor(self.cursor)
        except ValueError as error:
            raise Malformed(
                "cursor が正しくありません。前の応答の next をそのまま渡してください。"
            ) from error


PagingDep = Annotated[Paging, Depends()]


def encode_cursor(key: str) -> str:
    """The opaque form of a key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode("ascii").rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The key in an opaque cursor. Raises ValueError for one that is not ours."""
    padded = cursor + "=" * (-len(cursor) % 4)
    value = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    if not isinstance(value, str):
        raise ValueError("not a cursor")
    return value


def paginate(
    session: Session,
    statement: SelectOfScalar[Row],
    model: Any,
    paging: Paging,
    *,
    newest_first: bool = True,
) -> tuple[Sequence[Row], str | None]:
    """One page of `statement` (a select of `model`) in order of the time-ordered id, and the next cursor.

    Where `paging.count_up_to` says so, the length of the whole list is left in `paging.total`.
    """
    key = col(model.id)
    after = paging.after()
    if paging.count_up_to:
        counted = statement.order_by(None).limit(paging.count_up_to + 1).subquery()
        paging.total = session.exec(select(func.count()).select_from(counted)).one()
    if after is not None:
        statement = statement.where(key < after if newest_first else key > after)
    ordered = statement.order_by(key.desc() if newest_first else key.asc()).limit(paging.limit + 1)
    rows = session.exec(ordered).all()
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    return rows, encode_cursor(str(getattr(rows[-1], "id"))) if more else None  # noqa: B009  # Row is any model


def page_of(rows: Sequence[Row], following: str | None, render: Callable[[Row], T]) -> Page[T]:
    """A Page of rendered rows."""
    return Page(items=[render(row) for row in rows], next=following)
