"""Published in error: the Agency takes the live revision back, with a public note."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.errors import Forbidden, NotFound
from app.listings import service as listings
from app.outbox.publish import publish


def revoke(
    session: Session,
    actor: Actor,
    clock: Clock,
    kind: str,
    entry_id: str,
    revision_id: str,
    reason: str,
    note: str,
) -> listings.EntryView:
    """Take back what is public of the entry; the vendor reads the reason, everybody the note.

    The published revision before it is live again; without one the entry is suspended, and its address answers 410 with
    the note. Raises NotFound, Forbidden, Conflict where another revision is live by now, TransitionRefused, Invalid.
    """
    basis = listings.basis_of(session, entry_id)
    if basis.kind != kind:
        raise NotFound()
    if not actor.may(Permission.LISTING_SUSPEND):
        raise Forbidden("公開を取り消せるのは、デジタル庁の管理者だけです。")
    listings.revoke(session, actor, clock, entry_id, revision_id, reason, note)
    publish(session, "notify.listing-revoked", revision_id, at=clock.now())
    return listings.read_entry(session, actor, kind, entry_id, clock.today())
