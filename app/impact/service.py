"""The impact of a version: which listings conform, which have to answer what, and which contracts outlast the day.

Everything is derived when it is asked for, from public statements and the contracts that run; nothing is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from app.access.actor import ANONYMOUS, Actor
from app.conformance.public_claims import PublicClaim, public_claims
from app.impact.effects import Effect, effect_of_claim, effect_of_earlier
from app.kit.clock import Clock
from app.organisations.models import Organisation
from app.procurement import repository as procurement
from app.procurement.models import Contract
from app.procurement.policies import contract_side
from app.specifications import comparing
from app.specifications import service as specifications
from app.specifications.views import SpecificationView, VersionView
from catalogue_schema.requirements import SIZE_CLASSES, Requirement

RUNNING: Final = ("recorded", "confirmed", "disputed")


@dataclass(frozen=True)
class ListingImpact:
    """What the version means for one public listing."""

    software_id: str
    name: str
    vendor_id: str
    vendor: str
    answered_version: str
    """The number of the version that its answers are about: this one, or the newest earlier one."""
    effect: Effect

    @property
    def state(self) -> str:
        """`conforms` (for a size class at least), `to_answer`, or `not_conforming` (answered, and it does not)."""
        if self.effect.conforms_for:
            return "conforms"
        return "to_answer" if self.effect.to_answer or not self.effect.claimed else "not_conforming"


@dataclass(frozen=True)
class ContractImpact:
    """A contract that outlasts the day to conform by, on a listing that does not conform for its body's class."""

    contract_id: str
    number: str
    buyer_id: str
    buyer: str
    software_id: str
    size_class: str
    ends_on: date
    level: str
    planned_on: date | None


@dataclass(frozen=True)
class Impact:
    """The whole. `contracts` are those that the reader may see; the numbers count all."""

    specification: SpecificationView
    version: VersionView
    due: date | None
    """適合基準日; None where the version has none: it is then to be conformed to at once."""
    listings: tuple[ListingImpact, ...]
    contracts: tuple[ContractImpact, ...]
    contract_count: int
    body_count: int
    ending_before: int
    """Contracts on these listings that end before the day."""

    def of_state(self, state: str) -> tuple[ListingImpact, ...]:
        """The listings in that state."""
        return tuple(each for each in self.listings if each.state == state)


def impact_of(session: Session, actor: Actor, clock: Clock, specification_id: str, number: str) -> Impact:
    """The impact of a public version. Raises NotFound."""
    view = specifications.read_specification(session, ANONYMOUS, specification_id)
    version = specifications.read_version(session, ANONYMOUS, specification_id, number)
    listings = listing_impacts(session, clock, view, version)
    due = version.conform_by or version.published_on or clock.today()
    affected, before = _contracts(session, listings, due)
    seen = tuple(found for row, found in affected if contract_side(actor, row.buyer_id, row.vendor_id))
    return Impact(
        view,
        version,
        version.conform_by,
        listings,
        seen,
        len(affected),
        len({found.buyer_id for _, found in affected}),
        before,
    )


def listing_impacts(
    session: Session,
    clock: Clock,
    view: SpecificationView,
    version: VersionView,
    software_ids: Sequence[str] | None = None,
) -> tuple[ListingImpact, ...]:
    """Of every public listing that answers this or an earlier version, or of these; by name."""
    at = view.versions.index(version)
    family = {each.id: place for place, each in enumerate(view.versions) if place >= at}
    newest: dict[str, PublicClaim] = {}
    for claim in public_claims(session, family, clock.today(), software_ids):
        held = newest.get(claim.software_id)
        if held is None or family[claim.version_id] < family[held.version_id]:
            newest[claim.software_id] = claim
    items = specifications.every_requirement(session, version)
    earlier: dict[str, tuple[tuple[Requirement, ...], Mapping[str, str]]] = {}
    found = []
    for claim in newest.values():
        answered = view.versions[family[claim.version_id]]
        if answered.id == version.id:
            effect = effect_of_claim(items, claim.statements)
        else:
            if answered.id not in earlier:
                same = comparing.compare(session, ANONYMOUS, view.id, answered.number, version.number).same
                earlier[answered.id] = (specifications.every_requirement(session, answered), same)
            effect = effect_of_earlier(
                earlier[answered.id][0], items, earlier[answered.id][1], claim.statements, clock.today()
            )
        listing = (claim.software_id, claim.software_name, claim.vendor_id, claim.vendor)
        found.append(ListingImpact(*listing, answered.number, effect))
    return tuple(sorted(found, key=lambda each: (each.name, each.software_id)))


def size_class_of(body: Organisation) -> str:
    """The class of municipality by which obligations differ."""
    return body.local_class if body.local_class in SIZE_CLASSES else "general"


def _contracts(
    session: Session, listings: Sequence[ListingImpact], due: date
) -> tuple[list[tuple[Contract, ContractImpact]], int]:
    """The contracts that run on the day and are on what does not conform for the body, and how many end before it."""
    by_id = {each.software_id: each for each in listings}
    if not by_id:
        return [], 0
    rows = session.exec(
        select(Contract)
        .where(col(Contract.software_id).in_(by_id), col(Contract.status).in_(RUNNING))
        .order_by(col(Contract.id))
    ).all()
    terms = procurement.current_versions(session, rows)
    ids = {row.buyer_id for row in rows}
    bodies = {
        body.id: body
        for body in session.exec(select(Organisation).where(col(Organisation.id).in_(ids))).all()
    }
    affected, before = [], 0
    for row in rows:
        ends_on = terms[row.id].ends_on
        if ends_on < due:
            before += 1
            continue
        body, effect = bodies[row.buyer_id], by_id[row.software_id].effect
        size_class = size_class_of(body)
        level = effect.levels[size_class]
        if level == "conforms":
            continue
        planned = effect.planned[size_class]
        facts = (row.id, row.number, body.id, body.name, row.software_id, size_class, ends_on)
        affected.append((row, ContractImpact(*facts, level, planned)))
    affected.sort(key=lambda pair: (pair[1].ends_on, pair[1].contract_id))
    return affected, before
