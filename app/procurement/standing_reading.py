"""The standing of what a project or a contract is on, for who reads it."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.procurement import contracts, repository
from app.procurement.contract_views import ContractView
from app.procurement.reach import reachable
from app.procurement.standing import Standing, standing_of


def of_project(session: Session, actor: Actor, clock: Clock, project_id: str) -> Standing:
    """Of a project's candidates. Raises NotFound."""
    project = reachable(session, actor, project_id)
    items = [item for item in repository.shortlist(session, project.id) if item.removed_at is None]
    pinned = [id_ for item in items for id_ in (item.software_id, item.offer_id)]
    revisions = [id_ for item in items for id_ in (item.software_revision_id, item.offer_revision_id)]
    return standing_of(session, pinned, clock.today(), revisions)


def of_contract(session: Session, actor: Actor, clock: Clock, contract_id: str) -> Standing:
    """Of what a contract is on. Raises NotFound."""
    found = contracts.contract_of(session, actor, clock, contract_id)
    card = found.card if isinstance(found, ContractView) else found
    row = repository.contract(session, card.id)
    if row is None:
        return Standing()
    pinned = [row.software_revision_id, row.offer_revision_id]
    return standing_of(session, [row.software_id, row.offer_id], clock.today(), pinned)
