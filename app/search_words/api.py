"""`/search-words`: what a search also looks for. Everybody reads it, reviewers change it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.kit.table_writing import CSV, attachment, csv_bytes
from app.search_words import service
from app.search_words.schemas import (
    WordDetailOut,
    WordEditIn,
    WordIn,
    WordOut,
    WordTableOut,
    WordTableRowOut,
    word_detail_out,
    word_out,
)
from catalogue_schema.search_words import SearchWordKind

Writer = Annotated[Actor, guarded(Permission.REVIEW_CLAIM)]
IfMatch = Annotated[str | None, Header(alias="If-Match")]
_CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "種類,言葉,探す言葉,理由と出典\r\nmeans,住基,住民基本台帳|住民記録,\r\n",
            }
        }
    }
}

router = APIRouter(prefix="/search-words", tags=["検索の言葉"])


@router.get("")
def list_words(
    session: SessionDep,
    paging: PagingDep,
    kind: Annotated[SearchWordKind | None, Query(description="種類", examples=["means"])] = None,
    q: Annotated[str, Query(max_length=100, description="言葉の一部", examples=["住基"])] = "",
    retired: Annotated[bool, Query(description="廃止したものも返す", examples=[True])] = False,
) -> Page[WordOut]:
    """検索が併せて探す言葉です。新しい順に返します。"""
    views, following = service.list_words(session, paging, kind=kind, text=q, retired=retired)
    return Page(items=[word_out(view) for view in views], next=following)


@router.get("/export", response_model=WordTableOut, responses=_CSV_ANSWER)
def export_words(
    session: SessionDep,
    version: Annotated[
        int | None, Query(ge=0, le=10**9, description="一覧の版（省くと今）", examples=[1])
    ] = None,
    format: Annotated[str, Query(pattern="^(json|csv)$", description="json または csv")] = "json",
) -> Any:
    """使用中の言葉の全体を、今の、または前の版で返します。"""
    rows = service.table(session, version)
    if format == "csv":
        lines = [[row.kind, row.written, "|".join(row.meant), row.note] for row in rows]
        content = csv_bytes(["種類", "言葉", "探す言葉", "理由と出典"], lines)
        return Response(content, media_type=CSV, headers=attachment("search-words.csv"))
    return WordTableOut(
        version=service.table_version(session) if version is None else version,
        items=[
            WordTableRowOut(kind=row.kind, written=row.written, meant=list(row.meant), note=row.note)
            for row in rows
        ],
    )


@router.post("", status_code=201)
def create_word(
    body: WordIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> WordOut:
    """言葉を加えます。次の検索から使われます。"""
    view = idempotency.run(
        lambda: service.create(session, actor, clock, body.text()),
        lambda known: service.read_word(session, known),
        lambda made: made.id,
    )
    response.headers["ETag"] = view.etag
    return word_out(view)


@router.get("/{word_id}")
def read_word(word_id: str, session: SessionDep, response: Response) -> WordDetailOut:
    """一つの言葉を、これまでの変更と共に返します。"""
    view = service.read_word(session, word_id)
    response.headers["ETag"] = view.etag
    return word_detail_out(view, service.history(session, word_id))


@router.patch("/{word_id}")
def edit_word(
    word_id: str,
    body: WordEditIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> WordOut:
    """言葉を直します。"""
    view = service.edit(session, actor, clock, word_id, body.text(), if_match)
    response.headers["ETag"] = view.etag
    return word_out(view)


@router.post("/{word_id}/retirement")
def retire_word(word_id: str, actor: Writer, session: SessionDep, clock: ClockDep) -> WordOut:
    """言葉を廃止します。これまでの検索の記録は変わりません。"""
    return word_out(service.retire(session, actor, clock, word_id))


@router.post("/{word_id}/restoration")
def restore_word(word_id: str, actor: Writer, session: SessionDep, clock: ClockDep) -> WordOut:
    """廃止した言葉を、もう一度使います。"""
    return word_out(service.restore(session, actor, clock, word_id))
