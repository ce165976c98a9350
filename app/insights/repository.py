"""Queries behind a vendor's counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from app.insights.models import ListingCount
from app.listings.models import Entry, Revision
from app.procurement.models import Condition, Exclusion, ExclusionItem, Project, ShortlistItem


def own_entries(session: Session, owner_id: str) -> Sequence[tuple[Entry, str]]:
    """The firm's entries that were ever published, with their present names, in order of id."""
    rows = session.exec(
        select(Entry, Revision)
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .where(col(Entry.owner_id) == owner_id)
        .order_by(col(Entry.id))
    ).all()
    return [(entry, str(revision.answers.get("name", ""))) for entry, revision in rows]


def counts(session: Session, ids: Collection[str]) -> Sequence[ListingCount]:
    """What was counted of these entries."""
    return session.exec(
        select(ListingCount)
        .where(col(ListingCount.entry_id).in_(ids))
        .order_by(col(ListingCount.entry_id), col(ListingCount.week), col(ListingCount.kind))
    ).all()


def shortlisted(session: Session, ids: Collection[str]) -> Sequence[tuple[str, str | None, str, datetime]]:
    """(software, offer, body, when) of each time one of these was made a candidate, also where it was removed."""
    rows = session.exec(
        select(
            col(ShortlistItem.software_id),
            col(ShortlistItem.offer_id),
            col(Project.organisation_id),
            col(ShortlistItem.added_at),
        )
        .join(Project, col(Project.id) == col(ShortlistItem.project_id))
        .where(col(ShortlistItem.software_id).in_(ids) | col(ShortlistItem.offer_id).in_(ids))
        .order_by(col(ShortlistItem.id))
    ).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def left_out(
    session: Session, ids: Collection[str]
) -> Sequence[tuple[str, str | None, str | None, str, datetime]]:
    """(software, the condition's subject and field, body, when) of each standing exclusion of one of these."""
    rows = session.exec(
        select(ExclusionItem, Exclusion)
        .join(Exclusion, col(Exclusion.id) == col(ExclusionItem.exclusion_id))
        .where(col(ExclusionItem.entry_id).in_(ids), col(ExclusionItem.withdrawn_at).is_(None))
        .order_by(col(ExclusionItem.exclusion_id), col(ExclusionItem.entry_id))
    ).all()
    by = {exclusion.condition_id for _, exclusion in rows if exclusion.condition_id}
    asked_for = session.exec(select(Condition).where(col(Condition.id).in_(by))).all()
    conditions = {condition.id: (condition.subject, condition.field) for condition in asked_for}
    asked = {item.project_id for item, _ in rows}
    found = session.exec(
        select(col(Project.id), col(Project.organisation_id)).where(col(Project.id).in_(asked))
    ).all()
    bodies = dict(found)
    return [
        (
            item.entry_id,
            *conditions.get(exclusion.condition_id or "", (None, None)),
            bodies[item.project_id],
            exclusion.created_at,
        )
        for item, exclusion in rows
    ]
