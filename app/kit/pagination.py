"""Cursor paging for API lists: `{items, next}`, where `next` is an opaque cursor or null."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import Integer, String, bindparam
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.errors import Malformed

_KEPT = 64
"""Statements that are kept; each is of a list and, for some, of a day."""
T = TypeVar("T")
Row = TypeVar("Row")


class Page(BaseModel, Generic[T]):
    """One page of a list. Pass `next` back as `?cursor=` for the following page; null at the end."""

    items: list[T]
    next: str | None = None


class Paging:
    """What a list request asked for."""

    def __init__(self, cursor: str | None = None, limit: int = 20) -> None:
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


# A class, as any function that is not `async`, would be called by way of another thread.
async def paging_asked(
    cursor: Annotated[str | None, Query(description="前のページの next", max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="1ページの件数")] = 20,
) -> Paging:
    """The page of a cursor list that was asked for."""
    return Paging(cursor, limit)


PagingDep = Annotated[Paging, Depends(paging_asked)]


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
    params: Mapping[str, Any] | None = None,
) -> tuple[Sequence[Row], str | None]:
    """One page of `statement` (a select of `model`) in order of the time-ordered id, and the next cursor.

    Where `paging.count_up_to` says so, the length of the whole list is left in `paging.total`. `params` says that the
    statement is one that its caller keeps, with these parameters: what follows from it is then kept too.
    """
    after = paging.after()
    arrange = _arranged.__wrapped__ if params is None else _arranged
    ordered = arrange(statement, model, newest_first=newest_first, following=after is not None)
    given = {**(params or {}), "page_most": paging.limit + 1}
    if after is not None:
        given["page_after"] = after
    rows = session.exec(ordered, params=given).all()
    more = len(rows) > paging.limit
    if paging.count_up_to and after is None and not more:
        paging.total = len(rows)
    elif paging.count_up_to:
        counted = statement.order_by(None).limit(paging.count_up_to + 1).subquery()
        paging.total = session.exec(select(func.count()).select_from(counted), params=params).one()
    rows = rows[: paging.limit]
    return rows, encode_cursor(str(getattr(rows[-1], "id"))) if more else None  # noqa: B009  # Row is any model


@lru_cache(_KEPT)
def _arranged(
    statement: SelectOfScalar[Row], model: Any, *, newest_first: bool, following: bool
) -> SelectOfScalar[Row]:
    key = col(model.id)
    if following:
        after = bindparam("page_after", type_=String)
        statement = statement.where(key < after if newest_first else key > after)
    return statement.order_by(key.desc() if newest_first else key.asc()).limit(
        bindparam("page_most", type_=Integer)
    )


def page_of(rows: Sequence[Row], following: str | None, render: Callable[[Row], T]) -> Page[T]:
    """A Page of rendered rows."""
    return Page(items=[render(row) for row in rows], next=following)
