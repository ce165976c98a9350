"""How many listings conform to each specification, and from how many vendors that are independent of one another.

Counted is what listings say in public (自己申告): one conforms if every required requirement for the size class does.
Firms of one group count once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.conformance.public_claims import public_claims
from app.conformance.statements import LETTERS
from app.kit.clock import Clock
from app.kit.errors import Invalid
from app.organisations.inputs import term_fault
from app.specifications import service as specifications
from app.specifications.views import SpecificationView, VersionView
from catalogue_schema import Schema
from catalogue_schema.requirements import SIZE_CLASSES

STATES = {"none": "なし", "only_one": "1者だけ", "several": "複数"}
"""How many independent vendors there are: code → what people read."""


@dataclass(frozen=True)
class Competition:
    """One version in force and one size class."""

    id: str
    """The version's id and the size class."""
    business_area: str
    specification: SpecificationView
    version: VersionView
    size_class: str
    required: int
    """How many requirements are required of a product for the class; 0: nothing to conform to."""
    listings: int
    vendors: int
    """Independent ones: firms of one group count once."""

    @property
    def state(self) -> str:
        """One of STATES."""
        return "several" if self.vendors > 1 else "only_one" if self.vendors else "none"

    @property
    def conform_by(self) -> date | None:
        """適合基準日"""
        return self.version.conform_by


def competition(session: Session, clock: Clock, schema: Schema, business_area: str = "") -> list[Competition]:
    """Every version in force by size class; of an area, where one is named. Raises Invalid for no area."""
    areas = [term.code for term in schema.vocabulary("business_areas").terms]
    if business_area and business_area not in areas:
        raise Invalid([term_fault("/area", business_area, areas)])
    versions = [
        (view, version)
        for view, version in specifications.versions_of_status(session, ("in_force",))
        if business_area in ("", view.business_area)
    ]
    said = public_claims(session, [version.id for _, version in versions], clock.today())
    found = []
    for view, version in versions:
        items = specifications.every_requirement(session, version)
        claims = [claim for claim in said if claim.version_id == version.id]
        for size_class in SIZE_CLASSES:
            required = [at for at, item in enumerate(items) if item.is_required(size_class)]
            conforming = [
                claim
                for claim in claims
                if required and all(claim.states[at] == LETTERS["conforms"] for at in required)
            ]
            groups = {claim.group for claim in conforming}
            found.append(
                Competition(
                    f"{version.id}-{size_class}",
                    view.business_area,
                    view,
                    version,
                    size_class,
                    len(required),
                    len(conforming),
                    len(groups),
                )
            )
    place = {code: at for at, code in enumerate(areas)}
    return sorted(
        found, key=lambda each: (place.get(each.business_area, len(place)), each.specification.title)
    )
