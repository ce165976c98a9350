"""更新手続中: a firm declares before an end that it is renewing, and so keeps its place for the days of grace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden, NotFound
from app.kit.ids import new_id
from app.organisations.expiry_models import Grace
from app.organisations.models import MasterAgreement, Qualification
from app.outbox.publish import publish, publish_after
from app.settings import ExpirySettings

DECLARED_BEFORE = timedelta(days=184)
"""How long before the end a renewal can be declared."""
GENERAL_BEFORE = timedelta(days=31)
"""How long before the end general grace is written down: long enough that no missed sweep opens a gap."""


@dataclass(frozen=True)
class Subject:
    """What ends: a qualification or an agreement."""

    kind: str
    id: str
    organisation_id: str
    ends_on: date


def declare(session: Session, actor: Actor, clock: Clock, rules: ExpirySettings, subject_id: str) -> Grace:
    """The own firm is renewing this qualification or agreement. Once; a repeat answers the same.

    Raises NotFound, Forbidden, Conflict: no grace in this installation, too early, or after the end.
    """
    subject = _subject(session, subject_id)
    if subject is None or not actor.acts_for(subject.organisation_id):
        raise NotFound("その資格または基本契約はありません。")
    if not actor.may(Permission.QUALIFICATION_WRITE):
        raise Forbidden("更新の手続を届け出られるのは、その事業者の管理者です。")
    known = _grace(session, subject)
    if known is not None:
        return known
    today = clock.today()
    if rules.grace_days == 0:
        raise Conflict("更新手続中の猶予は設けられていません。期限までに更新してください。")
    if subject.ends_on < today:
        raise Conflict(
            f"期限（{subject.ends_on.isoformat()}）が過ぎています。更新の手続の届出は、期限までに受け付けます。"
        )
    if subject.ends_on > today + DECLARED_BEFORE:
        raise Conflict("更新の手続は、期限の6か月前から届け出られます。")
    return _give(session, actor, clock, rules, subject, actor.person_id)


def grant_general(session: Session, actor: Actor, clock: Clock, rules: ExpirySettings) -> int:
    """Where grace is for everyone: write it down for what ends in the next month; how many (the hourly sweep)."""
    if rules.grace_for != "everyone" or rules.grace_days == 0:
        return 0
    today = clock.today()
    given = 0
    for subject in _ending(session, today, today + GENERAL_BEFORE):
        if _grace(session, subject) is None:
            _give(session, actor, clock, rules, subject, None)
            given += 1
    return given


def graces_of(session: Session, organisation_id: str) -> dict[tuple[str, date], Grace]:
    """A firm's grace by what ends and when."""
    rows = session.exec(select(Grace).where(col(Grace.organisation_id) == organisation_id)).all()
    return {(row.subject_id, row.ends_on): row for row in rows}


def _give(
    session: Session, actor: Actor, clock: Clock, rules: ExpirySettings, subject: Subject, by: str | None
) -> Grace:
    grace = Grace(
        id=new_id("grc"),
        organisation_id=subject.organisation_id,
        kind=subject.kind,
        subject_id=subject.id,
        ends_on=subject.ends_on,
        until=subject.ends_on + timedelta(days=rules.grace_days),
        declared_at=clock.now(),
        declared_by=by,
    )
    session.add(grace)
    at = clock.now()
    record(
        session,
        actor,
        f"{subject.kind}.renewal-declared" if by else f"{subject.kind}.grace-granted",
        subject.kind,
        subject.id,
        at=at,
        owner=subject.organisation_id,
        details={"ends_on": subject.ends_on.isoformat(), "until": grace.until.isoformat()},
    )
    publish(session, "catalogue.sync-vendor", subject.organisation_id, at=at)
    for day in (subject.ends_on, grace.until):
        publish_after(session, "catalogue.sync-vendor", subject.organisation_id, day, at=at)
    return grace


def _grace(session: Session, subject: Subject) -> Grace | None:
    return session.exec(
        select(Grace).where(col(Grace.subject_id) == subject.id, col(Grace.ends_on) == subject.ends_on)
    ).first()


def _subject(session: Session, subject_id: str) -> Subject | None:
    row = session.get(Qualification, subject_id)
    if row is not None:
        return Subject("qualification", row.id, row.organisation_id, row.valid_until)
    agreement = session.get(MasterAgreement, subject_id)
    if agreement is None or agreement.ends_on is None or agreement.status != "active":
        return None
    return Subject("agreement", agreement.id, agreement.organisation_id, agreement.ends_on)


def _ending(session: Session, first: date, last: date) -> list[Subject]:
    qualifications = session.exec(
        select(Qualification)
        .where(col(Qualification.valid_until) >= first, col(Qualification.valid_until) <= last)
        .order_by(col(Qualification.id))
    ).all()
    agreements = session.exec(
        select(MasterAgreement)
        .where(
            col(MasterAgreement.status) == "active",
            col(MasterAgreement.ends_on) >= first,
            col(MasterAgreement.ends_on) <= last,
        )
        .order_by(col(MasterAgreement.id))
    ).all()
    return [
        Subject("qualification", row.id, row.organisation_id, row.valid_until) for row in qualifications
    ] + [
        Subject("agreement", row.id, row.organisation_id, row.ends_on)
        for row in agreements
        if row.ends_on is not None
    ]
