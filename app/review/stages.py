"""Where a case's time goes: each stretch in the queue, with a reviewer, with the vendor, from when to when."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from app.kit.ids import new_id
from app.review.desk_models import CaseStage
from app.review.models import ReviewCase


def begin(session: Session, case: ReviewCase, stage: str, at: datetime) -> None:
    """The case enters a stage; the one that it was in ends."""
    end(session, case.id, at)
    session.add(CaseStage(id=new_id("stg"), case_id=case.id, stage=stage, began_at=at))
    session.flush()


def end(session: Session, case_id: str, at: datetime) -> None:
    """The case leaves the stage that it is in, if it is in any."""
    row = session.exec(
        select(CaseStage).where(col(CaseStage.case_id) == case_id, col(CaseStage.ended_at).is_(None))
    ).first()
    if row is not None:
        # Two moments of one clock, but clocks of two hosts may differ by a little.
        row.ended_at = max(at, row.began_at)
        session.add(row)
        session.flush()


def back_from_vendor(session: Session, revision_id: str, at: datetime) -> None:
    """The vendor hands the revision in again: its time with the vendor ends."""
    waiting = session.exec(
        select(col(CaseStage.case_id))
        .join(ReviewCase, col(ReviewCase.id) == col(CaseStage.case_id))
        .where(
            col(ReviewCase.revision_id) == revision_id,
            col(CaseStage.stage) == "vendor",
            col(CaseStage.ended_at).is_(None),
        )
        .order_by(col(CaseStage.case_id))
    ).all()
    for case_id in waiting:
        end(session, case_id, at)
