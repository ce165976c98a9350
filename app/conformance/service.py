"""A software's conformance to versions of specifications: read, stated, and taken over to a newer version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from app.access.actor import ANONYMOUS, Actor
from app.audit.record import record
from app.conformance.models import ConformanceClaim
from app.conformance.statements import (
    Coverage,
    Statement,
    carried_over,
    coverage,
    packed,
    read_statement,
    unpacked,
)
from app.conformance.verifications import VerificationView, level_of, verifications_of
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound, invalid
from app.kit.http import etag
from app.kit.ids import new_id
from app.listings import drafts
from app.listings import service as listings
from app.listings.lifecycle import EDITABLE
from app.listings.views import EntryView
from app.specifications import comparing
from app.specifications import service as specifications
from app.specifications.views import SpecificationView, VersionView
from catalogue_schema import Schema
from catalogue_schema.requirements import Requirement
from catalogue_schema.text import printable

CLAIMABLE: Final = ("in_force", "superseded")
"""Versions to which a software may claim to conform."""


@dataclass(frozen=True)
class ClaimView:
    """What a revision of a software says about one version."""

    id: str
    software_id: str
    software_name: str
    revision_number: int
    specification: SpecificationView
    version: VersionView
    requirements: tuple[Requirement, ...]
    statements: Mapping[int, Statement]
    """By the position of the requirement."""
    updated_at: datetime
    tag: str
    editable: bool
    verifications: tuple[VerificationView, ...]
    """The newest first; also those that were withdrawn or ended."""

    @property
    def level(self) -> str:
        """The highest level of verification that holds for these statements."""
        return level_of(self.verifications)

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """What follows from the statements, by size class."""
        return coverage(self.requirements, self.statements)

    @property
    def unanswered(self) -> int:
        """How many requirements have no statement yet."""
        return len(self.requirements) - len(self.statements)


def claims_of(
    session: Session, actor: Actor, clock: Clock, software_id: str, *, working: bool = False
) -> list[ClaimView]:
    """What a software says: its live revision, or (owner and reviewers) the one in the making.

    Raises NotFound, Gone for what left the catalogue.
    """
    entry, number = _revision(session, actor, clock, software_id, working=working)
    open_number = _open_number(entry)
    rows = _newest(session, software_id, number)
    views = [_view(session, clock, entry.name, number, row, open_number == number) for row in rows]
    return sorted(views, key=_order)


def pinned_claims(
    session: Session, clock: Clock, software_id: str, name: str, number: int
) -> list[ClaimView]:
    """What a published revision says that the caller holds (a candidate, a contract), also when another is live.

    Whether its reader may see it is the caller's to know.
    """
    rows = _newest(session, software_id, number)
    return sorted((_view(session, clock, name, number, row, False) for row in rows), key=_order)


def _order(view: ClaimView) -> tuple[str, str, str]:
    return view.specification.title, view.version.number, view.id


def _newest(session: Session, software_id: str, number: int) -> list[ConformanceClaim]:
    """The rows that a revision's statements stand in; without the versions that are claimed no longer."""
    newest: dict[str, ConformanceClaim] = {}
    for row in session.exec(
        select(ConformanceClaim)
        .where(col(ConformanceClaim.entry_id) == software_id, col(ConformanceClaim.revision_number) <= number)
        .order_by(col(ConformanceClaim.revision_number), col(ConformanceClaim.id))
    ):
        newest[row.version_id] = row
    return [row for row in newest.values() if not row.dropped]


def read_claim(
    session: Session, actor: Actor, clock: Clock, software_id: str, version_id: str, *, working: bool = False
) -> ClaimView:
    """What a software says about one version. Raises NotFound, Gone."""
    entry, number = _revision(session, actor, clock, software_id, working=working)
    row = _row(session, software_id, version_id, number)
    if row is None or row.dropped:
        raise NotFound("この版への対応は、登録されていません。")
    return _view(session, clock, entry.name, number, row, _open_number(entry) == number)


def own_claim(session: Session, actor: Actor, clock: Clock, software_id: str, version_id: str) -> ClaimView:
    """The claim in the making, for its vendor only. Raises NotFound, Forbidden before anything is judged."""
    drafts.lock_owned(session, actor, "software", software_id)
    return read_claim(session, actor, clock, software_id, version_id, working=True)


