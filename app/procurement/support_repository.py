"""Queries over supporters (支援者), the projects that they help, and comments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlmodel import Session, col, or_, select

from app.identity.models import Person
from app.listings.models import Entry
from app.organisations.models import Membership, Organisation
from app.procurement.models import Project, ProjectComment, SavedSearch, SavedSearchResult, ShortlistItem
from app.procurement.support_models import Support, SupportProject


def supported_projects(session: Session, membership_id: str, today: date) -> Mapping[str, bool]:
    """The projects that the membership supports on the day, and whether 予定価格 is granted for each."""
    rows = session.exec(
        select(col(SupportProject.project_id), col(SupportProject.price_granted_at))
        .join(Support, col(Support.id) == col(SupportProject.support_id))
        .where(
            col(Support.membership_id) == membership_id,
            col(Support.status) == "active",
            col(Support.ends_on) >= today,
        )
    ).all()
    granted = {project_id for project_id, since in rows if since is not None}
    return {project_id: project_id in granted for project_id, _ in rows}


def helped(
    session: Session, membership_id: str, today: date
) -> Sequence[tuple[Project, Organisation, Support]]:
    """What a supporter helps with today, with its body and the support; a project once for each support of it."""
    rows = session.exec(
        select(Project, Organisation, Support)
        .join(SupportProject, col(SupportProject.project_id) == col(Project.id))
        .join(Support, col(Support.id) == col(SupportProject.support_id))
        .join(Organisation, col(Organisation.id) == col(Project.organisation_id))
        .where(
            col(Support.membership_id) == membership_id,
            col(Support.status) == "active",
            col(Support.ends_on) >= today,
        )
        .order_by(col(Organisation.name), col(Project.id), col(Support.ends_on).desc(), col(Support.id))
    ).all()
    return list(rows)


def supports(
    session: Session,
    organisation_ids: Collection[str] | None,
    project_id: str | None = None,
    membership_id: str | None = None,
) -> Sequence[Support]:
    """The bodies' supports (or every body's), newest first, narrowed to a project or to one supporter's."""
    statement = select(Support)
    if organisation_ids is not None:
        statement = statement.where(col(Support.organisation_id).in_(organisation_ids))
    if membership_id is not None:
        statement = statement.where(col(Support.membership_id) == membership_id)
    if project_id is not None:
        named = select(SupportProject.support_id).where(col(SupportProject.project_id) == project_id)
        statement = statement.where(col(Support.id).in_(named))
    return session.exec(statement.order_by(col(Support.id).desc())).all()


def support(session: Session, support_id: str, *, lock: bool = False) -> Support | None:
    """One support."""
    statement = select(Support).where(col(Support.id) == support_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def support_of_secret(session: Session, secret_digest: str) -> Support | None:
    """The support that a link invites to."""
    return session.exec(select(Support).where(col(Support.digest) == secret_digest)).first()


def named_projects(
    session: Session, support_ids: Sequence[str]
) -> Mapping[str, list[tuple[SupportProject, Project]]]:
    """The named projects by support, in the projects' order (one query)."""
    rows = session.exec(
        select(SupportProject, Project)
        .join(Project, col(Project.id) == col(SupportProject.project_id))
        .where(col(SupportProject.support_id).in_(set(support_ids)))
        .order_by(col(Project.id), col(SupportProject.support_id))
    ).all()
    found: dict[str, list[tuple[SupportProject, Project]]] = {id_: [] for id_ in support_ids}
    for named, project in rows:
        found[named.support_id].append((named, project))
    return found


def people(
    session: Session, membership_ids: Sequence[str]
) -> Mapping[str, tuple[Membership, Person, Organisation]]:
    """Memberships with person and organisation by the membership's id (one query)."""
    rows = session.exec(
        select(Membership, Person, Organisation)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.id).in_(set(membership_ids)))
    ).all()
    return {membership.id: (membership, person, organisation) for membership, person, organisation in rows}


def vendors_of(session: Session, person_ids: Sequence[str]) -> Mapping[str, list[Organisation]]:
    """The vendors where people belong now, by person (one query): what an interest is made of."""
    rows = session.exec(
        select(col(Membership.person_id), Organisation)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(
            col(Membership.person_id).in_(set(person_ids)),
            col(Membership.status) == "active",
            col(Organisation.kind).in_(("vendor", "sole_proprietor")),
        )
        .order_by(col(Organisation.id))
    ).all()
    found: dict[str, list[Organisation]] = {id_: [] for id_ in person_ids}
    for person_id, organisation in rows:
        found[person_id].append(organisation)
    return found


def assessed_vendors(session: Session, project_ids: Sequence[str]) -> Sequence[Organisation]:
    """Whose software and offers the projects' searches found and shortlists hold."""
    of_projects = set(project_ids)
    found = (
        select(col(SavedSearchResult.entry_id))
        .join(SavedSearch, col(SavedSearch.id) == col(SavedSearchResult.search_id))
        .where(col(SavedSearch.project_id).in_(of_projects))
    )
    offered = select(col(ShortlistItem.offer_id)).where(
        col(ShortlistItem.project_id).in_(of_projects), col(ShortlistItem.offer_id).is_not(None)
    )
    owners = select(col(Entry.owner_id)).where(or_(col(Entry.id).in_(found), col(Entry.id).in_(offered)))
    return session.exec(
        select(Organisation).where(col(Organisation.id).in_(owners)).order_by(col(Organisation.id))
    ).all()


def over(session: Session, today: date) -> Sequence[tuple[Support, bool]]:
    """Supports whose last day passed, or whose supporter's place ended; whether it was the place."""
    rows = session.exec(
        select(Support, col(Membership.status))
        .outerjoin(Membership, col(Membership.id) == col(Support.membership_id))
        .where(
            col(Support.status) != "ended",
            or_(col(Support.ends_on) < today, col(Membership.status) == "ended"),
        )
        .order_by(col(Support.id))
    ).all()
    return [(row, status == "ended") for row, status in rows]


def comments(session: Session, project_id: str) -> Sequence[ProjectComment]:
    """A project's comments, oldest first."""
    return session.exec(
        select(ProjectComment)
        .where(col(ProjectComment.project_id) == project_id)
        .order_by(col(ProjectComment.id))
    ).all()
