"""Frozen views of entries and revisions: what services hand to endpoints and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.kit.http import etag
from app.listings import repository
from app.listings.lifecycle import EDITABLE
from app.listings.models import Entry, Revision, SellerAuthorisation
from app.organisations.models import Organisation


@dataclass(frozen=True)
class OwnerCard:
    """The firm behind an entry, as everybody may see it."""

    id: str
    name: str
    kind: str
    corporate_number: str | None
    prefecture: str


@dataclass(frozen=True)
class RevisionView:
    """One numbered revision with its answers and the schema version they were made under."""

    id: str
    entry_id: str
    number: int
    status: str
    answers: Mapping[str, Any]
    schema_version: int
    content_hash: str
    version: int
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    submitted_by: str | None
    decided_at: datetime | None
    published_at: datetime | None
    replaced_at: datetime | None
    self_published: bool = False
    revoked_at: datetime | None = None
    revocation_note: str = ""
    revocation_reason: str = ""
    """For the owner and the Agency only."""

    @property
    def etag(self) -> str:
        """Strong ETag: grows with each edit and each further revision."""
        return etag(self.number, self.version)

    @property
    def editable(self) -> bool:
        """Whether its answers may still change."""
        return self.status in EDITABLE

    @property
    def name(self) -> str:
        """What the vendor calls it; empty while unanswered."""
        value = self.answers.get("name", "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class EntryView:
    """A software or an offer with its live revision, and, for those who may see it, the one being worked on."""

    id: str
    kind: str
    status: str
    owner: OwnerCard
    software_id: str | None
    visible: bool
    """Whether the public sees it today."""
    created_at: datetime
    published_at: datetime | None
    last_day: date | None
    ended_on: date | None
    end_note: str
    end_reason: str
    live: RevisionView | None
    vendor_key: str | None
    """The owner's own number for it; None for whom drafts are not."""
    working: RevisionView | None
    """The newest revision where it is open, else the live one, else the newest (rejected); None for the public."""
    renewing: bool = False
    """更新手続中: public by grace only (its firm, or the firm of its software), closed to new contracts."""

    @property
    def draft(self) -> RevisionView | None:
        """The working revision unless it is the live one."""
        return (
            self.working if self.working and (self.live is None or self.working.id != self.live.id) else None
        )

    @property
    def name(self) -> str:
        """The public name, or that of the draft."""
        shown = self.live or self.working
        return (shown.name if shown else "") or "（名称未記入）"

    @property
    def etag(self) -> str:
        """ETag of what this view may edit, or of the live revision."""
        shown = self.working or self.live
        return shown.etag if shown else etag(0, 0)


@dataclass(frozen=True)
class SellerView:
    """A seller authorisation with the names of both sides."""

    id: str
    software_id: str
    software_name: str
    developer: OwnerCard
    seller: OwnerCard
    status: str
    ends_on: date | None
    created_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None


def owner_card(organisation: Organisation) -> OwnerCard:
    """The public card of a firm."""
    return OwnerCard(
        organisation.id,
        organisation.name,
        organisation.kind,
        organisation.corporate_number,
        organisation.prefecture,
    )


def revision_view(row: Revision) -> RevisionView:
    """The frozen view of a revision."""
    return RevisionView(
        id=row.id,
        entry_id=row.entry_id,
        number=row.number,
        status=row.status,
        answers=dict(row.answers),
        schema_version=row.schema_version,
        content_hash=row.content_hash,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        decided_at=row.decided_at,
        published_at=row.published_at,
        replaced_at=row.replaced_at,
        self_published=row.self_published,
        revoked_at=row.revoked_at,
        revocation_note=row.revocation_note,
        revocation_reason=row.revocation_reason,
    )


def working_revision(live: Revision | None, newest: Revision) -> Revision:
    """What an edit goes on from: the open revision, else the live one, else the newest."""
    return newest if newest.status in repository.OPEN or live is None else live


def entry_views(session: Session, entries: Sequence[Entry], today: date, *, drafts: bool) -> list[EntryView]:
    """Views of these entries in their order, by four queries however many there are. `drafts` adds `working`."""
    live = repository.live_revisions(session, entries)
    newest = repository.newest_revisions(session, entries) if drafts else {}
    firms = repository.owners(session, [entry.owner_id for entry in entries])
    seen = repository.seen_entries(session, [entry.id for entry in entries], today)
    views = []
    for entry in entries:
        shown = live.get(entry.id)
        working = working_revision(shown, newest[entry.id]) if drafts else None
        views.append(
            EntryView(
                id=entry.id,
                kind=entry.kind,
                status=entry.status,
                owner=owner_card(firms[entry.owner_id]),
                software_id=entry.software_id,
                visible=entry.id in seen,
                created_at=entry.created_at,
                published_at=entry.published_at,
                last_day=entry.last_day,
                ended_on=entry.ended_on,
                end_note=entry.end_note,
                end_reason=entry.end_reason if drafts else "",
                live=revision_view(shown) if shown else None,
                vendor_key=entry.vendor_key if drafts else None,
                working=revision_view(working) if working else None,
                renewing=seen.get(entry.id, False),
            )
        )
    return views


def entry_view(session: Session, entry: Entry, today: date, *, drafts: bool) -> EntryView:
    """The view of one entry."""
    return entry_views(session, [entry], today, drafts=drafts)[0]


def seller_views(session: Session, rows: Sequence[SellerAuthorisation]) -> list[SellerView]:
    """Views of these authorisations in their order, by a fixed number of queries."""
    entries = repository.entries_by_id(session, [row.software_id for row in rows])
    live = repository.live_revisions(session, list(entries.values()))
    newest = repository.newest_revisions(session, list(entries.values()))
    firms = repository.owners(
        session, [row.seller_id for row in rows] + [entry.owner_id for entry in entries.values()]
    )
    views = []
    for row in rows:
        named = live.get(row.software_id) or newest[row.software_id]
        views.append(
            SellerView(
                id=row.id,
                software_id=row.software_id,
                software_name=revision_view(named).name or "（名称未記入）",
                developer=owner_card(firms[entries[row.software_id].owner_id]),
                seller=owner_card(firms[row.seller_id]),
                status=row.status,
                ends_on=row.ends_on,
                created_at=row.created_at,
                accepted_at=row.accepted_at,
                ended_at=row.ended_at,
            )
        )
    return views
