"""The shortlist (候補): results of the locked search, pinned, each with the offer that would be bought."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, NotFound, invalid
from app.kit.http import etag
from app.kit.ids import new_id
from app.listings import service as listings
from app.procurement import repository
from app.procurement.models import Project, ShortlistItem
from app.procurement.project_schemas import ShortlistChange, ShortlistIn
from app.procurement.reach import editable, editable_draft, reachable, require_match


@dataclass(frozen=True)
class ShortlistView:
    """A candidate with names read from its pinned revisions."""

    id: str
    software_id: str
    software_name: str
    software_revision_id: str
    software_revision_number: int
    vendor_name: str
    offer_id: str | None
    offer_name: str
    offer_revision_id: str | None
    offer_revision_number: int | None
    seller_id: str | None
    seller_name: str
    note: str
    added_at: datetime
    removed_at: datetime | None
    removal_reason: str


def shortlist_of(session: Session, actor: Actor, project_id: str) -> tuple[ShortlistView, ...]:
    """Every candidate in the order of adding, removed ones too. Raises NotFound."""
    project = reachable(session, actor, project_id)
    return views_of(session, repository.shortlist(session, project.id))


def shortlist_item(
    session: Session, actor: Actor, project_id: str, item_id: str
) -> tuple[ShortlistView, listings.PinnedRevision, listings.PinnedRevision | None]:
    """One candidate with its pinned revisions, whatever became of the listing. Raises NotFound."""
    project = reachable(session, actor, project_id)
    item = _item(session, project, item_id)
    offer = listings.revision_for_buyer(session, item.offer_revision_id) if item.offer_revision_id else None
    return (
        views_of(session, [item])[0],
        listings.revision_for_buyer(session, item.software_revision_id),
        offer,
    )


def pinned_result(
    session: Session, actor: Actor, project_id: str, software_id: str
) -> tuple[listings.PinnedRevision, tuple[listings.PinnedRevision, ...]]:
    """A result of the locked search and its offers as they were pinned. Raises NotFound."""
    project = reachable(session, actor, project_id)
    search = repository.locked_search(session, project.id)
    rows = repository.results(session, search.id) if search else ()
    row = next((row for row in rows if row.entry_id == software_id), None)
    if row is None:
        raise NotFound("確定した検索の結果に、そのソフトウェアはありません。")
    offers = tuple(listings.revision_for_buyer(session, str(o["revision_id"])) for o in row.offers)
    return listings.revision_for_buyer(session, row.revision_id), offers


def views_of(session: Session, items: Sequence[ShortlistItem]) -> tuple[ShortlistView, ...]:
    """Views of candidates, by two queries."""
    ids = [item.software_revision_id for item in items]
    ids += [item.offer_revision_id for item in items if item.offer_revision_id]
    pinned = repository.revisions(session, ids)
    names = repository.organisation_names(session, [entry.owner_id for entry, _ in pinned.values()])
    views = []
    for item in items:
        software, revision = pinned[item.software_revision_id]
        offer = pinned.get(item.offer_revision_id or "")
        views.append(
            ShortlistView(
                id=item.id,
                software_id=item.software_id,
                software_name=str(revision.answers.get("name", "")),
                software_revision_id=revision.id,
                software_revision_number=revision.number,
                vendor_name=names.get(software.owner_id, ""),
                offer_id=item.offer_id,
                offer_name=str(offer[1].answers.get("name", "")) if offer else "",
                offer_revision_id=item.offer_revision_id,
                offer_revision_number=offer[1].number if offer else None,
                seller_id=offer[0].owner_id if offer else None,
                seller_name=names.get(offer[0].owner_id, "") if offer else "",
                note=item.note,
                added_at=item.added_at,
                removed_at=item.removed_at,
                removal_reason=item.removal_reason,
            )
        )
    return tuple(views)


def tag_of(view: ShortlistView) -> str:
    """The candidate's ETag: of what a patch may change."""
    note = hashlib.sha256(view.note.encode()).hexdigest()[:12]
    return etag(view.id, view.offer_revision_id or "none", note, "removed" if view.removed_at else "listed")


