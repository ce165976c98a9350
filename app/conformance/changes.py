"""What a revision of a listing says otherwise about its conformance than an earlier one: what a reviewer looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.conformance.models import ConformanceClaim
from app.conformance.statements import Statement, unpacked
from app.specifications import service as specifications
from app.specifications.views import SpecificationView, VersionView
from catalogue_schema.requirements import Requirement


@dataclass(frozen=True)
class StatementChange:
    """One requirement that is answered otherwise than before; None: not answered."""

    position: int
    requirement: Requirement
    before: Statement | None
    after: Statement | None


@dataclass(frozen=True)
class ClaimChange:
    """What became of the statements about one version."""

    kind: str
    """`claimed` (newly), `changed`, or `dropped` (claimed no longer)."""
    specification: SpecificationView
    version: VersionView
    changes: tuple[StatementChange, ...]
    """In the order of the requirements."""
    unanswered: int
    """Requirements that have no answer now; 0 for a version that was dropped."""


def changes_between(
    session: Session, software_id: str, before: int, after: int, version_id: str | None = None
) -> tuple[ClaimChange, ...]:
    """What is said otherwise in revision `after` than in revision `before` (0: compared with nothing).

    Without a `version_id`: about every version of a specification.
    """
    statement = (
        select(ConformanceClaim)
        .where(col(ConformanceClaim.entry_id) == software_id, col(ConformanceClaim.revision_number) <= after)
        .order_by(col(ConformanceClaim.revision_number), col(ConformanceClaim.id))
    )
    if version_id is not None:
        statement = statement.where(col(ConformanceClaim.version_id) == version_id)
    old: dict[str, ConformanceClaim] = {}
    new: dict[str, ConformanceClaim] = {}
    for row in session.exec(statement):
        new[row.version_id] = row
        if row.revision_number <= before:
            old[row.version_id] = row
    found = [_change(session, old.get(each), row) for each, row in new.items()]
    ordered = (change for change in found if change is not None)
    return tuple(sorted(ordered, key=lambda one: (one.specification.title, one.version.number)))


def _change(session: Session, old: ConformanceClaim | None, new: ConformanceClaim) -> ClaimChange | None:
    was = None if old is None or old.dropped else old
    now = None if new.dropped else new
    if (was is None and now is None) or (was is not None and now is not None and was.id == now.id):
        return None
    told = specifications.public_version(session, new.version_id)
    if told is None:
        return None
    specification, version = told
    said_before: Mapping[int, Statement] = unpacked(was.states, was.details) if was else {}
    said_now: Mapping[int, Statement] = unpacked(now.states, now.details) if now else {}
    items = specifications.every_requirement(session, version)
    changes = tuple(
        StatementChange(position, item, said_before.get(position), said_now.get(position))
        for position, item in enumerate(items)
        if said_before.get(position) != said_now.get(position)
    )
    if was is not None and now is not None and not changes:
        return None
    kind = "claimed" if was is None else "dropped" if now is None else "changed"
    return ClaimChange(kind, specification, version, changes, len(items) - len(said_now) if now else 0)
