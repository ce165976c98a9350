"""Queries for what is there already in a business area: listings by their route, and contracts that run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import String, cast, func
from sqlmodel import Session, col, select

from app.listings.models import Entry, Revision
from app.listings.repository import visible_software
from app.organisations.models import Organisation
from app.procurement.models import Contract, ContractVersion, ImportedContract, Project
from app.procurement.repository import organisation_names

RUNNING = ("recorded", "confirmed", "disputed")


@dataclass(frozen=True)
class CoveringContract:
    """A contract that covers a business area, by the facts that may be shown to its own body."""

    id: str
    number: str
    buyer_id: str
    project_id: str | None
    software_id: str | None
    software_name: str
    vendor_name: str
    ends_on: date
    approved: bool
    """The body's approver confirmed it, and the vendor does not dispute it; of an imported one, that the body publishes
    it."""
    imported: bool = False


def visible_by_route(
    session: Session, routes: Collection[str], area: str, today: date
) -> Sequence[tuple[Entry, Revision, str]]:
    """Published software of the area with one of these routes, as the public sees it, with the vendor's name."""
    rows = session.exec(
        select(Entry, Revision, col(Organisation.name))
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .join(Organisation, col(Organisation.id) == col(Entry.owner_id))
        # Codes are ASCII and quoted in JSON: the text narrows, the answers decide.
        .where(visible_software(today), cast(col(Revision.answers), String).like(f'%"{area}"%'))
        .order_by(col(Entry.id))
    ).all()
    return [
        (entry, revision, name)
        for entry, revision, name in rows
        if area in (revision.answers.get("business_areas") or ()) and revision.answers.get("route") in routes
    ]


def covering_contracts(
    session: Session, buyer_ids: Collection[str], area: str, today: date
) -> list[CoveringContract]:
    """The contracts of these bodies that still run on the day and cover the area: the one place that finds them.

    A contract covers what its project was about and what its pinned software is for; an imported one (取り込んだ契約),
    the areas that the file named.
    """
    recorded = _recorded(session, buyer_ids, area, today)
    imported = session.exec(
        select(ImportedContract)
        .where(
            col(ImportedContract.buyer_id).in_(buyer_ids),
            col(ImportedContract.status) == "imported",
            col(ImportedContract.ends_on) >= today,
        )
        .order_by(col(ImportedContract.id))
    ).all()
    return recorded + [
        CoveringContract(
            id=row.id,
            number=row.number,
            buyer_id=row.buyer_id,
            project_id=None,
            software_id=row.software_id,
            software_name=row.software_name,
            vendor_name=row.vendor_name,
            ends_on=row.ends_on,
            approved=row.publish_summary,
            imported=True,
        )
        for row in imported
        if area in row.business_areas
    ]


def _recorded(session: Session, buyer_ids: Collection[str], area: str, today: date) -> list[CoveringContract]:
    found = session.exec(
        select(Contract, ContractVersion, Revision, Project)
        .join(
            ContractVersion,
            (col(ContractVersion.contract_id) == col(Contract.id))
            & (col(ContractVersion.number) == col(Contract.current_version)),
        )
        .join(Revision, col(Revision.id) == col(Contract.software_revision_id))
        .join(Project, col(Project.id) == col(Contract.project_id))
        .where(
            col(Contract.buyer_id).in_(buyer_ids),
            col(Contract.status).in_(RUNNING),
            func.coalesce(col(Contract.ended_on), col(ContractVersion.ends_on)) >= today,
        )
        .order_by(col(Contract.id))
    ).all()
    covering = [
        (contract, version, revision)
        for contract, version, revision, project in found
        if area == project.business_area or area in (revision.answers.get("business_areas") or ())
    ]
    vendors = organisation_names(session, [contract.vendor_id for contract, _, _ in covering])
    return [
        CoveringContract(
            id=contract.id,
            number=contract.number,
            buyer_id=contract.buyer_id,
            project_id=contract.project_id,
            software_id=contract.software_id,
            software_name=str(revision.answers.get("name", "")),
            vendor_name=vendors.get(contract.vendor_id, ""),
            ends_on=contract.ended_on or version.ends_on,
            approved=contract.approved_at is not None and contract.status != "disputed",
        )
        for contract, version, revision in covering
    ]


def neighbours(session: Session, body: Organisation) -> dict[str, str]:
    """Names by id of the other bodies of the prefecture that let neighbours see their contracts' ends."""
    if not body.prefecture:
        return {}
    rows = session.exec(
        select(Organisation)
        .where(
            col(Organisation.prefecture) == body.prefecture,
            col(Organisation.id) != body.id,
            col(Organisation.settings)["show_to_neighbours"].as_boolean().is_(True),
        )
        .order_by(col(Organisation.id))
    ).all()
    return {row.id: row.name for row in rows}
