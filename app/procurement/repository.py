"""Queries over projects, their evidence, and the pinned revisions that they point at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import bindparam
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.identity.models import Person
from app.listings.models import Entry, Revision
from app.organisations.models import Organisation
from app.procurement.models import (
    Condition,
    Contract,
    ContractAnswer,
    ContractVersion,
    EstimatedPrice,
    Evidence,
    Exclusion,
    ExclusionItem,
    Project,
    SavedSearch,
    SavedSearchResult,
    Selection,
    ShortlistItem,
)


def project(session: Session, project_id: str, *, lock: bool = False) -> Project | None:
    """The project; `lock` holds its row until the transaction ends, so that its evidence changes one by one."""
    statement = select(Project).where(col(Project.id) == project_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def projects(
    organisation_ids: Collection[str] | None, status: str | None, department_id: str = ""
) -> SelectOfScalar[Project]:
    """Projects of these bodies, or of all, to be paged; of one department where it is given."""
    statement = select(Project)
    if organisation_ids is not None:
        statement = statement.where(col(Project.organisation_id).in_(organisation_ids))
    if department_id:
        statement = statement.where(col(Project.department_id) == department_id)
    if status is not None:
        statement = statement.where(col(Project.status) == status)
    return statement


def estimated_price(session: Session, project_id: str) -> EstimatedPrice | None:
    """予定価格. Callers have asked the policy first."""
    return session.get(EstimatedPrice, project_id)


def organisation(session: Session, organisation_id: str) -> Organisation | None:
    """A body or a vendor."""
    return session.get(Organisation, organisation_id)


def organisation_names(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Names by id (one query)."""
    rows = session.exec(
        select(col(Organisation.id), col(Organisation.name)).where(col(Organisation.id).in_(set(ids)))
    ).all()
    return {row[0]: row[1] for row in rows}


def corporate_numbers(session: Session, ids: Sequence[str]) -> dict[str, str | None]:
    """法人番号 of organisations by id (one query)."""
    rows = session.exec(
        select(col(Organisation.id), col(Organisation.corporate_number)).where(
            col(Organisation.id).in_(set(ids))
        )
    ).all()
    return {row[0]: row[1] for row in rows}


