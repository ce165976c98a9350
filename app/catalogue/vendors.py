"""A vendor as the public sees it: the firm, what it develops, what it offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.catalogue import repository
from app.catalogue.repository import Live
from app.kit.errors import NotFound
from app.organisations.qualifications import QualificationView, public_qualifications


@dataclass(frozen=True)
class ListedEntry:
    """A line of a vendor's list: the software that the link leads to, with the offer's name where it is one."""

    id: str
    software_id: str
    name: str
    summary: str


@dataclass(frozen=True)
class VendorPage:
    """A firm with what it has in the catalogue today."""

    id: str
    name: str
    name_kana: str
    kind: str
    corporate_number: str | None
    prefecture: str
    software: tuple[ListedEntry, ...]
    offers: tuple[ListedEntry, ...]
    qualifications: tuple[QualificationView, ...]


def vendor_page(session: Session, organisation_id: str, today: date) -> VendorPage:
    """The firm's public page. Raises NotFound for what is no vendor, or has nothing in the catalogue."""
    firm = repository.vendor(session, organisation_id)
    if firm is None:
        raise NotFound("この事業者は見つかりません。")
    software, offers = repository.visible_of_vendor(session, organisation_id, today)
    if not software and not offers:
        raise NotFound("この事業者の公開中の掲載はありません。")
    return VendorPage(
        firm.id,
        firm.name,
        firm.name_kana,
        firm.kind,
        firm.corporate_number,
        firm.prefecture,
        tuple(_listed(live, live.entry.id) for live in software),
        tuple(_listed(live, live.entry.software_id or "") for live in offers),
        tuple(public_qualifications(session, firm, today)),
    )


def _listed(live: Live, software_id: str) -> ListedEntry:
    answers = live.revision.answers
    return ListedEntry(
        live.entry.id, software_id, str(answers.get("name", "")), str(answers.get("summary", ""))
    )
