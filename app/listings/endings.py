"""Why an entry that was once published is not in the catalogue: what 410 and the change feed say of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.kit.clock import TOKYO
from app.listings import repository
from app.listings.models import Entry
from app.organisations import expiry
from app.organisations.models import MasterAgreement


@dataclass(frozen=True)
class Ending:
    """Why an entry that was once published is not in the catalogue: the 410's facts, and nothing else."""

    kind: str
    """withdrawn, suspended, retired (the entry's own), agreement or qualification (its firm's),
    seller, software (an offer's)."""
    ended_on: date | None
    note: str


def endings(session: Session, entries: Collection[Entry], today: date) -> dict[str, Ending]:
    """Why the public does not see those of the entries that were once published, by id, by a fixed number of queries.

    What it sees on the day, and what it never saw, is left out.
    """
    once = [entry for entry in entries if entry.published_revision_id is not None]
    above = repository.entries_by_id(session, [entry.software_id for entry in once if entry.software_id])
    concerned = {entry.id: entry for entry in (*above.values(), *once)}
    seen = repository.visible_ids(session, list(concerned), today)
    hidden = [entry for entry in concerned.values() if entry.id not in seen]
    if not hidden:
        return {}
    firms = {entry.owner_id for entry in hidden}
    bound = repository.firms_in_force(session, firms, today)
    agreements = repository.last_agreements(session, firms, today)
    over = expiry.ends_of(session, firms, agreements.values(), today)
    grants = repository.last_grants(session, {entry.software_id for entry in hidden if entry.software_id})

    def of(entry: Entry) -> Ending:
        if entry.status == "retired" and entry.last_day is not None and entry.last_day < today:
            return Ending("retired", entry.last_day, entry.end_note)
        if entry.status in ("withdrawn", "suspended"):
            return Ending(entry.status, entry.ended_on, entry.end_note)
        if entry.owner_id not in bound:
            agreement = agreements.get(entry.owner_id)
            if agreement is not None and agreement.status == "active" and entry.owner_id in over.unqualified:
                return Ending("qualification", over.unqualified[entry.owner_id], "")
            note = agreement.note if agreement is not None and agreement.status == "suspended" else ""
            return Ending("agreement", _ended_on(agreement, over.agreements, today), note)
        software = above.get(entry.software_id or "")
        if software is not None and software.id not in seen:
            cause = of(software) if software.published_revision_id is not None else None
            return Ending("software", cause.ended_on if cause else None, cause.note if cause else "")
        grant = grants.get((entry.software_id or "", entry.owner_id))
        return Ending("seller", grant.ends_on if grant else None, "")

    return {entry.id: of(entry) for entry in once if entry.id not in seen}


def _ended_on(agreement: MasterAgreement | None, carried: dict[str, date], today: date) -> date | None:
    """The first day by which it was no longer in force: its last day (with grace), its end, or its suspension."""
    if agreement is None:
        return None
    moments = (agreement.ended_at, agreement.suspended_at)
    days = [moment.astimezone(TOKYO).date() for moment in moments if moment is not None]
    last = carried.get(agreement.id, agreement.ends_on)
    if last is not None and last < today:
        days.append(last)
    return min(days, default=None)
