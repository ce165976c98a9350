"""Contracts of both kinds (recorded, imported) as what stands beside them sees them: parties, term, where to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.errors import NotFound
from app.procurement import imported, repository
from app.procurement.errors import NO_CONTRACT
from app.procurement.models import Contract
from app.procurement.policies import Side, contract_side


@dataclass(frozen=True)
class ContractSubject:
    """A contract that something is about. Exactly one of `contract_id` and `imported_id` is set."""

    id: str
    contract_id: str | None
    imported_id: str | None
    buyer_id: str
    vendor_id: str | None
    vendor_name: str
    number: str
    title: str
    starts_on: date
    ends_on: date
    project_id: str | None
    side: Side
    open: bool
    """Whether anything can still be recorded: not withdrawn."""

    @property
    def path(self) -> str:
        """Its page for the buyer."""
        return f"/contracts/{self.id}" if self.contract_id else f"/contracts/imported/{self.id}"


def subject_of(session: Session, actor: Actor, contract_id: str) -> ContractSubject:
    """The contract as this actor's side reads it. Raises NotFound, also for who reads the registered facts only."""
    row = repository.contract(session, contract_id)
    if row is not None:
        return _recorded(session, row, contract_side(actor, row.buyer_id, row.vendor_id))
    other = imported.find(session, contract_id)
    side = imported.side_of(actor, other) if other is not None else None
    if other is None or side is None or side == "facts":
        raise NotFound(NO_CONTRACT)
    return ContractSubject(
        id=other.id,
        contract_id=None,
        imported_id=other.id,
        buyer_id=other.buyer_id,
        vendor_id=other.vendor_id,
        vendor_name=other.vendor_name,
        number=other.number,
        title=other.title,
        starts_on=other.starts_on,
        ends_on=other.ends_on,
        project_id=None,
        side=side,
        open=other.status == "imported",
    )


def own_subject(session: Session, actor: Actor, contract_id: str) -> ContractSubject:
    """A contract of the actor's own body, its row held. Raises NotFound."""
    found = subject_of(session, actor, contract_id)
    if found.side != "buyer":
        raise NotFound(NO_CONTRACT)
    if found.contract_id:
        repository.contract(session, contract_id, lock=True)
    else:
        imported.find(session, contract_id, lock=True)
    return found


def _recorded(session: Session, row: Contract, side: Side | None) -> ContractSubject:
    if side is None or side == "facts":
        raise NotFound(NO_CONTRACT)
    version = repository.versions(session, row.id)[-1]
    names = repository.organisation_names(session, [row.vendor_id])
    return ContractSubject(
        id=row.id,
        contract_id=row.id,
        imported_id=None,
        buyer_id=row.buyer_id,
        vendor_id=row.vendor_id,
        vendor_name=names.get(row.vendor_id, ""),
        number=row.number,
        title=version.title,
        starts_on=version.starts_on,
        ends_on=row.ended_on or version.ends_on,
        project_id=row.project_id,
        side=side,
        open=True,
    )
