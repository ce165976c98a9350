"""Drafts of an エントリー that a プライム of the claimed number takes over, after seeing them (rules.md, People)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, NotFound
from app.listings import repository
from app.listings.models import Entry
from app.listings.views import RevisionView, revision_view
from app.organisations.spaces import ClaimedSpace, claimed_space, claimed_spaces


@dataclass(frozen=True)
class Draft:
    """One draft in a space."""

    entry_id: str
    kind: str
    revision: RevisionView


@dataclass(frozen=True)
class Adoptable:
    """A space with drafts in it."""

    space: ClaimedSpace
    drafts: tuple[Draft, ...]


def _entries(session: Session, space_id: str) -> list[Entry]:
    return list(
        session.exec(select(Entry).where(col(Entry.owner_id) == space_id).order_by(col(Entry.id))).all()
    )


def _drafts(session: Session, space: ClaimedSpace) -> Adoptable:
    entries = _entries(session, space.organisation_id)
    newest = repository.newest_revisions(session, entries)
    drafts = tuple(Draft(entry.id, entry.kind, revision_view(newest[entry.id])) for entry in entries)
    return Adoptable(space, drafts)


def adoptable(session: Session, actor: Actor) -> list[Adoptable]:
    """The spaces whose drafts the actor's firm may take over, empty ones left out."""
    found = [_drafts(session, space) for space in claimed_spaces(session, actor)]
    return [each for each in found if each.drafts]


def adopt(session: Session, actor: Actor, clock: Clock, space_id: str, seen: set[str]) -> int:
    """Move the space's drafts to the actor's firm; says how many.

    `seen` are the ids of the revisions that were on the screen with their version (`id:version`): Conflict where the
    drafts changed since. Raises NotFound for a space that does not claim the firm's number, or is empty.
    """
    space = claimed_space(session, actor, space_id)
    for entry in _entries(session, space.organisation_id):
        repository.lock_entry(session, entry.id)
    drafts = _drafts(session, space).drafts
    if not drafts:
        raise NotFound("引き継げる下書きはありません。")
    if {f"{draft.revision.id}:{draft.revision.version}" for draft in drafts} != seen:
        raise Conflict("表示した後に下書きが変わりました。内容をもう一度確かめてください。")
    assert actor.organisation_id is not None
    for entry in _entries(session, space.organisation_id):
        entry.owner_id = actor.organisation_id
        entry.vendor_key = None  # the firm may have its own thing under that number
        session.add(entry)
        record(
            session,
            actor,
            f"{entry.kind}.adopted",
            entry.kind,
            entry.id,
            at=clock.now(),
            owner=actor.organisation_id,
            details={"from": space.organisation_id},
        )
    session.flush()
    return len(drafts)
