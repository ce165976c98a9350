"""What changed between the published revisions of a listing, for everybody who sees the listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.listings.reading import Published, published_revisions
from catalogue_schema import Change, Schema


@dataclass(frozen=True)
class PublishedStep:
    """One published revision, and what it changed; `before` None: it was the first one public."""

    number: int
    published_at: datetime | None
    before: int | None
    changes: Sequence[Change]


def history(session: Session, schema: Schema, seen: Published) -> list[PublishedStep]:
    """The steps, newest first; what was taken back as published in error is left out."""
    kind, revisions = seen.entry.kind, published_revisions(session, seen)
    steps = []
    for revision, earlier in zip(revisions, [*revisions[1:], None], strict=True):
        changes = schema.changes(kind, earlier.answers, revision.answers) if earlier else ()
        steps.append(
            PublishedStep(
                revision.number, revision.published_at, earlier.number if earlier else None, changes
            )
        )
    return steps
