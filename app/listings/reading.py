"""Reading listings: what strangers see, what the owner and reviewers see, and what a buyer's pin keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.errors import Forbidden, Gone, NotFound, Unauthenticated, invalid
from app.kit.pagination import Paging, paginate
from app.listings import policies, repository
from app.listings.endings import endings
from app.listings.lifecycle import ENTRY
from app.listings.models import Entry
from app.listings.views import (
    EntryView,
    OwnerCard,
    RevisionView,
    entry_view,
    entry_views,
    owner_card,
    revision_view,
)

KIND_NAMES = {"software": "ソフトウェア", "offer": "サービス"}


@dataclass(frozen=True)
class Published:
    """What the public sees of an entry: its facts and the live revision."""

    entry: EntryView
    revision: RevisionView


@dataclass(frozen=True)
class PinnedRevision:
    """A revision as a buyer keeps it, whatever became of the listing since."""

    revision: RevisionView
    kind: str
    owner: OwnerCard
    software_id: str
    """Of the software itself, or of the one that the offer is on."""


def published(session: Session, software_id: str, today: date) -> Published:
    """A software as the public sees it. Raises NotFound (never published) or Gone (id, kind, ended_on, note)."""
    return published_entry(session, "software", software_id, today)


def published_entry(session: Session, kind: str, entry_id: str, today: date) -> Published:
    """A software or an offer as the public sees it. Raises NotFound or Gone."""
    entry = repository.find_entry(session, entry_id, kind)
    if entry is None or entry.published_revision_id is None:
        raise NotFound()
    view = entry_view(session, entry, today, drafts=False)
    if not view.visible or view.live is None:
        raise gone(session, entry, today)
    return Published(view, view.live)


def published_revisions(session: Session, seen: Published) -> list[RevisionView]:
    """Every revision that became public and was not taken back, newest first, of an entry that the public sees."""
    rows = repository.revisions_of(session, seen.entry.id)
    return [revision_view(row) for row in rows if row.published_at is not None and row.revoked_at is None]


def published_at(session: Session, kind: str, entry_id: str, number: int, today: date) -> Published:
    """A software or an offer that the public sees, as its revision `number` said it.

    Raises NotFound for a revision that never was public or was taken back, and as `published_entry` does.
    """
    entry = published_entry(session, kind, entry_id, today).entry
    row = repository.numbered_revision(session, entry_id, number)
    if row is None or row.published_at is None or row.revoked_at is not None:
        raise NotFound(
            f"「{entry_id}」の第{number}版は、公開された版ではありません。版の番号を確かめてください。"
        )
    return Published(entry, revision_view(row))


def published_many(session: Session, kind: str, ids: Sequence[str], today: date) -> list[Published]:
    """Those of these entries that the public sees, in the order given, by a fixed number of queries."""
    found = repository.entries_by_id(session, ids)
    rows = [found[one] for one in ids if one in found and found[one].kind == kind]
    views = entry_views(session, rows, today, drafts=False)
    return [Published(view, view.live) for view in views if view.visible and view.live is not None]


def published_offers(session: Session, software_id: str, today: date) -> list[Published]:
    """The offers on a software that the public sees, oldest first."""
    views = entry_views(session, repository.offers_seen(session, software_id, today), today, drafts=False)
    return [Published(view, view.live) for view in views if view.live is not None]


def published_page(
    session: Session,
    kind: str,
    today: date,
    paging: Paging,
    *,
    software_id: str | None = None,
    owner_id: str | None = None,
) -> tuple[list[EntryView], str | None]:
    """One page of what the public sees of a kind, newest first, and the next cursor."""
    narrowed = {"software_id": software_id, "owner_id": owner_id}
    params = {name: value for name, value in narrowed.items() if value is not None}
    statement = repository.entries_seen(kind, today, frozenset(params))
    rows, following = paginate(session, statement, Entry, paging, params=params)
    return entry_views(session, rows, today, drafts=False), following


def owned_page(
    session: Session,
    actor: Actor,
    kind: str,
    today: date,
    paging: Paging,
    *,
    software_id: str | None = None,
    status: str | None = None,
) -> tuple[list[EntryView], str | None]:
    """One page of the actor's firm's entries in every state, newest first.

    Raises Forbidden for who has none, Invalid for no status.
    """
    if actor.kind == "anonymous":
        raise Unauthenticated()
    if actor.organisation_id is None or not policies.can_see_drafts(actor, actor.organisation_id):
        raise Forbidden("自社の掲載の一覧は、事業者としてログインした人だけが読めます。")
    _require_status(status)
    statement = repository.entries_owned(kind, actor.organisation_id, software_id=software_id, status=status)
    rows, following = paginate(session, statement, Entry, paging)
    return entry_views(session, rows, today, drafts=True), following


def _require_status(status: str | None) -> None:
    if status is not None and status not in ENTRY.statuses:
        message = f"状態「{status[:20]}」はありません。"
        raise invalid("/status", "unknown_term", message, "、".join(ENTRY.statuses))


def all_page(
    session: Session, actor: Actor, kind: str, today: date, paging: Paging, *, status: str | None = None
) -> tuple[list[EntryView], str | None]:
    """One page of every firm's entries, for the Agency. Raises NotFound for anybody else, Invalid for no status."""
    if not policies.can_see_drafts(actor, ""):
        raise NotFound()
    _require_status(status)
    rows, following = paginate(session, repository.entries_owned(kind, None, status=status), Entry, paging)
    return entry_views(session, rows, today, drafts=True), following


