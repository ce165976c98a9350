"""Published software written straight into the tables, where many are wanted: how one is published has other tests."""

from __future__ import annotations

from sqlmodel import Session

from app.kit.clock import Clock
from app.kit.ids import new_id
from app.listings.models import Entry, Revision
from app.outbox.publish import publish


def published_software(session: Session, clock: Clock, owner_id: str) -> str:
    """One more, with its note for the feed; its id."""
    now = clock.now()
    entry = Entry(
        id=new_id("sw"),
        kind="software",
        owner_id=owner_id,
        status="published",
        created_at=now,
        created_by="test",
        published_at=now,
        last_number=1,
    )
    session.add(entry)
    session.flush()
    revision = Revision(
        id=new_id("rev"),
        entry_id=entry.id,
        number=1,
        status="approved",
        answers={"name": f"製品 {entry.id}"},
        schema_version=1,
        content_hash="0",
        created_at=now,
        created_by="test",
        updated_at=now,
        published_at=now,
    )
    session.add(revision)
    entry.published_revision_id = revision.id
    session.add(entry)
    publish(session, "catalogue.sync", entry.id, at=now)
    return entry.id
