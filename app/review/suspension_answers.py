"""The vendor's side of a suspension: its statement (弁明) and its objection (不服の申出)."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden
from app.listings.words import Words, checked
from app.outbox.publish import publish
from app.review.lifecycle import SUSPENSION
from app.review.suspension_models import Suspension
from app.review.suspension_views import (
    SuspensionView,
    find_visible,
    objection_refusal,
    statement_refusal,
    views,
)


def state(session: Session, actor: Actor, clock: Clock, suspension_id: str, text: str) -> SuspensionView:
    """State the firm's case, once, by the day named. Raises NotFound, Forbidden, Conflict with why not, Invalid."""
    row = _own(session, actor, suspension_id)
    (text,) = checked(Words("/text", "弁明", text, required=True, longest=4000))
    if (refusal := statement_refusal(row, clock.today())) is not None:
        raise Conflict(refusal)
    verb = "statement" if row.status == "noticed" else "later_statement"
    SUSPENSION.move(
        session, row, verb, statement=text, statement_at=clock.now(), statement_by=actor.person_id
    )
    return _said(session, actor, clock, row, "stated")


def object_to(session: Session, actor: Actor, clock: Clock, suspension_id: str, text: str) -> SuspensionView:
    """Object to the suspension, once, by the day named. It stays in force until the Agency answers.

    Raises NotFound, Forbidden, TransitionRefused, Conflict for a second or a late one, Invalid.
    """
    row = _own(session, actor, suspension_id)
    (text,) = checked(Words("/text", "不服の理由", text, required=True, longest=4000))
    SUSPENSION.require("objection", row.status)
    if (refusal := objection_refusal(row, clock.today())) is not None:
        raise Conflict(refusal)
    SUSPENSION.move(
        session, row, "objection", objection=text, objected_at=clock.now(), objected_by=actor.person_id
    )
    return _said(session, actor, clock, row, "objected")


def _own(session: Session, actor: Actor, suspension_id: str) -> Suspension:
    row = find_visible(session, actor, suspension_id)
    if not actor.acts_for(row.owner_id) or not actor.may(Permission.SUSPENSION_ANSWER):
        raise Forbidden("弁明と不服の申出ができるのは、その事業者の管理者です。")
    return row


def _said(session: Session, actor: Actor, clock: Clock, row: Suspension, past: str) -> SuspensionView:
    record(
        session,
        actor,
        f"suspension.{past}",
        "suspension",
        row.id,
        at=clock.now(),
        owner=row.owner_id,
        details={"kind": row.subject_kind, "subject_id": row.subject_id},
    )
    publish(session, "notify.suspension-agency", row.id, at=clock.now())
    return views(session, actor, clock, [row])[0]
