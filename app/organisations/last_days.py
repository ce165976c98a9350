"""The last day of a membership: set ahead, in force by the clock, written down and reminded of by the hourly sweep."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.audit.record import record
from app.identity.sessions import end_for_membership
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.organisations.inputs import date_or_faults
from app.organisations.lifecycle import MEMBERSHIP
from app.organisations.memberships import MemberView, get_member, lock_organisation_or_404
from app.organisations.models import Membership, Organisation
from app.organisations.policies import TOP_ROLE, can_manage_members, can_see_members
from app.organisations.succession import is_dormant, warn_of_end
from app.outbox.publish import publish

REMINDERS = (30, 7)
"""Days before the last day."""
BY_LAST_DAY = "last_day"
"""`ended_by` of a membership that ended by its date."""


def set_last_day(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, membership_id: str, last_day: str
) -> tuple[MemberView, str]:
    """Set, move or (empty) take away the last day; the member, and a warning where no administrator would be left.

    Raises NotFound, Forbidden, Conflict unless the membership is active, Invalid for no date or one that passed.
    """
    if not can_see_members(actor, organisation_id):
        raise NotFound("そのメンバーは見つかりません。")
    organisation = lock_organisation_or_404(session, organisation_id)
    membership = session.get(Membership, membership_id)
    if membership is None or membership.organisation_id != organisation.id:
        raise NotFound("そのメンバーは見つかりません。")
    if not can_manage_members(actor, organisation_id):
        raise Forbidden("最後の日を決められるのは、その組織の管理者または承認者です。")
    if membership.status != "active":
        raise Conflict("所属が有効な人にだけ、最後の日を決められます。")
    today, day = clock.today(), None
    if last_day.strip():
        day, faults = date_or_faults("/last_day", last_day, today)
        if day is not None and day < today:
            faults.append(
                FieldFault(
                    "/last_day",
                    "past",
                    "「最後の日」：もう過ぎた日です。",
                    "今日以後の日にするか、「所属を終える」を使ってください。",
                )
            )
        if faults:
            raise Invalid(faults)
    membership.last_day = day
    membership.last_day_reminded = None
    session.add(membership)
    session.flush()
    _record(session, actor, clock, "membership.last-day-set", membership)
    holds_top = TOP_ROLE[organisation.kind].value in membership.roles
    warning = warn_of_end(session, clock, organisation) if holds_top else ""
    return get_member(session, actor, organisation_id, membership_id), warning


def sweep_last_days(session: Session, actor: Actor, clock: Clock) -> None:
    """End what the clock ended (with sessions and tokens), and remind of what is about to end."""
    today = clock.today()
    rows = session.exec(
        select(Membership)
        .where(
            col(Membership.status) == "active",
            col(Membership.last_day).is_not(None),
            col(Membership.last_day) <= today + timedelta(days=max(REMINDERS)),
        )
        .order_by(col(Membership.id))
    ).all()
    for membership in rows:
        assert membership.last_day is not None
        left = (membership.last_day - today).days
        if left < 0:
            _end(session, actor, clock, membership)
            continue
        stage = min(days for days in REMINDERS if left <= days)
        if membership.last_day_reminded is None or membership.last_day_reminded > stage:
            membership.last_day_reminded = stage
            session.add(membership)
            publish(session, "notify.last-day", membership.id, at=clock.now())
            _record(session, actor, clock, "membership.warned", membership)


def _end(session: Session, actor: Actor, clock: Clock, membership: Membership) -> None:
    MEMBERSHIP.move(session, membership, "ending", ended_at=clock.now(), ended_by=BY_LAST_DAY)
    end_for_membership(session, clock, membership.id)
    _record(session, actor, clock, "membership.ended", membership)
    organisation = session.get_one(Organisation, membership.organisation_id)
    if is_dormant(session, organisation, clock.today()):
        warn_of_end(session, clock, organisation)


def _record(session: Session, actor: Actor, clock: Clock, action: str, membership: Membership) -> None:
    record(
        session, actor, action, "membership", membership.id,
        at=clock.now(), owner=membership.organisation_id,
        details={"last_day": membership.last_day.isoformat() if membership.last_day else None},
    )  # fmt: skip
