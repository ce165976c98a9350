"""Queries over outcomes (選定の結果の通知)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.procurement.models import OutcomeNotice


def notice(session: Session, notice_id: str, *, lock: bool = False) -> OutcomeNotice | None:
    """A notice by id; `lock` holds its row until the transaction ends."""
    statement = select(OutcomeNotice).where(col(OutcomeNotice.id) == notice_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def notices(session: Session, project_id: str) -> Sequence[OutcomeNotice]:
    """A project's notices in the order of its candidates."""
    return session.exec(
        select(OutcomeNotice)
        .where(col(OutcomeNotice.project_id) == project_id)
        .order_by(col(OutcomeNotice.id))
    ).all()


def told(vendor_id: str) -> SelectOfScalar[OutcomeNotice]:
    """What a vendor was told, to be paged: nothing that is only prepared."""
    return select(OutcomeNotice).where(
        col(OutcomeNotice.vendor_id) == vendor_id, col(OutcomeNotice.status) != "prepared"
    )


def unsent(session: Session) -> Sequence[OutcomeNotice]:
    """Notices that wait for the body, and of which it was not reminded yet."""
    return session.exec(
        select(OutcomeNotice)
        .where(col(OutcomeNotice.status) == "prepared", col(OutcomeNotice.reminded_at).is_(None))
        .order_by(col(OutcomeNotice.id))
    ).all()
