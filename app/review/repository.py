"""Queries over cases, findings and notes, and over what the automated checks look at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from app.access.permissions import Role
from app.identity.models import Person
from app.listings.models import Entry, Revision
from app.organisations.models import Membership, Organisation, Qualification
from app.review.desk_models import Sample
from app.review.models import Finding, ReviewCase, ReviewNote

WAITING = ("queued", "claimed")


def find_case(session: Session, case_id: str) -> ReviewCase | None:
    """A case by id; read afresh."""
    return session.exec(
        select(ReviewCase).where(col(ReviewCase.id) == case_id).execution_options(populate_existing=True)
    ).first()


def find_entry(session: Session, entry_id: str) -> Entry | None:
    """An entry by id."""
    return session.get(Entry, entry_id)


def cases_by_id(session: Session, ids: Collection[str]) -> dict[str, ReviewCase]:
    """Cases by id."""
    if not ids:
        return {}
    rows = session.exec(select(ReviewCase).where(col(ReviewCase.id).in_(set(ids)))).all()
    return {row.id: row for row in rows}


def find_sample(session: Session, sample_id: str) -> Sample | None:
    """A sample by id."""
    return session.get(Sample, sample_id)


def sample_of(session: Session, case_id: str) -> Sample | None:
    """The sample that was drawn of a self-published case, if any."""
    return session.exec(select(Sample).where(col(Sample.case_id) == case_id)).first()


def place_in_queue(session: Session, case: ReviewCase) -> int:
    """Which place a waiting case has among those that wait, from 1."""
    before = session.exec(
        select(func.count())
        .select_from(ReviewCase)
        .where(col(ReviewCase.status) == "queued", col(ReviewCase.id) < case.id)
    ).one()
    return before + 1


def waiting_count(session: Session) -> int:
    """How many cases wait in the queue."""
    return session.exec(
        select(func.count()).select_from(ReviewCase).where(col(ReviewCase.status) == "queued")
    ).one()


def earlier_reviews(session: Session, case: ReviewCase) -> Sequence[ReviewCase]:
    """The cases of the same revision that a reviewer returned before this one, oldest first: this cycle's reviews."""
    return session.exec(
        select(ReviewCase)
        .where(
            col(ReviewCase.revision_id) == case.revision_id,
            col(ReviewCase.status) == "returned",
            col(ReviewCase.id) < case.id,
        )
        .order_by(col(ReviewCase.id))
    ).all()


def was_returned(session: Session, revision_id: str) -> bool:
    """Whether a reviewer ever returned this revision."""
    statement = select(col(ReviewCase.id)).where(
        col(ReviewCase.revision_id) == revision_id, col(ReviewCase.status) == "returned"
    )
    return session.exec(statement).first() is not None


def open_case(session: Session, entry_id: str) -> ReviewCase | None:
    """The case of an entry that waits or is being reviewed."""
    return session.exec(
        select(ReviewCase)
        .where(col(ReviewCase.entry_id) == entry_id, col(ReviewCase.status).in_(WAITING))
        .execution_options(populate_existing=True)
    ).first()


def last_decided(session: Session, entry_id: str) -> ReviewCase | None:
    """The entry's newest case with a decision."""
    return session.exec(
        select(ReviewCase)
        .where(col(ReviewCase.entry_id) == entry_id, col(ReviewCase.decided_at).is_not(None))
        .order_by(col(ReviewCase.id).desc())
    ).first()


def cases(
    *,
    statuses: Sequence[str],
    kind: str | None = None,
    vendor: str | None = None,
    claimed_by: str | None = None,
) -> SelectOfScalar[ReviewCase]:
    """Select of cases in these statuses, narrowed."""
    statement = select(ReviewCase).where(col(ReviewCase.status).in_(statuses))
    if kind is not None:
        of_kind = select(col(Entry.id)).where(col(Entry.kind) == kind)
        statement = statement.where(col(ReviewCase.entry_id).in_(of_kind))
    if vendor is not None:
        named = select(Organisation.id).where(col(Organisation.name).contains(vendor, autoescape=True))
        statement = statement.where(
            (col(ReviewCase.owner_id) == vendor) | col(ReviewCase.owner_id).in_(named)
        )
    if claimed_by is not None:
        statement = statement.where(col(ReviewCase.claimed_by) == claimed_by)
    return statement