def begin(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    software_id: str,
    version_id: str,
    carry_from: str | None = None,
) -> ClaimView:
    """Claim a version, with the answers about another one that still hold (`carry_from`, a version's id).

    Raises NotFound, Forbidden, TransitionRefused while the listing is in review, Conflict where it is claimed already.
    """
    drafts.lock_owned(session, actor, "software", software_id)
    specification, version = _version(session, version_id)
    if version.status not in CLAIMABLE:
        raise Conflict("対応を登録できるのは、有効な版と旧版だけです。")
    before = None
    if carry_from:
        before = read_claim(session, actor, clock, software_id, carry_from, working=True)
        if before.specification.id != specification.id:
            message = "別の標準仕様書の版からは、回答を引き継げません。"
            raise invalid("/carry_from", "other_specification", message, "同じ標準仕様書の版にしてください。")
    number = _opened(session, actor, clock, schema, software_id)
    row = _row(session, software_id, version_id, number)
    if row is not None and not row.dropped:
        raise Conflict("この版への対応は、もう登録されています。")
    statements: Mapping[int, Statement] = {}
    items = specifications.every_requirement(session, version)
    if before is not None:
        found = comparing.compare(session, ANONYMOUS, specification.id, before.version.number, version.number)
        forwards = found.newer.id == version.id
        same = found.same if forwards else {old: new for new, old in found.same.items()}
        statements = carried_over(before.requirements, items, same, before.statements, clock.today())
    _write(session, actor, clock, software_id, version, number, statements, len(items), "claimed")
    return read_claim(session, actor, clock, software_id, version_id, working=True)


def state(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    software_id: str,
    version_id: str,
    given: Sequence[Mapping[str, Any]],
    if_match: str | None = None,
) -> ClaimView:
    """Set the statements that are given (`key` and what is said); the others stay.

    Raises NotFound, Forbidden, TransitionRefused, PreconditionFailed, Invalid with every fault at /statements/n/member.
    """
    claim = own_claim(session, actor, clock, software_id, version_id)
    number = _opened(session, actor, clock, schema, software_id)
    if if_match is not None:
        drafts.check_etag(if_match, claim.tag)
    places = {item.key: position for position, item in enumerate(claim.requirements)}
    statements = dict(claim.statements)
    faults: list[FieldFault] = []
    seen: set[str] = set()
    for index, each in enumerate(given):
        key = str(each.get("key", ""))
        if key not in places:
            message = f"ID {printable(key, 60)} の要件は、第{claim.version.number}版にありません。"
            faults.append(
                FieldFault(f"/statements/{index}/key", "unknown", message, "IDと版を確かめてください。")
            )
            continue
        if key in seen:
            message = f"ID {key} が2回あります。"
            faults.append(
                FieldFault(f"/statements/{index}/key", "duplicate", message, "一つにしてください。")
            )
        seen.add(key)
        said, wrong = read_statement(each, clock.today())
        held = statements.get(places[key])
        if wrong and held is not None and _as_given(held, each):
            continue  # it stands as it was: a day that has passed since then is no reason to refuse the others
        faults += [
            FieldFault(f"/statements/{index}/{fault.member}", fault.code, fault.message, fault.remedy)
            for fault in wrong
        ]
        if said is not None:
            statements[places[key]] = said
        else:
            statements.pop(places[key], None)
    if faults:
        raise Invalid(faults)
    if statements != dict(claim.statements):
        count = len(claim.requirements)
        _write(session, actor, clock, software_id, claim.version, number, statements, count, "stated")
    return read_claim(session, actor, clock, software_id, version_id, working=True)


def stated_between(session: Session, software_id: str, after: int, until: int) -> bool:
    """Whether anything was stated anew in the revisions after one and up to another."""
    found = session.exec(
        select(col(ConformanceClaim.id)).where(
            col(ConformanceClaim.entry_id) == software_id,
            col(ConformanceClaim.revision_number) > after,
            col(ConformanceClaim.revision_number) <= until,
        )
    ).first()
    return found is not None