def published_software(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """The names of those of these software that were ever published, by id (one query)."""
    rows = session.exec(
        select(Entry, Revision)
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .where(col(Entry.id).in_(set(ids)), col(Entry.kind) == "software")
    ).all()
    return {entry.id: str(revision.answers.get("name", "")) for entry, revision in rows}


def owner_of(session: Session, entry_id: str) -> str | None:
    """The vendor of a software or an offer."""
    return session.exec(select(col(Entry.owner_id)).where(col(Entry.id) == entry_id)).first()


def person_names(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Names of people by id (one query)."""
    rows = session.exec(select(col(Person.id), col(Person.name)).where(col(Person.id).in_(ids))).all()
    return {row[0]: row[1] for row in rows}


def searches(session: Session, project_id: str) -> Sequence[SavedSearch]:
    """A project's saved searches, newest first."""
    return session.exec(
        select(SavedSearch)
        .where(col(SavedSearch.project_id) == project_id)
        .order_by(col(SavedSearch.id).desc())
    ).all()


def search(session: Session, project_id: str, search_id: str) -> SavedSearch | None:
    """One saved search of the project."""
    return session.exec(
        select(SavedSearch).where(col(SavedSearch.id) == search_id, col(SavedSearch.project_id) == project_id)
    ).first()


def locked_search(session: Session, project_id: str) -> SavedSearch | None:
    """The search that is assessed."""
    return session.exec(
        select(SavedSearch).where(
            col(SavedSearch.project_id) == project_id, col(SavedSearch.locked_at).is_not(None)
        )
    ).first()


def results(session: Session, search_id: str) -> Sequence[SavedSearchResult]:
    """The hits of a search in their order."""
    return session.exec(
        select(SavedSearchResult)
        .where(col(SavedSearchResult.search_id) == search_id)
        .order_by(col(SavedSearchResult.position))
    ).all()


def conditions(session: Session, project_id: str, *, removed: bool = False) -> Sequence[Condition]:
    """A project's conditions in their order, the removed ones only where asked for."""
    statement = select(Condition).where(col(Condition.project_id) == project_id)
    if not removed:
        statement = statement.where(col(Condition.removed_at).is_(None))
    return session.exec(statement.order_by(col(Condition.position), col(Condition.id))).all()


def shortlist(session: Session, project_id: str) -> Sequence[ShortlistItem]:
    """Every candidate, removed ones too, in the order of adding."""
    return session.exec(
        select(ShortlistItem)
        .where(col(ShortlistItem.project_id) == project_id)
        .order_by(col(ShortlistItem.id))
    ).all()


def shortlist_items(session: Session, ids: Sequence[str]) -> Sequence[ShortlistItem]:
    """Candidates by id, of whatever projects."""
    return session.exec(
        select(ShortlistItem).where(col(ShortlistItem.id).in_(ids)).order_by(col(ShortlistItem.id))
    ).all()


def exclusions(session: Session, project_id: str) -> Sequence[Exclusion]:
    """Every exclusion, withdrawn ones too, in the order of making."""
    return session.exec(
        select(Exclusion).where(col(Exclusion.project_id) == project_id).order_by(col(Exclusion.id))
    ).all()


def exclusion_items(session: Session, project_id: str) -> Sequence[ExclusionItem]:
    """What the project's exclusions cover."""
    return session.exec(
        select(ExclusionItem)
        .where(col(ExclusionItem.project_id) == project_id)
        .order_by(col(ExclusionItem.exclusion_id), col(ExclusionItem.entry_id))
    ).all()


def current_selection(session: Session, project_id: str) -> Selection | None:
    """The selection that stands."""
    return session.exec(
        select(Selection).where(
            col(Selection.project_id) == project_id, col(Selection.withdrawn_at).is_(None)
        )
    ).first()


def selections(session: Session, project_id: str) -> Sequence[Selection]:
    """Every selection, withdrawn ones too, in order."""
    return session.exec(
        select(Selection).where(col(Selection.project_id) == project_id).order_by(col(Selection.id))
    ).all()


def evidence(session: Session, project_id: str) -> Evidence | None:
    """The frozen evidence of a closed project."""
    return session.get(Evidence, project_id)


def revisions(session: Session, ids: Sequence[str]) -> dict[str, tuple[Entry, Revision]]:
    """Pinned revisions with their entries by revision id, whatever became of the listing (one query)."""
    rows = session.exec(
        select(Entry, Revision)
        .join(Revision, col(Revision.entry_id) == col(Entry.id))
        .where(col(Revision.id).in_(set(ids)))
    ).all()
    return {revision.id: (entry, revision) for entry, revision in rows}


def contract(session: Session, contract_id: str, *, lock: bool = False) -> Contract | None:
    """The contract; `lock` holds its row until the transaction ends."""
    statement = select(Contract).where(col(Contract.id) == contract_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def contract_of_number(session: Session, buyer_id: str, number: str) -> Contract | None:
    """The body's contract of that number."""
    return session.exec(
        select(Contract).where(col(Contract.buyer_id) == buyer_id, col(Contract.number) == number)
    ).first()


def contracts(
    *, buyer_ids: Collection[str] | None = None, vendor_id: str | None = None
) -> SelectOfScalar[Contract]:
    """Contracts of buyers, of a vendor, or all, to be paged."""
    statement = select(Contract)
    if buyer_ids is not None:
        statement = statement.where(col(Contract.buyer_id).in_(buyer_ids))
    if vendor_id is not None:
        statement = statement.where(col(Contract.vendor_id) == vendor_id)
    return statement


def contracts_of_project(session: Session, project_id: str) -> Sequence[Contract]:
    """The contracts that followed from a project's selection."""
    return session.exec(
        select(Contract).where(col(Contract.project_id) == project_id).order_by(col(Contract.id))
    ).all()


@cache
def published_contracts() -> SelectOfScalar[Contract]:
    """Contracts on the software `software_id` (a parameter) whose buyers publish a summary (the contract's mark and the
    body's setting), to be paged.

    Only what the body's approver confirmed, and nothing that the vendor disputes, is said in public.
    """
    setting = col(Organisation.settings)["publish_contracts"].as_string()
    publishing = select(Organisation.id).where(setting == "summary")
    return select(Contract).where(
        col(Contract.software_id) == bindparam("software_id"),
        col(Contract.buyer_id).in_(publishing),
        col(Contract.publish_summary).is_(True),
        col(Contract.approved_at).is_not(None),
        col(Contract.status) != "disputed",
    )


def versions(session: Session, contract_id: str) -> Sequence[ContractVersion]:
    """A contract's versions, first to newest."""
    return session.exec(
        select(ContractVersion)
        .where(col(ContractVersion.contract_id) == contract_id)
        .order_by(col(ContractVersion.number))
    ).all()


def current_versions(session: Session, rows: Sequence[Contract]) -> dict[str, ContractVersion]:
    """The current version of each contract by the contract's id (one query)."""
    found = session.exec(
        select(ContractVersion)
        .join(Contract, col(Contract.id) == col(ContractVersion.contract_id))
        .where(
            col(Contract.id).in_([row.id for row in rows]),
            col(Contract.current_version) == col(ContractVersion.number),
        )
    ).all()
    return {version.contract_id: version for version in found}


def contract_answers(session: Session, contract_id: str) -> Sequence[ContractAnswer]:
    """Every answer to a contract's versions, in order."""
    return session.exec(
        select(ContractAnswer)
        .where(col(ContractAnswer.contract_id) == contract_id)
        .order_by(col(ContractAnswer.id))
    ).all()