def add_candidate(
    session: Session, actor: Actor, clock: Clock, project_id: str, given: ShortlistIn
) -> ShortlistItem:
    """Shortlist a result of the locked search at the revision that the search pinned.

    Raises Conflict without a locked search, or for a result excluded or shortlisted already; Invalid for what is no
    result, or no visible offer of it.
    """
    project = editable(session, actor, project_id)
    search = repository.locked_search(session, project.id)
    if search is None:
        raise Conflict("まだ検索が確定していません。検索を保存し、一つを確定してから候補を加えてください。")
    row = next((r for r in repository.results(session, search.id) if r.entry_id == given.software_id), None)
    if row is None:
        raise invalid(
            "/software_id",
            "not_a_result",
            "確定した検索の結果に、そのソフトウェアはありません。",
            "結果にあるものを選んでください。",
        )
    if any(
        item.software_id == row.entry_id and item.removed_at is None
        for item in repository.shortlist(session, project.id)
    ):
        raise Conflict("すでに候補に入っています。")
    if any(
        item.entry_id == row.entry_id and item.withdrawn_at is None
        for item in repository.exclusion_items(session, project.id)
    ):
        raise Conflict("除外したものは候補にできません。先に除外を取り消してください。")
    now = clock.now()
    offer = _offer(session, clock, row.entry_id, given.offer_id) if given.offer_id else None
    item = ShortlistItem(
        id=new_id("sli"),
        project_id=project.id,
        search_id=search.id,
        software_id=row.entry_id,
        software_revision_id=row.revision_id,
        offer_id=offer[0] if offer else None,
        offer_revision_id=offer[1] if offer else None,
        note=given.note,
        added_by=actor.person_id or "",
        added_at=now,
    )
    session.add(item)
    session.flush()
    record(
        session, actor, "candidate.shortlisted", "project", project.id,
        at=now, revision_id=item.software_revision_id, owner=project.organisation_id,
        details={"item_id": item.id, "software_id": item.software_id, "offer_revision_id": item.offer_revision_id},
    )  # fmt: skip
    return item


def change_candidate(
    session: Session,
    actor: Actor,
    clock: Clock,
    project_id: str,
    item_id: str,
    if_match: str | None,
    given: ShortlistChange,
) -> ShortlistItem:
    """Choose the offer (at its present public revision), or write another note.

    Raises NotFound, Forbidden for a supporter who chooses, PreconditionRequired, PreconditionFailed, Invalid.
    """
    # A supporter drafts notes; which offer it is to be is for the body.
    reach = editable if "offer_id" in given.model_fields_set else editable_draft
    project = reach(session, actor, project_id)
    item = _current(session, project, item_id)
    require_match(if_match, tag_of(views_of(session, [item])[0]))
    if "offer_id" in given.model_fields_set:
        choose_offer(session, actor, clock, project, item, given.offer_id)
    if "note" in given.model_fields_set and given.note != item.note:
        item.note = given.note
        session.add(item)
        session.flush()
        record(
            session, actor, "candidate.noted", "project", project.id,
            at=clock.now(), owner=project.organisation_id, details={"item_id": item.id},
        )  # fmt: skip
    return item


def choose_offer(
    session: Session, actor: Actor, clock: Clock, project: Project, item: ShortlistItem, offer_id: str | None
) -> None:
    """Pin the offer's present public revision to a candidate. Raises Invalid for no visible offer of that software."""
    offer = _offer(session, clock, item.software_id, offer_id) if offer_id else (None, None)
    item.offer_id, item.offer_revision_id = offer
    session.add(item)
    session.flush()
    record(
        session, actor, "candidate.offer-chosen", "project", project.id,
        at=clock.now(), revision_id=item.offer_revision_id, owner=project.organisation_id,
        details={"item_id": item.id, "offer_id": item.offer_id},
    )  # fmt: skip


def remove_candidate(
    session: Session, actor: Actor, clock: Clock, project_id: str, item_id: str, reason: str
) -> ShortlistItem:
    """Take a candidate off the list; it stays in the record with the reason. Raises NotFound."""
    project = editable(session, actor, project_id)
    item = _current(session, project, item_id)
    item.removed_at = clock.now()
    item.removal_reason = reason
    session.add(item)
    session.flush()
    record(
        session, actor, "candidate.removed", "project", project.id,
        at=item.removed_at, owner=project.organisation_id, details={"item_id": item.id},
    )  # fmt: skip
    return item


def _item(session: Session, project: Project, item_id: str) -> ShortlistItem:
    found = next((item for item in repository.shortlist(session, project.id) if item.id == item_id), None)
    if found is None:
        raise NotFound("この案件にその候補はありません。")
    return found


def _current(session: Session, project: Project, item_id: str) -> ShortlistItem:
    item = _item(session, project, item_id)
    if item.removed_at is not None:
        raise Conflict("この候補は外されています。もう一度候補に加えてください。")
    return item


def _offer(session: Session, clock: Clock, software_id: str, offer_id: str) -> tuple[str, str]:
    offers = listings.published_offers(session, software_id, clock.today())
    found = next((offer for offer in offers if offer.entry.id == offer_id), None)
    if found is None:
        listed = (
            "、".join(f"「{o.entry.id}」（{o.entry.name}）" for o in offers) or "公開中のサービスはありません"
        )
        raise invalid(
            "/offer_id",
            "not_an_offer",
            "「サービス（価格）」：このソフトウェアの公開中のサービスではありません。",
            f"選べるもの: {listed}",
        )
    return found.entry.id, found.revision.id
