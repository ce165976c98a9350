"""What the listings that the public sees say about one version: one query, however many they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from app.conformance.models import ConformanceClaim
from app.conformance.statements import UNANSWERED, Statement, unpacked
from app.listings.models import Entry, Revision
from app.listings.repository import visible_software
from app.organisations.models import Organisation


@dataclass(frozen=True)
class PublicClaim:
    """What a software's live revision says about a version; packed, as it is stored."""

    software_id: str
    software_name: str
    vendor_id: str
    vendor: str
    group: str
    """The firms of one group (グループ) share it; a firm of none has one of its own."""
    version_id: str
    states: str
    """A letter for each requirement (`statements.LETTERS`)."""
    details: Mapping[str, Any]

    @property
    def statements(self) -> dict[int, Statement]:
        """The statements by the position of their requirement."""
        return unpacked(self.states, self.details)

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The positions of the requirements without a statement."""
        return tuple(position for position, letter in enumerate(self.states) if letter == UNANSWERED)


def public_claims(
    session: Session,
    version_ids: Collection[str],
    today: date,
    software_ids: Collection[str] | None = None,
) -> list[PublicClaim]:
    """Of all the software that the public sees, or of these, what they say about these versions.

    By software and version. A claim that the live revision dropped is none; answers of drafts are left out.
    """
    statement = (
        select(ConformanceClaim, col(Revision.answers)["name"].as_string(), Organisation)
        .join(Entry, col(Entry.id) == col(ConformanceClaim.entry_id))
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .join(Organisation, col(Organisation.id) == col(Entry.owner_id))
        .where(
            col(ConformanceClaim.version_id).in_(set(version_ids)),
            col(ConformanceClaim.revision_number) <= col(Revision.number),
            visible_software(today),
        )
        .order_by(col(ConformanceClaim.revision_number), col(ConformanceClaim.id))
    )
    if software_ids is not None:
        statement = statement.where(col(ConformanceClaim.entry_id).in_(set(software_ids)))
    newest: dict[tuple[str, str], PublicClaim] = {}
    for row, name, firm in session.exec(statement).all():
        place = (row.entry_id, row.version_id)
        newest.pop(place, None)
        if not row.dropped:
            group = f"group:{firm.group_key}" if firm.group_key else firm.id
            newest[place] = PublicClaim(
                row.entry_id,
                name or "",
                firm.id,
                firm.name,
                group,
                row.version_id,
                row.states,
                row.details,
            )
    return [newest[place] for place in sorted(newest)]
