"""Many entries of one firm at once: reading all of them, and writing many drafts in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden
from app.kit.ids import new_id
from app.listings import policies, repository
from app.listings.content import content_hash
from app.listings.drafts import PREFIX
from app.listings.lifecycle import EDITABLE
from app.listings.models import Entry, Revision
from app.listings.views import EntryView, entry_views, revision_view, working_revision
from catalogue_schema import Schema

PORTION = 200
"""Entries read at a time; the number of queries grows with portions, not with rows."""


class ListingsChanged(Conflict):
    """Somebody changed one of the entries since they were read."""

    slug, title = "listings-changed", "読んだ後に、ほかの人が更新しました"


@dataclass(frozen=True)
class DraftChange:
    """What to write of one entry. Answers are valid and in stored form; `base_etag` is what they were made from."""

    kind: str
    entry_id: str
    new: bool
    vendor_key: str | None
    software_id: str | None
    base_etag: str | None
    answers: Mapping[str, Any] | None
    """None: only the key changes."""
    fields: tuple[str, ...] = ()
    """Names of the fields that change, for the audit trail."""


def fresh_entry_id(kind: str) -> str:
    """An id for an entry that is still to be written, so that others can name it before."""
    return new_id(PREFIX[kind])


def require_registrar(actor: Actor) -> str:
    """The firm that the actor may register for. Raises Forbidden."""
    if not policies.can_register(actor) or actor.organisation_id is None or actor.person_id is None:
        raise Forbidden("登録できるのは、事業者としてログインした人だけです。")
    return actor.organisation_id


def owned_entries(session: Session, actor: Actor, kind: str, today: date) -> Iterator[EntryView]:
    """Every entry of the actor's firm of a kind, in every state, oldest first, read in portions."""
    owner = actor.organisation_id or ""
    if not policies.can_see_drafts(actor, owner):
        raise Forbidden("自社の掲載を読めるのは、事業者としてログインした人だけです。")
    after = ""
    while True:
        statement = repository.entries_owned(kind, owner).where(col(Entry.id) > after)
        rows = session.exec(statement.order_by(col(Entry.id)).limit(PORTION)).all()
        if not rows:
            return
        yield from entry_views(session, rows, today, drafts=True)
        after = rows[-1].id
        for row in rows:
            session.expunge(row)


def named_entries(
    session: Session, actor: Actor, kind: str, today: date, *, ids: Sequence[str], keys: Sequence[str]
) -> list[EntryView]:
    """The firm's entries of a kind that are named by id or by its own key, read in portions."""
    owner = actor.organisation_id or ""
    found: dict[str, Entry] = {}
    for column, names in ((col(Entry.id), ids), (col(Entry.vendor_key), keys)):
        wanted = sorted(set(names))
        for start in range(0, len(wanted), PORTION):
            statement = repository.entries_owned(kind, owner).where(
                column.in_(wanted[start : start + PORTION])
            )
            found.update((row.id, row) for row in session.exec(statement).all())
    rows = list(found.values())
    views: list[EntryView] = []
    for start in range(0, len(rows), PORTION):
        views += entry_views(session, rows[start : start + PORTION], today, drafts=True)
    return views


def save_many(
    session: Session, actor: Actor, clock: Clock, schema: Schema, changes: Sequence[DraftChange]
) -> None:
    """Write every change: new entries with their first draft, edits of drafts, next drafts, keys.

    Raises Forbidden, and ListingsChanged when an entry is no longer what `base_etag` says (or a key was taken).
    """
    owner = require_registrar(actor)
    assert actor.person_id is not None  # require_registrar
    known = _locked(session, [change.entry_id for change in changes if not change.new])
    live = repository.live_revisions(session, list(known.values()))
    newest = repository.newest_revisions(session, list(known.values()))
    now = clock.now()
    entries: list[Entry] = []
    revisions: list[Revision] = []
    for change in changes:
        entry, base = known.get(change.entry_id), None
        if change.new:
            entry = Entry(
                id=change.entry_id,
                kind=change.kind,
                owner_id=owner,
                software_id=change.software_id,
                software_kind="software" if change.software_id else None,
                created_at=now,
                created_by=actor.person_id,
            )
        elif entry is None or entry.owner_id != owner:
            raise ListingsChanged()
        else:
            base = working_revision(live.get(entry.id), newest[entry.id])
            if revision_view(base).etag != change.base_etag or entry.status == "retired":
                raise ListingsChanged()
        if not change.new and entry.vendor_key != change.vendor_key:
            action = f"{entry.kind}.key-changed"
            record(session, actor, action, entry.kind, entry.id, at=now, owner=owner)
        entry.vendor_key = change.vendor_key
        entries.append(entry)
        if change.answers is not None:
            revisions.append(_revision(session, actor, clock, schema, entry, base, change))
    try:
        # Software before offers: these name them.
        session.add_all([entry for entry in entries if entry.kind == "software"])
        session.flush()
        session.add_all([entry for entry in entries if entry.kind != "software"])
        session.flush()
        session.add_all(revisions)
        session.flush()
    except IntegrityError as error:
        raise ListingsChanged() from error


def _locked(session: Session, ids: Sequence[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), PORTION):
        # In one order, so that two imports wait for each other instead of deadlocking.
        statement = select(Entry).where(col(Entry.id).in_(wanted[start : start + PORTION]))
        ordered = statement.order_by(col(Entry.id)).with_for_update()
        rows = session.exec(ordered.execution_options(populate_existing=True)).all()
        found.update((row.id, row) for row in rows)
    return found


def _revision(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    entry: Entry,
    base: Revision | None,
    change: DraftChange,
) -> Revision:
    now, answers = clock.now(), dict(change.answers or {})
    if base is not None and base.status in EDITABLE:
        revision, action = base, "revision.edited"
        revision.answers = answers
        revision.schema_version = schema.version
        revision.content_hash = content_hash(answers, schema.version)
        revision.version += 1
        revision.updated_at = now
    elif base is not None and base.status in repository.OPEN:
        raise ListingsChanged()
    else:
        action = f"{entry.kind}.registered" if base is None else "revision.opened"
        entry.last_number += 1
        revision = Revision(
            id=new_id("rev"),
            entry_id=entry.id,
            number=entry.last_number,
            answers=answers,
            schema_version=schema.version,
            content_hash=content_hash(answers, schema.version),
            created_at=now,
            created_by=actor.person_id or "",
            updated_at=now,
        )
    record(
        session,
        actor,
        action,
        entry.kind,
        entry.id,
        at=now,
        revision_id=revision.id,
        owner=entry.owner_id,
        details={"number": revision.number, "fields": list(change.fields), "bulk": True},
    )
    return revision
