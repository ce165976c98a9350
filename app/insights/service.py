"""A vendor's counts of its own listings: seen, compared, made candidates, left out by which condition.

A week late, without the bodies' names, and never of fewer than three bodies (app.insights.periods).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from sqlmodel import Session

from app.access.actor import Actor
from app.insights import repository
from app.insights.counting import week_of
from app.insights.periods import LEAST, Happening, merged
from app.kit.clock import TOKYO, Clock
from app.kit.errors import NotFound
from catalogue_schema import FieldUnknown, Schema, SubjectUnknown

What = Literal["seen", "compared", "shortlisted", "left_out"]
ORDER: tuple[What, ...] = ("seen", "compared", "shortlisted", "left_out")


@dataclass(frozen=True)
class Count:
    """How often something became of a listing in a period."""

    id: str
    """Of the listing, the happening, the condition and the first day: the same at each answer."""
    listing_id: str
    listing_kind: str
    listing_name: str
    first_day: date
    last_day: date
    what: What
    condition: str
    """The label of the field that the condition asked for; empty for other reasons and for other counts."""
    count: int


def counts_of(session: Session, actor: Actor, clock: Clock, schema: Schema) -> list[Count]:
    """Everything that may be told of the actor's own listings: newest period first, then by listing."""
    owned = repository.own_entries(session, actor.organisation_id or "")
    names = {entry.id: (entry.kind, name) for entry, name in owned}
    found: dict[tuple[str, What, str], list[Happening]] = {}
    for row in repository.counts(session, list(names)):
        what: What = "seen" if row.kind == "seen" else "compared"
        # Who looked is not known: each look counts as one of those who must be enough.
        singly = min(row.count, LEAST)
        looks = [Happening(row.week, f"{row.week}:{number}") for number in range(singly)]
        looks[-1] = replace(looks[-1], count=row.count - singly + 1)
        found.setdefault((row.entry_id, what, ""), []).extend(looks)
    for software_id, offer_id, body_id, at in repository.shortlisted(session, list(names)):
        for entry_id in (software_id, offer_id):
            if entry_id in names:
                happening = Happening(_week(at), body_id)
                found.setdefault((str(entry_id), "shortlisted", ""), []).append(happening)
    for entry_id, subject, field, body_id, at in repository.left_out(session, list(names)):
        label = _label(schema, subject, field)
        found.setdefault((entry_id, "left_out", label), []).append(Happening(_week(at), body_id))
    return _rows(found, names, clock.today())


def _rows(
    found: Mapping[tuple[str, What, str], list[Happening]],
    names: Mapping[str, tuple[str, str]],
    today: date,
) -> list[Count]:
    rows = []
    for (entry_id, what, condition), happenings in found.items():
        kind, name = names[entry_id]
        rows += [
            Count(
                id=_id(entry_id, what, condition, period.first_day),
                listing_id=entry_id,
                listing_kind=kind,
                listing_name=name,
                first_day=period.first_day,
                last_day=period.last_day,
                what=what,
                condition=condition,
                count=period.count,
            )
            for period in merged(happenings, today)
        ]
    return sorted(
        rows,
        key=lambda row: (
            -row.last_day.toordinal(),
            row.listing_name,
            row.listing_id,
            ORDER.index(row.what),
            row.condition,
            row.first_day,
        ),
    )


def counts_of_listing(
    session: Session, actor: Actor, clock: Clock, schema: Schema, kind: str, entry_id: str
) -> list[Count]:
    """The same of one own listing. Raises NotFound for another's, and for one that was never published."""
    owned = repository.own_entries(session, actor.organisation_id or "")
    if not any(entry.id == entry_id and entry.kind == kind for entry, _ in owned):
        raise NotFound("自社の公開した掲載に、それはありません。")
    return [row for row in counts_of(session, actor, clock, schema) if row.listing_id == entry_id]


def _id(entry_id: str, what: str, condition: str, first_day: date) -> str:
    named = f"{entry_id}/{what}/{condition}/{first_day.isoformat()}"
    return f"cnt_{hashlib.sha256(named.encode()).hexdigest()[:26]}"


def _week(at: datetime) -> date:
    return week_of(at.astimezone(TOKYO).date())


def _label(schema: Schema, subject: str | None, field: str | None) -> str:
    """The field alone: what a body wanted of it (a number of people, say) could tell who it is."""
    if subject is None or field is None:
        return ""
    try:
        return schema.field(subject, field).label_ja
    except (FieldUnknown, SubjectUnknown):
        return field
