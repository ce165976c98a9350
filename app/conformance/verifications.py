"""Verification levels (自己申告, 書類確認, 試験結果あり): what holds today, and what ends because time passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.audit.record import record
from app.conformance.changes import changes_between
from app.conformance.lifecycle import VERIFICATION
from app.conformance.verification_models import ConformanceVerification
from app.kit.clock import Clock
from app.organisations.models import Organisation
from app.outbox.publish import publish
from app.specifications import service as specifications

LEVELS: Final = {"self_declared": "自己申告", "documents": "書類確認", "tested": "試験結果あり"}
"""From the lowest to the highest: code → what people read."""
EXPIRED: Final = "有効期限が過ぎたため"
SUPERSEDED: Final = "標準仕様書の版が、旧版になったか撤回されたため"


@dataclass(frozen=True)
class VerificationView:
    """One verification, with whether it holds for what is said now."""

    id: str
    level: str
    looked_at: str
    report_url: str
    tester: str
    tested_on: date | None
    valid_until: date | None
    revision_number: int
    status: str
    organisation: str
    """Who looked: the reviewer's organisation."""
    recorded_by: str
    """The person's id, for reviewers."""
    recorded_at: datetime
    ended_at: datetime | None
    reason: str
    """Why it was withdrawn or ended."""
    changed_since: int
    """How many statements are other ones than those that were looked at; with any, it does not hold."""
    holds: bool


def level_of(views: Sequence[VerificationView]) -> str:
    """The highest level that holds; `self_declared` without any."""
    order = [*LEVELS]
    return max((view.level for view in views if view.holds), key=order.index, default="self_declared")


def verifications_of(
    session: Session, clock: Clock, software_id: str, version_id: str, number: int
) -> tuple[VerificationView, ...]:
    """Every verification of what a software says about a version, the newest first.

    `number` is the revision whose statements are asked about.
    """
    rows = session.exec(
        select(ConformanceVerification, Organisation)
        .join(Organisation, col(Organisation.id) == col(ConformanceVerification.organisation_id))
        .where(
            col(ConformanceVerification.entry_id) == software_id,
            col(ConformanceVerification.version_id) == version_id,
        )
        .order_by(col(ConformanceVerification.id).desc())
    ).all()
    if not rows:
        return ()
    found = specifications.public_version(session, version_id)
    in_force = found is not None and found[1].status == "in_force"
    changed = {
        looked: _changed(session, software_id, version_id, looked, number)
        for looked in {row.revision_number for row, _ in rows}
    }
    return tuple(
        _view(row, firm, in_force, clock.today(), changed[row.revision_number]) for row, firm in rows
    )


def _changed(session: Session, software_id: str, version_id: str, looked: int, number: int) -> int:
    # A publication that was taken back makes an earlier revision the live one: then `number` is the smaller.
    before, after = sorted((looked, number))
    found = changes_between(session, software_id, before, after, version_id)
    return sum(len(change.changes) for change in found)


def _view(
    row: ConformanceVerification, firm: Organisation, in_force: bool, today: date, changed: int
) -> VerificationView:
    # The worker writes an end within the hour; until then nobody reads a level that has ended.
    status, reason = row.status, row.reason
    if status == "in_effect" and (due := _due(row, in_force, today)):
        status, reason = "ended", due
    return VerificationView(
        id=row.id,
        level=row.level,
        looked_at=row.looked_at,
        report_url=row.report_url,
        tester=row.tester,
        tested_on=row.tested_on,
        valid_until=row.valid_until,
        revision_number=row.revision_number,
        status=status,
        organisation=firm.name,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        ended_at=row.ended_at,
        reason=reason,
        changed_since=changed,
        holds=status == "in_effect" and not changed,
    )


def _due(row: ConformanceVerification, in_force: bool, today: date) -> str:
    """Why it has ended by today; empty where it has not."""
    if not in_force:
        return SUPERSEDED
    return EXPIRED if row.valid_until is not None and row.valid_until < today else ""


def end_due(session: Session, actor: Actor, clock: Clock) -> int:
    """End those whose date has passed or whose version is no longer in force; how many."""
    in_force = {version.id for _, version in specifications.versions_of_status(session, ("in_force",))}
    rows = session.exec(
        select(ConformanceVerification)
        .where(col(ConformanceVerification.status) == "in_effect")
        .order_by(col(ConformanceVerification.id))
    ).all()
    ended = 0
    for row in rows:
        if why := _due(row, row.version_id in in_force, clock.today()):
            end(session, actor, clock, row, "ending", why)
            ended += 1
    return ended


def end(
    session: Session, actor: Actor, clock: Clock, row: ConformanceVerification, verb: str, reason: str
) -> None:
    """Move it by `withdrawal` or `ending`. Raises TransitionRefused."""
    changes = {"ended_at": clock.now(), "ended_by": actor.person_id, "reason": reason}
    VERIFICATION.move(session, row, verb, **changes)
    note(session, actor, clock, row, "withdrawn" if verb == "withdrawal" else "ended", reason)


def note(
    session: Session, actor: Actor, clock: Clock, row: ConformanceVerification, act: str, reason: str = ""
) -> None:
    """Record an act in the audit trail, and tell the index and the change feed."""
    record(
        session,
        actor,
        f"verification.{act}",
        "software",
        row.entry_id,
        at=clock.now(),
        details={
            "verification_id": row.id,
            "version_id": row.version_id,
            "level": row.level,
            "revision": row.revision_number,
            **({"reason": reason} if reason else {}),
        },
    )
    publish(session, "catalogue.sync", row.entry_id, at=clock.now())
