"""Publication without a review (軽微 changes), and taking back what was published in error. Called by `review`, which
knows the class of the changes and keeps the case in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Actor
from app.kit.clock import TOKYO, Clock
from app.kit.errors import Conflict, NotFound
from app.listings import repository
from app.listings.drafts import lock_owned
from app.listings.lifecycle import ENTRY, REVISION
from app.listings.models import Entry, Revision
from app.listings.reading import live_before
from app.listings.submission import complete_draft, frozen, go_live, record_revision, software_key
from app.listings.views import RevisionView, revision_view
from app.listings.words import Words, checked
from app.outbox.publish import publish
from catalogue_schema import Schema


@dataclass(frozen=True)
class Basis:
    """What a submission would change: the entry's state, what is live, and the newest revision."""

    entry_id: str
    kind: str
    owner_id: str
    status: str
    live: RevisionView | None
    """None too where the only published revision was taken back."""
    newest: RevisionView


@dataclass(frozen=True)
class Revocation:
    """A published revision that was taken back, as the public may read it."""

    entry_id: str
    number: int
    revoked_at: datetime
    note: str


@dataclass(frozen=True)
class RevokedRevision:
    """A revision that was taken back, for the bodies that pinned it."""

    entry_id: str
    revision_id: str
    number: int
    name: str
    revoked_on: date
    note: str


def basis_of(session: Session, entry_id: str) -> Basis:
    """What is live and what is newest of an entry, whoever asks. Raises NotFound."""
    entry = repository.find_entry(session, entry_id)
    if entry is None:
        raise NotFound()
    live = repository.find_revision(session, entry.published_revision_id or "")
    newest = repository.newest_revision(session, entry)
    return Basis(
        entry.id,
        entry.kind,
        entry.owner_id,
        entry.status,
        revision_view(live) if live and live.revoked_at is None else None,
        revision_view(newest),
    )


def locked_basis(session: Session, actor: Actor, kind: str, entry_id: str) -> Basis:
    """The same for an act of the entry's owner, locked until the transaction ends. Raises NotFound, Forbidden."""
    lock_owned(session, actor, kind, entry_id)
    return basis_of(session, entry_id)


def self_publish(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    if_match: str | None = None,
) -> RevisionView:
    """Publish a draft at once, without a reviewer; that its changes allow it is the caller's to know.

    Raises as `submission.submit` does, and Conflict for what is not public now.
    """
    entry, revision = complete_draft(
        session, actor, clock, schema, kind, entry_id, "self_publication", if_match
    )
    if entry.status != "published":
        raise Conflict("公開中でないものは、審査なしには公開できません。")
    REVISION.move(
        session,
        revision,
        "self_publication",
        **frozen(actor, clock, schema, kind, revision),
        published_at=clock.now(),
        self_published=True,
    )
    go_live(session, clock, entry, revision)
    record_revision(session, actor, clock, entry, revision, "revision.self-published", number=revision.number)
    return revision_view(revision)


def revoke(
    session: Session, actor: Actor, clock: Clock, entry_id: str, revision_id: str, reason: str, note: str
) -> RevisionView | None:
    """Take the live revision back as published in error; the one that is live again, or None where there is none.

    Without an earlier revision the entry is suspended with the note: its address answers 410. Who may do this is the
    caller's to know. Raises NotFound, Conflict where that revision is not the live one, TransitionRefused, Invalid
    without a reason and a public note.
    """
    reason, note = checked(
        Words("/reason", "取り消す理由", reason, required=True),
        Words("/note", "公開するお知らせ", note, required=True, longest=500),
    )
    entry = repository.lock_entry(session, entry_id)
    if entry is None:
        raise NotFound()
    live_id = entry.published_revision_id or ""
    revision = repository.find_revision(session, live_id) if live_id == revision_id else None
    if revision is None or revision.revoked_at is not None:
        raise Conflict("その版は、もう公開中の版ではありません。画面を開き直して確かめてください。")
    now = clock.now()
    before = live_before(session, entry.id, revision.id)
    marks: dict[str, object] = {"revoked_at": now, "revocation_note": note, "revocation_reason": reason}
    if before is None:
        REVISION.move(session, revision, "revocation", **marks)
        ENTRY.move(
            session,
            entry,
            "suspension",
            status_before=entry.status,
            ended_on=clock.today(),
            end_reason=reason,
            end_note=note,
        )
    else:
        REVISION.move(session, revision, "revocation", replaced_at=now, **marks)
        session.execute(update(Revision).where(col(Revision.id) == before.id).values(replaced_at=None))
        verb = "reversion_as_retired" if entry.status == "retired" else "reversion"
        ENTRY.move(session, entry, verb, published_revision_id=before.id)
    record_revision(
        session,
        actor,
        clock,
        entry,
        revision,
        "revision.revoked",
        number=revision.number,
        live_again=before.number if before else None,
    )
    publish(session, "catalogue.sync", software_key(entry), at=now)
    publish(session, "notify.revocation-buyers", revision.id, at=now)
    return before


def revoked(session: Session, revision_ids: Collection[str]) -> list[RevokedRevision]:
    """Those of these revisions that were taken back, by id."""
    if not revision_ids:
        return []
    rows = session.exec(
        select(Revision)
        .where(col(Revision.id).in_(revision_ids), col(Revision.revoked_at).is_not(None))
        .order_by(col(Revision.id))
    ).all()
    return [
        RevokedRevision(
            row.entry_id,
            row.id,
            row.number,
            str(row.answers.get("name", "")),
            row.revoked_at.astimezone(TOKYO).date(),
            row.revocation_note,
        )
        for row in rows
        if row.revoked_at is not None
    ]


def revocations(session: Session, ids: Collection[str]) -> list[Revocation]:
    """What was taken back of these entries after their live revisions, newest first; for the public page."""
    if not ids:
        return []
    rows = session.exec(_revoked_lately(), params={"ids": list(set(ids))}).all()
    return [
        Revocation(row.entry_id, row.number, row.revoked_at, row.revocation_note)
        for row in rows
        if row.revoked_at is not None
    ]


@cache
def _revoked_lately() -> SelectOfScalar[Revision]:
    live = aliased(Revision)
    return (
        select(Revision)
        .join(Entry, col(Entry.id) == col(Revision.entry_id))
        .outerjoin(live, col(live.id) == col(Entry.published_revision_id))
        .where(
            col(Entry.id).in_(bindparam("ids", expanding=True)),
            col(Revision.revoked_at).is_not(None),
            col(Revision.number) > func.coalesce(col(live.number), 0),
        )
        .order_by(col(Revision.revoked_at).desc(), col(Revision.id).desc())
    )
