"""Leaving the catalogue and coming back: withdraw, suspend, resume, retire with a last date."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden, NotFound, invalid
from app.listings import policies, repository
from app.listings.drafts import lock_owned
from app.listings.lifecycle import ENTRY
from app.listings.models import Entry
from app.listings.reading import KIND_NAMES
from app.listings.submission import software_key
from app.listings.views import EntryView, entry_view
from app.listings.words import Words, checked
from app.outbox.publish import publish, publish_after
from catalogue_schema.dates import latest_allowed


def withdraw(
    session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str, reason: str = ""
) -> EntryView:
    """The vendor takes a published entry out of the catalogue; the Agency may read why, strangers only that it is so.

    Raises TransitionRefused, and Conflict while a submission is open (its approval would publish again).
    """
    entry = lock_owned(session, actor, kind, entry_id)
    (reason,) = checked(Words("/reason", "理由", reason))
    _refuse_while_submitted(session, entry, "取り下げる")
    ENTRY.move(session, entry, "withdrawal", ended_on=clock.today(), end_reason=reason, end_note="")
    return _done(session, actor, clock, entry, "withdrawn")


def suspend(
    session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str, reason: str, note: str = ""
) -> EntryView:
    """The Agency takes an entry out, with a reason for the vendor and a public note.

    The procedure around it (notice, hearing, objection) is `review`'s, which calls this. Raises Forbidden, NotFound,
    Invalid without a reason, TransitionRefused.
    """
    entry = _for_agency(session, actor, kind, entry_id)
    reason, note = checked(
        Words("/reason", "停止の理由", reason, required=True),
        Words("/note", "公開するお知らせ", note, longest=500),
    )
    ENTRY.move(
        session,
        entry,
        "suspension",
        status_before=entry.status,
        ended_on=clock.today(),
        end_reason=reason,
        end_note=note,
    )
    return _done(session, actor, clock, entry, "suspended")


def end_suspension(session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str) -> None:
    """A suspension is over: the entry is again what it was. That it is over is the caller's to know.

    Nothing where the entry is not suspended any more. Raises Conflict where no revision may be public.
    """
    entry = repository.lock_entry(session, entry_id, kind)
    if entry is not None and entry.status == "suspended":
        _back(session, actor, clock, entry)


def resume(session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str) -> EntryView:
    """Back to what it was: the Agency ends a suspension, the vendor its own withdrawal.

    Raises NotFound, Forbidden with who may, TransitionRefused.
    """
    if policies.can_suspend(actor):
        entry = _for_agency(session, actor, kind, entry_id)
        if entry.status == "withdrawn":
            raise Forbidden("事業者が取り下げたものは、事業者だけが再開できます。")
    else:
        entry = lock_owned(session, actor, kind, entry_id)
        if entry.status == "suspended":
            raise Forbidden(
                "デジタル庁が停止した掲載は、デジタル庁だけが再開できます。理由を確かめて連絡してください。"
            )
    return _back(session, actor, clock, entry)


def _back(session: Session, actor: Actor, clock: Clock, entry: Entry) -> EntryView:
    live = repository.find_revision(session, entry.published_revision_id or "")
    if live is not None and live.revoked_at is not None:
        raise Conflict("公開できる版がありません。取り消した版に代わる、新しい版の承認を待ってください。")
    before = entry.status_before if entry.status == "suspended" else "published"
    verb = {"withdrawn": "resumption_as_withdrawn", "retired": "resumption_as_retired"}.get(
        before or "published", "resumption"
    )
    still_out = verb == "resumption_as_withdrawn"
    ENTRY.move(
        session,
        entry,
        verb,
        status_before=None,
        ended_on=clock.today() if still_out else None,
        end_reason="",
        end_note="",
    )
    return _done(session, actor, clock, entry, "resumed")


def retire(
    session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str, last_day: date
) -> EntryView:
    """Announce the end: the entry stays in the catalogue until `last_day` has passed, and never comes back.

    Raises Invalid for a day in the past or over 30 years ahead, TransitionRefused, Conflict while a submission is open.
    """
    entry = lock_owned(session, actor, kind, entry_id)
    today = clock.today()
    if last_day < today:
        raise invalid(
            "/last_day",
            "in_past",
            "提供の最終日が過去です。",
            f"{today.isoformat()} 以後の日にしてください。",
        )
    if last_day > latest_allowed(today):
        raise invalid(
            "/last_day", "too_far", "提供の最終日が30年より先です。", "30年以内の日にしてください。"
        )
    _refuse_while_submitted(session, entry, "提供を終了する")
    ENTRY.move(session, entry, "retirement", last_day=last_day, ended_on=None, end_reason="", end_note="")
    publish_after(session, "catalogue.sync", software_key(entry), last_day, at=clock.now())
    return _done(session, actor, clock, entry, "retired", last_day=last_day.isoformat())


def _refuse_while_submitted(session: Session, entry: Entry, act: str) -> None:
    if repository.newest_revision(session, entry).status in ("submitted", "in_review"):
        raise Conflict(
            f"審査に出している版があります。{act}前に、申請を引き戻してください。", open="submission"
        )


def _for_agency(session: Session, actor: Actor, kind: str, entry_id: str) -> Entry:
    entry = repository.lock_entry(session, entry_id, kind)
    if entry is None:
        raise NotFound()
    if not policies.can_suspend(actor):
        raise Forbidden("掲載を停止・再開できるのは、デジタル庁の管理者だけです。")
    return entry


def _done(
    session: Session, actor: Actor, clock: Clock, entry: Entry, past: str, **details: object
) -> EntryView:
    record(
        session,
        actor,
        f"{entry.kind}.{past}",
        entry.kind,
        entry.id,
        at=clock.now(),
        revision_id=entry.published_revision_id,
        owner=entry.owner_id,
        details={**details, "status": entry.status, "kind": KIND_NAMES[entry.kind]},
    )
    publish(session, "catalogue.sync", software_key(entry), at=clock.now())
    return entry_view(session, entry, clock.today(), drafts=True)
