"""定型文: texts that the Agency's reviewers put into findings again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound
from app.kit.http import etag
from app.kit.ids import new_id
from app.listings.service import check_etag
from app.listings.words import Words, checked
from app.review.desk_models import ReviewPhrase
from app.review.lifecycle import PHRASE
from app.review.reasons import reason, reasons

MOST = 500
"""Phrases of one Agency in use; more could not be chosen from a list."""


@dataclass(frozen=True)
class PhraseView:
    """One phrase."""

    id: str
    title: str
    reason_code: str
    text: str
    status: str
    version: int
    updated_at: datetime

    @property
    def etag(self) -> str:
        """Strong ETag: grows with each edit."""
        return etag(self.version)

    @property
    def reason_label(self) -> str:
        """What people read for the reason code."""
        known = reason(self.reason_code)
        return known.ja if known else self.reason_code


def list_phrases(session: Session, actor: Actor, *, retired: bool = False) -> list[PhraseView]:
    """The own Agency's phrases in use (and those that were retired), by title. Raises NotFound."""
    _require_reader(actor)
    statement = select(ReviewPhrase).where(col(ReviewPhrase.organisation_id) == actor.organisation_id)
    if not retired:
        statement = statement.where(col(ReviewPhrase.status) == "active")
    ordered = statement.order_by(col(ReviewPhrase.status), col(ReviewPhrase.title), col(ReviewPhrase.id))
    return [_view(row) for row in session.exec(ordered.limit(2 * MOST)).all()]


def read_phrase(session: Session, actor: Actor, phrase_id: str) -> PhraseView:
    """One phrase of the own Agency. Raises NotFound."""
    return _view(_found(session, actor, phrase_id))


def create(
    session: Session, actor: Actor, clock: Clock, title: str, reason_code: str, text: str
) -> PhraseView:
    """Keep a new phrase. Raises Forbidden for who does not review, Invalid with all faults."""
    _require_writer(actor)
    title, text = _checked(title, reason_code, text)
    in_use = len(list_phrases(session, actor))
    if in_use >= MOST:
        remedy = "使わないものを廃止してください。"
        raise Invalid([FieldFault("/title", "too_many", f"定型文は{MOST}件までです。", remedy)])
    now = clock.now()
    row = ReviewPhrase(
        id=new_id("phr"),
        organisation_id=actor.organisation_id or "",
        title=title,
        reason_code=reason_code,
        text=text,
        created_at=now,
        created_by=actor.person_id or "",
        updated_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, actor, clock, row, "phrase.created")
    return _view(row)


def edit(
    session: Session,
    actor: Actor,
    clock: Clock,
    phrase_id: str,
    title: str,
    reason_code: str,
    text: str,
    if_match: str | None,
) -> PhraseView:
    """Change a phrase in use; findings that were written with it stay as they are.

    Raises NotFound, Forbidden, PreconditionRequired, PreconditionFailed, TransitionRefused, Invalid with all faults.
    """
    _require_writer(actor)
    row = _found(session, actor, phrase_id)
    check_etag(if_match, _view(row).etag)
    title, text = _checked(title, reason_code, text)
    PHRASE.move(
        session,
        row,
        "edit",
        title=title,
        reason_code=reason_code,
        text=text,
        version=row.version + 1,
        updated_at=clock.now(),
    )
    _record(session, actor, clock, row, "phrase.edited")
    return _view(row)


def retire(session: Session, actor: Actor, clock: Clock, phrase_id: str) -> PhraseView:
    """Offer it no more. Raises NotFound, Forbidden, TransitionRefused."""
    _require_writer(actor)
    row = _found(session, actor, phrase_id)
    PHRASE.move(session, row, "retirement", version=row.version + 1, updated_at=clock.now())
    _record(session, actor, clock, row, "phrase.retired")
    return _view(row)


def _checked(title: str, reason_code: str, text: str) -> list[str]:
    faults = []
    if reason(reason_code) is None:
        remedy = f"次のいずれかです: {'、'.join(row.code for row in reasons())}"
        faults.append(FieldFault("/reason_code", "unknown_term", "その理由の区分はありません。", remedy))
    cleaned = ["", ""]
    try:
        cleaned = checked(
            Words("/title", "見出し", title, required=True, longest=60),
            Words("/text", "文", text, required=True, longest=2000),
        )
    except Invalid as refusal:
        faults.extend(refusal.faults)
    if faults:
        raise Invalid(faults)
    return cleaned


def _found(session: Session, actor: Actor, phrase_id: str) -> ReviewPhrase:
    _require_reader(actor)
    row = session.get(ReviewPhrase, phrase_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise NotFound()
    return row


def _view(row: ReviewPhrase) -> PhraseView:
    return PhraseView(row.id, row.title, row.reason_code, row.text, row.status, row.version, row.updated_at)


def _require_reader(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()


def _require_writer(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW_CLAIM):
        raise Forbidden("定型文を変えられるのは、審査担当だけです。")


def _record(session: Session, actor: Actor, clock: Clock, row: ReviewPhrase, action: str) -> None:
    details = {"title": row.title, "version": row.version}
    record(session, actor, action, "review_phrase", row.id, at=clock.now(), details=details)
