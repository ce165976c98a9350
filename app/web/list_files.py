"""Lists of pages as files: `?format=csv` or `?format=xlsx` on the page's own address, and so behind its own guard.

A page takes `ListPagingDep` (cursor lists) or `ListAskedDep` (lists shown whole), answers `list_file` where a format
was asked, and shows `content.save_list(listed)`, which has the count and both links. A page with several lists tells
them apart by `?list=`. What a list holds is declared in `app.web.list_columns` and its neighbours.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from app.kit.clock import Clock
from app.kit.pagination import Paging
from app.kit.table_writing import CELL_LIMIT, CSV, XLSX, Value, attachment, csv_bytes, xlsx_bytes

MOST = 10_000
"""How many lines a file holds, and how far a page counts; a file that was cut says so in its last line."""

FileFormat = Literal["csv", "xlsx"]
FormatQuery = Annotated[FileFormat | None, Query(description="一覧をファイルで保存する形")]
ListQuery = Annotated[str, Query(max_length=20, description="画面に一覧がいくつもあるとき、どの一覧か")]
Column = tuple[str, Callable[[Any], Value]]
"""The heading, and what stands under it for a row. The first column of a list is the id."""


@dataclass(frozen=True)
class ListFile:
    """What a list is called (in the file's name, on the sheet) and what it holds."""

    name: str
    title: str
    columns: tuple[Column, ...]


class ListLinks:
    """What a page says about saving its list: how long it is, and where its files are."""

    def __init__(self, path: str, total: int | None = None, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self.total = total
        self._path = path
        self._pairs = pairs

    def address(self, format: FileFormat) -> str:
        """The page's address that answers the whole list as a file, narrowed as the page is."""
        kept = [(name, value) for name, value in self._pairs if value]
        return f"{self._path}?{urlencode([*kept, ('format', format)])}"

    @property
    def most(self) -> int:
        """How many lines a file holds."""
        return MOST

    @property
    def cut(self) -> bool:
        """Whether the list is longer than a file holds."""
        return self.total is not None and self.total > MOST


def part_links(path: str, part: str, total: int) -> ListLinks:
    """What a page with several lists says about saving one of them."""
    return ListLinks(path, total, [("list", part)])


class ListAsked(ListLinks):
    """Whether this page's list was asked for as a file."""

    def __init__(self, request: Request, format: FileFormat | None = None, list: str = "") -> None:
        given = request.query_params.multi_items()
        kept = [(name, value) for name, value in given if name not in ("format", "cursor", "limit", "page")]
        super().__init__(request.url.path, pairs=kept)
        self.format: FileFormat | None = format
        self.part = list
        """Which list of a page with several."""

    def first(self, limit: int) -> Paging:
        """For a list of which the page shows the first `limit` only: these, or all for a file; counted."""
        paging = Paging(None, MOST if self.format else limit)
        paging.count_up_to = MOST
        return paging


class ListPaging(Paging):
    """A counted page of a cursor list, or, for a file, the whole list."""

    def __init__(self, listed: ListAsked, cursor: str | None, limit: int) -> None:
        super().__init__(None if listed.format else cursor, MOST if listed.format else limit)
        self.count_up_to = MOST
        self._listed = listed

    @property
    def listed(self) -> ListAsked:
        """What the page says about saving the list, with the count once it was read."""
        self._listed.total = self.total
        return self._listed


# A class, as any function that is not `async`, would be called by way of another thread.
async def list_asked(request: Request, format: FormatQuery = None, list: ListQuery = "") -> ListAsked:
    """Whether this page's list was asked for as a file."""
    return ListAsked(request, format, list)


ListAskedDep = Annotated[ListAsked, Depends(list_asked)]


async def list_paging(
    listed: ListAskedDep,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ListPaging:
    """A page of a cursor list, or the whole of it for a file."""
    return ListPaging(listed, cursor, limit)


ListPagingDep = Annotated[ListPaging, Depends(list_paging)]


def list_file(listed: ListAsked, kind: ListFile, rows: Sequence[Any], clock: Clock) -> Response:
    """The rows as the file that was asked for. Its first line names the columns; its last says where it was cut."""
    headers = [header for header, _ in kind.columns]
    lines = _lines(kind, rows, cut=listed.cut or len(rows) > MOST)
    name = attachment(f"{kind.name}-{clock.today().isoformat()}.{listed.format}")
    if listed.format == "xlsx":
        answer = Response(xlsx_bytes(kind.title, headers, lines), media_type=XLSX, headers=name)
    else:
        answer = Response(csv_bytes(headers, lines), media_type=CSV, headers=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _lines(kind: ListFile, rows: Sequence[Any], *, cut: bool) -> Iterator[list[Value]]:
    for row in rows[:MOST]:
        yield [_fitting(value(row)) for _, value in kind.columns]
    if cut:
        rest: list[Value] = [None] * (len(kind.columns) - 1)
        yield [f"（ここまでの{MOST:,}件で切りました。条件を絞って保存してください。）", *rest]


def _fitting(value: Value) -> Value:
    """What a cell can hold: nobody's overlong or unprintable text keeps a whole list from being saved."""
    if not isinstance(value, str):
        return value
    plain = ILLEGAL_CHARACTERS_RE.sub("", value)
    return plain if len(plain) < CELL_LIMIT else plain[: CELL_LIMIT - 2] + "…"
