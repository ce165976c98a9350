"""Looks at the sample's listings in the weeks before it was loaded, for the vendors' counts."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.insights.counting import Key, week_of, write_sums
from app.listings.models import Entry

WEEKS = 6


def count_looks(session: Session, today: date) -> None:
    """Add some looks and comparisons to every published software, more to some than to others."""
    ids = session.exec(
        select(col(Entry.id))
        .where(col(Entry.kind) == "software", col(Entry.published_revision_id).is_not(None))
        .order_by(col(Entry.id))
    ).all()
    sums: dict[Key, int] = {}
    for place, entry_id in enumerate(ids):
        for back in range(WEEKS):
            week = week_of(today) - timedelta(weeks=back)
            sums[entry_id, week, "seen"] = 4 + (place * 7 + back * 11) % 40
            sums[entry_id, week, "compared"] = 1 + (place * 5 + back * 3) % 6
    write_sums(session, sums)
