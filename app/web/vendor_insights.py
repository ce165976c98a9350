"""掲載の反響: a vendor's counts of its own listings; and how the public pages count."""

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Request, Response

from app.access.actor import ANONYMOUS, Actor
from app.access.dependencies import ClockDep, current_actor, guarded
from app.access.permissions import Permission
from app.insights import service
from app.insights.counting import Counters, is_a_reader
from app.insights.periods import LEAST, last_told
from app.kit.database import SessionDep
from app.kit.errors import Unauthenticated
from app.listings.dependencies import SchemaDep
from app.web.list_columns import KINDS
from app.web.list_files import ListAskedDep, ListFile, list_file
from app.web.pages import render

router = APIRouter(include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.INSIGHTS_READ)]
WHATS = {
    "seen": "見られた",
    "compared": "比較された",
    "shortlisted": "候補になった",
    "left_out": "除外された",
}

COUNTS = ListFile(
    "insights",
    "掲載の反響",
    (
        ("ID", lambda row: row.id),
        ("掲載のID", lambda row: row.listing_id),
        ("掲載", lambda row: row.listing_name),
        ("種類", lambda row: KINDS[row.listing_kind]),
        ("期間（開始）", lambda row: row.first_day),
        ("期間（終了）", lambda row: row.last_day),
        ("できごと", lambda row: WHATS[row.what]),
        ("条件の項目", lambda row: row.condition),
        ("回数", lambda row: row.count),
    ),
)
"""Rows: `app.insights.service.Count`."""


@router.get("/vendor/insights")
def page(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    listed: ListAskedDep,
) -> Response:
    """All that may be told of the firm's listings, which is also its file."""
    rows = service.counts_of(session, actor, clock, schema)
    if listed.format:
        return list_file(listed, COUNTS, rows, clock)
    listed.total = len(rows)
    return render(
        request,
        "vendor/insights.html",
        rows=rows,
        listed=listed,
        until=last_told(clock.today()),
        least=LEAST,
        WHATS=WHATS,
        KINDS=KINDS,
    )


def count(request: Request, kind: str, looked_at: Mapping[str, str]) -> None:
    """Count a look at these listings (id → owner), unless a program, a preview, the owner or the Agency looks."""
    if request.method != "GET":
        return
    try:
        actor = current_actor(request)
    except Unauthenticated:
        actor = ANONYMOUS
    if is_a_reader(actor, request.headers):
        seen = [id_ for id_, owner_id in looked_at.items() if owner_id != actor.organisation_id]
        cast(Counters, request.app.state.counters).add(kind, seen)
