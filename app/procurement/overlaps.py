"""重複投資: what is there already for a project's business area. Going on alone then needs one line of reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.procurement import overlap_repository, repository
from app.procurement.models import Project
from app.procurement.reach import reachable

STATE, JOINT = "state_provided", "joint_procurement"
PREFECTURES = "joint_prefectures"
MONTHS = 24
"""How soon a neighbour's contract must end to be of interest for buying together."""

Kind = Literal["state_provided", "joint_procurement", "own_contract", "neighbour_contract"]


@dataclass(frozen=True)
class Overlap:
    """One thing that is there already. Of a neighbour's contract: body, software and the month of its end, no more."""

    kind: Kind
    software_id: str | None
    software_name: str
    vendor_name: str
    """Empty for a neighbour's contract."""
    organisation_id: str
    """The body whose contract it is; empty for listings."""
    organisation_name: str
    contract_id: str | None
    """Of the own body's contracts alone."""
    contract_number: str
    ends: str
    """The own contract's last day (2027-03-31), a neighbour's last month (2027-03); empty for listings."""
    prefecture_stated: bool
    """Of a joint procurement: whether the listing says for which prefectures it is."""
    imported: bool = False
    """Whether the own contract was taken in from a file (取り込んだ契約)."""


def overlaps_of(session: Session, actor: Actor, clock: Clock, project_id: str) -> list[Overlap]:
    """What is there already, in the order of the kinds. Raises NotFound."""
    return found_for(session, reachable(session, actor, project_id), clock.today())


def found_for(session: Session, project: Project, today: date) -> list[Overlap]:
    """The same for a project already reached."""
    body = repository.organisation(session, project.organisation_id)
    assert body is not None  # its foreign key
    area, found = project.business_area, []
    for entry, revision, vendor in overlap_repository.visible_by_route(session, (STATE, JOINT), area, today):
        kind: Kind = "state_provided" if revision.answers["route"] == STATE else "joint_procurement"
        prefectures = revision.answers.get(PREFECTURES) or ()
        if kind == JOINT and prefectures and (body.code or "")[:2] not in prefectures:
            continue
        name = str(revision.answers.get("name", ""))
        found.append(Overlap(kind, entry.id, name, vendor, "", "", None, "", "", bool(prefectures)))
    found += [
        Overlap(
            "own_contract", contract.software_id, contract.software_name, contract.vendor_name,
            body.id, body.name, contract.id, contract.number, contract.ends_on.isoformat(), False, contract.imported,
        )
        for contract in overlap_repository.covering_contracts(session, [body.id], area, today)
        if contract.project_id != project.id
    ]  # fmt: skip
    neighbours = overlap_repository.neighbours(session, body)
    last = _months_later(today, MONTHS)
    found += [
        Overlap(
            "neighbour_contract", contract.software_id, contract.software_name, "",
            contract.buyer_id, neighbours[contract.buyer_id], None, "",
            contract.ends_on.strftime("%Y-%m"), False,
        )
        for contract in overlap_repository.covering_contracts(session, list(neighbours), area, today)
        if contract.approved and contract.ends_on <= last
    ]  # fmt: skip
    order = ("state_provided", "joint_procurement", "own_contract", "neighbour_contract")
    return sorted(found, key=lambda overlap: order.index(overlap.kind))


def _months_later(day: date, months: int) -> date:
    """The last day of the month that many months later."""
    years, month = divmod(day.month - 1 + months + 1, 12)
    first_after = date(day.year + years, month + 1, 1)
    return date.fromordinal(first_after.toordinal() - 1)


def document(overlaps: list[Overlap], reason: str, today: date) -> dict[str, Any]:
    """For the evidence: what was found on which day, and why the body goes on alone all the same."""
    return {
        "as_of": today.isoformat(),
        "reason": reason,
        "items": [
            {name: getattr(overlap, name) for name in overlap.__dataclass_fields__} for overlap in overlaps
        ],
    }
