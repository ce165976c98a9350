"""Specifications as services give them: frozen, without the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.kit.http import etag
from app.specifications.lifecycle import EDITABLE, PUBLIC, VERSION
from app.specifications.models import Specification, SpecificationRequirement, SpecificationVersion
from catalogue_schema.requirements import Requirement


@dataclass(frozen=True)
class VersionView:
    """One version without its requirements."""

    id: str
    specification_id: str
    number: str
    status: str
    published_on: date | None
    conform_by: date | None
    sources: Sequence[Mapping[str, str]]
    based_on: str | None
    """The number of the version that it revises."""
    corrects: str | None
    """The number of the version whose errors it corrects."""
    errata: str
    renumbered: Mapping[str, str]
    origin: str
    source_sha256: str
    requirement_count: int
    content_hash: str
    proposed_by: str | None
    proposed_at: datetime | None
    decided_at: datetime | None
    reason: str
    created_at: datetime
    version: int

    @property
    def etag(self) -> str:
        """What `If-Match` names."""
        return etag(self.id, self.version)

    @property
    def public(self) -> bool:
        """Whether everybody sees it."""
        return self.status in PUBLIC

    @property
    def editable(self) -> bool:
        """Whether its text may still be changed."""
        return self.status in EDITABLE

    @property
    def verbs(self) -> tuple[str, ...]:
        """What may be done with it in this state."""
        return tuple(verb for verb in VERSION.allowed(self.status) if verb != "supersession")


@dataclass(frozen=True)
class SpecificationView:
    """A specification with the versions that the reader may see, the newest first."""

    id: str
    key: str
    business_area: str
    title: str
    steward_id: str | None
    ministry: str
    id_scheme: str
    sample: bool
    page_url: str
    page_note: str
    mapping: str
    created_at: datetime
    version: int
    versions: tuple[VersionView, ...] = ()
    may_edit: bool = False
    may_host: bool = False

    @property
    def etag(self) -> str:
        """What `If-Match` names."""
        return etag(self.id, self.version)

    @property
    def current(self) -> VersionView | None:
        """The newest version in force."""
        return next((each for each in self.versions if each.status == "in_force"), None)

    def named(self, number: str) -> VersionView | None:
        """The version of that number."""
        return next((each for each in self.versions if each.number == number), None)


@dataclass(frozen=True)
class Place:
    """A requirement at its place in the version."""

    position: int
    requirement: Requirement


@dataclass(frozen=True)
class RequirementsPage:
    """Some requirements of a version that were asked for."""

    items: tuple[Place, ...]
    total: int
    """How many there are that match."""
    following: int | None = None
    """The position after which the next page begins; None at the end."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many of each kind the whole version has."""


def version_view(row: SpecificationVersion, numbers: Mapping[str, str]) -> VersionView:
    """The version; `numbers` are those of the specification's versions by id."""
    return VersionView(
        id=row.id,
        specification_id=row.specification_id,
        number=row.number,
        status=row.status,
        published_on=row.published_on,
        conform_by=row.conform_by,
        sources=tuple(row.sources),
        based_on=numbers.get(row.based_on_id or ""),
        corrects=numbers.get(row.corrects_id or ""),
        errata=row.errata,
        renumbered=dict(row.renumbered),
        origin=row.origin,
        source_sha256=row.source_sha256,
        requirement_count=row.requirement_count,
        content_hash=row.content_hash,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        reason=row.reason,
        created_at=row.created_at,
        version=row.version,
    )


def specification_view(
    row: Specification, versions: Sequence[VersionView], *, may_edit: bool = False, may_host: bool = False
) -> SpecificationView:
    """The specification with these versions."""
    return SpecificationView(
        id=row.id,
        key=row.key,
        business_area=row.business_area,
        title=row.title,
        steward_id=row.steward_id,
        ministry=row.ministry,
        id_scheme=row.id_scheme,
        sample=row.sample,
        page_url=row.page_url,
        page_note=row.page_note,
        mapping=row.mapping,
        created_at=row.created_at,
        version=row.version,
        versions=tuple(versions),
        may_edit=may_edit,
        may_host=may_host,
    )


def requirement_of(row: SpecificationRequirement) -> Requirement:
    """The row as a requirement."""
    return Requirement(
        key=row.key,
        kind=row.kind,
        text=row.text,
        obligation=dict(row.obligation),
        category=tuple(row.category),
        conform_by=row.conform_by,
        note=row.note,
    )