def entries_of(session: Session, rows: Collection[ReviewCase]) -> dict[str, Entry]:
    """The entries of these cases, by id."""
    ids = {row.entry_id for row in rows}
    return (
        {row.id: row for row in session.exec(select(Entry).where(col(Entry.id).in_(ids))).all()}
        if ids
        else {}
    )


def revisions_of(session: Session, rows: Collection[ReviewCase]) -> dict[str, Revision]:
    """The revisions of these cases, by id."""
    ids = {row.revision_id for row in rows}
    found = session.exec(select(Revision).where(col(Revision.id).in_(ids))).all() if ids else []
    return {row.id: row for row in found}


def organisations(session: Session, ids: Collection[str]) -> dict[str, Organisation]:
    """Organisations by id."""
    found = session.exec(select(Organisation).where(col(Organisation.id).in_(set(ids)))).all() if ids else []
    return {row.id: row for row in found}


def names_of(session: Session, ids: Collection[str | None]) -> dict[str, str]:
    """Names of persons, by id."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    rows = session.exec(select(col(Person.id), col(Person.name)).where(col(Person.id).in_(wanted))).all()
    return dict(rows)


def still_reviewing(session: Session, ids: Collection[str | None]) -> set[str]:
    """Those of these persons who are active reviewers."""
    wanted = {one for one in ids if one}
    if not wanted:
        return set()
    rows = session.exec(
        select(col(Membership.person_id), Membership.roles).where(
            col(Membership.person_id).in_(wanted), col(Membership.status) == "active"
        )
    ).all()
    return {person_id for person_id, roles in rows if Role.REVIEWER in roles}


def findings(session: Session, case_id: str) -> Sequence[Finding]:
    """The findings of a case that were not withdrawn, oldest first."""
    return session.exec(
        select(Finding)
        .where(col(Finding.case_id) == case_id, col(Finding.withdrawn_at).is_(None))
        .order_by(col(Finding.id))
    ).all()


def notes(session: Session, case_id: str) -> Sequence[ReviewNote]:
    """The reviewers' notes on a case, oldest first."""
    return session.exec(
        select(ReviewNote).where(col(ReviewNote.case_id) == case_id).order_by(col(ReviewNote.id))
    ).all()


def groups_of(session: Session, person_id: str) -> set[str]:
    """The groups of firms of every organisation that the person belongs to, also while consent is awaited."""
    rows = session.exec(
        select(Organisation)
        .join(Membership, col(Membership.organisation_id) == col(Organisation.id))
        .where(col(Membership.person_id) == person_id, col(Membership.status) != "ended")
    ).all()
    return {group_of(row) for row in rows}


def group_of(organisation: Organisation) -> str:
    """The group that the organisation belongs to; alone, it is one of its own."""
    return organisation.group_key or organisation.corporate_number or organisation.id


def valid_qualifications(session: Session, organisation_id: str, today: date) -> Sequence[Qualification]:
    """The firm's 全省庁統一資格 that are valid on the day."""
    return session.exec(
        select(Qualification)
        .where(
            col(Qualification.organisation_id) == organisation_id,
            col(Qualification.valid_from) <= today,
            col(Qualification.valid_until) >= today,
        )
        .order_by(col(Qualification.id))
    ).all()


def neighbours(session: Session, entry: Entry) -> Sequence[Revision]:
    """Live or waiting revisions of other entries of the kind (of an offer: on the same software)."""
    statement = (
        select(Revision)
        .join(Entry, col(Entry.id) == col(Revision.entry_id))
        .where(
            col(Entry.kind) == entry.kind,
            col(Entry.id) != entry.id,
            or_(
                and_(
                    col(Entry.published_revision_id) == col(Revision.id),
                    col(Entry.status).in_(("published", "suspended")),
                ),
                col(Revision.status).in_(("submitted", "in_review")),
            ),
        )
        .order_by(col(Revision.entry_id), col(Revision.number))
    )
    if entry.software_id is not None:
        statement = statement.where(col(Entry.software_id) == entry.software_id)
    return session.exec(statement).all()