def read_entry(session: Session, actor: Actor, kind: str, entry_id: str, today: date) -> EntryView:
    """An entry as this actor may see it. Raises NotFound, or Gone for what left the catalogue."""
    entry = repository.find_entry(session, entry_id, kind)
    if entry is None:
        raise NotFound()
    if policies.can_see_drafts(actor, entry.owner_id):
        return entry_view(session, entry, today, drafts=True)
    return published_entry(session, kind, entry_id, today).entry


def read_own(session: Session, actor: Actor, kind: str, entry_id: str, today: date) -> EntryView:
    """An entry of the actor's own firm, with its draft. Raises NotFound for every other."""
    entry = repository.find_entry(session, entry_id, kind)
    if (
        entry is None
        or not actor.acts_for(entry.owner_id)
        or not policies.can_see_drafts(actor, entry.owner_id)
    ):
        raise NotFound()
    return entry_view(session, entry, today, drafts=True)


def software_name(session: Session, software_id: str) -> str:
    """What the software that an offer is on is called: its public name, or the draft's. Raises NotFound.

    For its developer and those whom the developer named as sellers; the caller has reached it through an offer.
    """
    entry = repository.find_entry(session, software_id, "software")
    if entry is None:
        raise NotFound()
    shown = repository.live_revisions(session, [entry]) or repository.newest_revisions(session, [entry])
    return revision_view(shown[entry.id]).name or "（名称未記入）"


def list_revisions(
    session: Session, actor: Actor, kind: str, entry_id: str, today: date
) -> tuple[list[RevisionView], bool]:
    """Revisions newest first, and whether the actor may see all about them (the public: numbers and dates of
    published ones). Raises NotFound or Gone."""
    view = read_entry(session, actor, kind, entry_id, today)
    rows = [revision_view(row) for row in repository.revisions_of(session, entry_id)]
    if policies.can_see_drafts(actor, view.owner.id):
        return rows, True
    return [row for row in rows if row.published_at is not None], False


def read_revision(
    session: Session, actor: Actor, kind: str, entry_id: str, number: int, today: date
) -> RevisionView:
    """One revision: any for the owner and reviewers, the live one for the public. Raises NotFound or Gone."""
    view = read_entry(session, actor, kind, entry_id, today)
    row = repository.numbered_revision(session, entry_id, number)
    if row is None:
        raise NotFound()
    if policies.can_see_drafts(actor, view.owner.id) or (view.live is not None and row.id == view.live.id):
        return revision_view(row)
    raise NotFound("公開されているのは現在の版だけです。")


def revision_for_buyer(session: Session, revision_id: str) -> PinnedRevision:
    """A revision that was published at some time, for the buyer whose project or contract pins it (the caller has
    made sure of that). Raises NotFound."""
    row = repository.find_revision(session, revision_id)
    entry = repository.find_entry(session, row.entry_id) if row else None
    if row is None or entry is None or row.published_at is None:
        raise NotFound()
    firm = repository.owners(session, [entry.owner_id])[entry.owner_id]
    return PinnedRevision(revision_view(row), entry.kind, owner_card(firm), entry.software_id or entry.id)


def live_before(session: Session, entry_id: str, revision_id: str) -> RevisionView | None:
    """What was live when that revision was up for decision: the published revision before it, if any."""
    this = repository.find_revision(session, revision_id)
    if this is None:
        raise NotFound()
    earlier = [
        row
        for row in repository.revisions_of(session, entry_id)
        if row.published_at is not None and row.revoked_at is None and row.number < this.number
    ]
    return revision_view(earlier[0]) if earlier else None


def gone(session: Session, entry: Entry, today: date) -> Gone | NotFound:
    """The refusal for what the public no longer sees: 410 with id, kind of end, date and public note."""
    end = endings(session, [entry], today).get(entry.id)
    if end is None:
        return NotFound()
    return Gone(
        f"この{KIND_NAMES[entry.kind]}の掲載は終了しました。",
        id=entry.id,
        kind=end.kind,
        ended_on=end.ended_on.isoformat() if end.ended_on else None,
        note=end.note,
    )