def drop(
    session: Session, actor: Actor, clock: Clock, schema: Schema, software_id: str, version_id: str
) -> None:
    """Claim a version no longer, from the revision in the making on. Raises NotFound, Forbidden, TransitionRefused."""
    claim = own_claim(session, actor, clock, software_id, version_id)
    number = _opened(session, actor, clock, schema, software_id)
    count = len(claim.requirements)
    _write(session, actor, clock, software_id, claim.version, number, {}, count, "dropped", dropped=True)


def _as_given(held: Statement, given: Mapping[str, Any]) -> bool:
    planned = held.planned_on.isoformat() if held.planned_on else ""
    said = {
        "state": held.state,
        "how": held.how,
        "planned_on": planned,
        "note": held.note,
        "evidence": held.evidence,
    }
    return all((given.get(name) or "") == value for name, value in said.items())


def _revision(
    session: Session, actor: Actor, clock: Clock, software_id: str, *, working: bool
) -> tuple[EntryView, int]:
    """The software, and the number of the revision that is asked about."""
    entry = listings.read_entry(session, actor, "software", software_id, clock.today())
    shown = (entry.working if working else None) or entry.live
    if shown is None:
        shown = entry.working
    if shown is None:
        raise NotFound()
    return entry, shown.number


def _row(session: Session, software_id: str, version_id: str, number: int) -> ConformanceClaim | None:
    return session.exec(
        select(ConformanceClaim)
        .where(
            col(ConformanceClaim.entry_id) == software_id,
            col(ConformanceClaim.version_id) == version_id,
            col(ConformanceClaim.revision_number) <= number,
        )
        .order_by(col(ConformanceClaim.revision_number).desc())
    ).first()


def _opened(session: Session, actor: Actor, clock: Clock, schema: Schema, software_id: str) -> int:
    """The number of the revision that may be edited; the next one is begun from the live one where none is open."""
    drafts.lock_owned(session, actor, "software", software_id)
    entry = listings.read_own(session, actor, "software", software_id, clock.today())
    if entry.working is None or entry.working.status not in EDITABLE:
        entry = drafts.change_draft(
            session, actor, clock, schema, "software", software_id, "*", lambda answers: answers, set()
        )
    assert entry.working is not None  # it was just opened
    return entry.working.number


def _write(
    session: Session,
    actor: Actor,
    clock: Clock,
    software_id: str,
    version: VersionView,
    number: int,
    statements: Mapping[int, Statement],
    count: int,
    act: str,
    *,
    dropped: bool = False,
) -> None:
    row = _row(session, software_id, version.id, number)
    states, details = packed(statements, count)
    if row is None or row.revision_number != number:
        row = ConformanceClaim(
            id=new_id("cfm"),
            entry_id=software_id,
            version_id=version.id,
            revision_number=number,
            updated_at=clock.now(),
            updated_by=actor.person_id or "",
        )
    else:
        row.version += 1
    row.states, row.details, row.dropped = states, details, dropped
    row.updated_at, row.updated_by = clock.now(), actor.person_id or ""
    session.add(row)
    record(
        session,
        actor,
        f"conformance.{act}",
        "software",
        software_id,
        at=clock.now(),
        owner=actor.organisation_id,
        details={"version_id": version.id, "revision": number, "answered": len(statements)},
    )
    session.flush()


def _version(session: Session, version_id: str) -> tuple[SpecificationView, VersionView]:
    found = specifications.public_version(session, version_id)
    if found is None:
        raise NotFound("その版は公開されていません。")
    return found


def _open_number(entry: EntryView) -> int | None:
    """The number of the revision that its vendor may edit."""
    working = entry.working
    return working.number if working is not None and working.status in EDITABLE else None


def _view(
    session: Session, clock: Clock, name: str, number: int, row: ConformanceClaim, editable: bool
) -> ClaimView:
    specification, version = _version(session, row.version_id)
    return ClaimView(
        id=row.id,
        software_id=row.entry_id,
        software_name=name,
        revision_number=number,
        specification=specification,
        version=version,
        requirements=specifications.every_requirement(session, version),
        statements=unpacked(row.states, row.details),
        updated_at=row.updated_at,
        tag=etag(row.id, row.version),
        editable=editable,
        verifications=verifications_of(session, clock, row.entry_id, version.id, number),
    )
