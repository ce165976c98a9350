"""How what a project or contract is on stands now: suspended, in renewal, or as usual; and what that forbids."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from app.kit.clock import Clock
from app.kit.errors import Conflict
from app.listings import service as listings
from app.listings.endings import endings
from app.listings.models import Entry
from app.organisations.expiry import Renewing, renewing
from app.review.suspension_views import BuyerNotice, buyer_notices
from catalogue_schema.dates import format_date


@dataclass(frozen=True)
class Standing:
    """Suspensions in force, firms that are public by grace only, and pinned revisions that were taken back."""

    suspensions: tuple[BuyerNotice, ...] = ()
    renewing: tuple[Renewing, ...] = ()
    revoked: tuple[listings.RevokedRevision, ...] = ()


def standing_of(
    session: Session,
    entry_ids: Collection[str | None],
    today: date,
    revision_ids: Collection[str | None] = (),
) -> Standing:
    """Of these software and offers, and of these revisions of them, by a fixed number of queries."""
    ids = {id_ for id_ in entry_ids if id_}
    if not ids:
        return Standing()
    owners = session.exec(select(col(Entry.owner_id)).where(col(Entry.id).in_(ids))).all()
    firms = renewing(session, set(owners), today)
    return Standing(
        tuple(buyer_notices(session, ids)),
        tuple(sorted(firms.values(), key=lambda one: one.vendor)),
        tuple(listings.revoked(session, {id_ for id_ in revision_ids if id_})),
    )


def refuse_closed(
    session: Session, clock: Clock, entry_ids: Collection[str | None], day: date, act: str
) -> None:
    """Raise Conflict where something forbids the act on that day for one of these software and offers.

    Forbidding are a suspension in force, a firm in renewal (更新手続中), and one whose agreement or qualification
    ended.
    A contract that was concluded before is a fact, and may be recorded afterwards.
    """
    today = clock.today()
    standing = standing_of(session, entry_ids, today)
    for notice in standing.suspensions:
        if notice.since <= day:
            raise Conflict(
                f"「{notice.name}」は{format_date(notice.since)}から公開が停止されているため、{act}できません。"
                "すでに結んだ契約は有効です。停止の手続はデジタル庁に尋ねてください。",
                reason="suspended",
            )
    for firm in standing.renewing:
        if firm.ended_on < day:
            raise Conflict(
                f"{firm.vendor}は更新手続中（{firm.what}の期限 {format_date(firm.ended_on)}）のため、{act}できません。"
                "更新が終わってから、もう一度行ってください。すでに結んだ契約は有効です。",
                reason="renewing",
            )
    entries = session.exec(
        select(Entry).where(col(Entry.id).in_({id_ for id_ in entry_ids if id_})).order_by(col(Entry.id))
    ).all()
    for ending in endings(session, entries, today).values():
        if (
            ending.kind in ("agreement", "qualification")
            and ending.ended_on is not None
            and ending.ended_on < day
        ):
            what = "基本契約" if ending.kind == "agreement" else "全省庁統一資格"
            raise Conflict(
                f"事業者の{what}が{format_date(ending.ended_on)}で終わっているため、{act}できません。"
                "事業者の手続の状況を確かめてください。すでに結んだ契約は有効です。",
                reason="not-in-force",
            )
