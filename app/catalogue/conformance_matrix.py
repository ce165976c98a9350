"""The conformance matrix: the requirements of a version down, two to six listings across.

What stands in it is what the listings' live revisions say in public. Drafts are nobody's business here, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from app.access.actor import ANONYMOUS
from app.catalogue.comparison import check_count
from app.conformance.public_claims import public_claims
from app.conformance.service import CLAIMABLE
from app.conformance.statements import Coverage, Statement, coverage
from app.kit.clock import Clock
from app.kit.errors import Invalid
from app.listings.reading import published, published_many
from app.organisations.inputs import term_fault
from app.specifications import service as specifications
from app.specifications.views import SpecificationView, VersionView
from catalogue_schema.requirements import SIZE_CLASSES, Requirement

USUAL_SIZE: Final = "general"
OBLIGATIONS: Final = {"required": "実装必須", "optional": "標準オプション"}
"""What the rows can be narrowed to by obligation."""
SHOWN: Final = {"differences": "回答に違いがある", "missing": "適合していない掲載がある"}
"""What the rows can be narrowed to by what is said."""


@dataclass(frozen=True)
class MatrixColumn:
    """One listing. `coverage` is None where it says nothing about this version."""

    software_id: str
    name: str
    vendor_id: str
    vendor: str
    revision: int
    coverage: Coverage | None


@dataclass(frozen=True)
class MatrixRow:
    """One requirement with what each column says; None: unanswered, or nothing claimed."""

    position: int
    requirement: Requirement
    cells: tuple[Statement | None, ...]

    @property
    def differs(self) -> bool:
        """Whether the columns say different things; notes and evidence aside."""
        said = {(cell.state, cell.how, cell.planned_on) if cell else None for cell in self.cells}
        return len(said) > 1

    @property
    def missing(self) -> bool:
        """Whether one of the columns does not conform without a condition."""
        return any(cell is None or cell.state != "conforms" for cell in self.cells)


@dataclass(frozen=True)
class MatrixCounts:
    """How many requirements for the size class there are, before anything is narrowed."""

    total: int
    required: int
    optional: int
    differences: int
    missing: int


@dataclass(frozen=True)
class Matrix:
    """The whole table, narrowed as it was asked for."""

    specification: SpecificationView
    version: VersionView
    size_class: str
    obligation: str
    show: str
    columns: tuple[MatrixColumn, ...]
    rows: tuple[MatrixRow, ...]
    counts: MatrixCounts


def matrix(
    session: Session,
    clock: Clock,
    specification_id: str,
    number: str,
    ids: Sequence[str],
    *,
    size_class: str = USUAL_SIZE,
    obligation: str = "",
    show: str = "",
) -> Matrix:
    """The matrix of these listings; rows are the requirements that apply to the size class.

    Raises Invalid with every fault, NotFound for a version or a listing that the public does not see, Gone for a
    listing that left the catalogue.
    """
    faults = [
        term_fault(f"/{name}", value, list(possible))
        for name, value, possible in (
            ("size_class", size_class, SIZE_CLASSES),
            ("obligation", obligation, {"": "", **OBLIGATIONS}),
            ("show", show, {"": "", **SHOWN}),
        )
        if value not in possible
    ]
    specification, version = public_version(session, specification_id, number)
    try:
        check_count(ids)
    except Invalid as refused:
        faults += refused.faults
    if faults:
        raise Invalid(faults)
    today = clock.today()
    listed = {each.entry.id: each for each in published_many(session, "software", ids, today)}
    for id_ in ids:
        if id_ not in listed:
            published(session, id_, today)  # says whether it never was or is gone
    items = specifications.every_requirement(session, version)
    said = {claim.software_id: claim.statements for claim in public_claims(session, [version.id], today, ids)}
    place = list(SIZE_CLASSES).index(size_class)
    columns = tuple(
        MatrixColumn(
            id_,
            listed[id_].revision.name,
            listed[id_].entry.owner.id,
            listed[id_].entry.owner.name,
            listed[id_].revision.number,
            coverage(items, said[id_])[place] if id_ in said else None,
        )
        for id_ in ids
    )
    answers = [said.get(id_, {}) for id_ in ids]
    rows = [
        MatrixRow(position, item, tuple(each.get(position) for each in answers))
        for position, item in enumerate(items)
        if item.obligation.get(size_class) != "not_applicable"
    ]
    marks = [row.requirement.obligation.get(size_class) for row in rows]
    counts = MatrixCounts(
        total=len(rows),
        required=marks.count("required"),
        optional=marks.count("optional"),
        differences=sum(row.differs for row in rows),
        missing=sum(row.missing for row in rows),
    )
    kept = tuple(_narrowed(rows, size_class, obligation, show))
    return Matrix(specification, version, size_class, obligation, show, columns, kept, counts)


def public_version(
    session: Session, specification_id: str, number: str
) -> tuple[SpecificationView, VersionView]:
    """The version, if everybody sees it. Raises NotFound."""
    view = specifications.read_specification(session, ANONYMOUS, specification_id)
    return view, specifications.read_version(session, ANONYMOUS, specification_id, number)


def claimable_versions(session: Session) -> list[tuple[SpecificationView, VersionView]]:
    """The versions that listings can say something about, by title and the newest first."""
    return specifications.versions_of_status(session, CLAIMABLE)


@dataclass(frozen=True)
class Candidate:
    """A listing that says something about a version, to be chosen for the matrix."""

    software_id: str
    name: str
    vendor: str
    levels: dict[str, str]
    """Size class → level."""


def candidates(session: Session, clock: Clock, version: VersionView) -> list[Candidate]:
    """The listings that say something about the version, by name."""
    items = specifications.every_requirement(session, version)
    found = [
        Candidate(
            claim.software_id,
            claim.software_name,
            claim.vendor,
            {each.size_class: each.level for each in coverage(items, claim.statements)},
        )
        for claim in public_claims(session, [version.id], clock.today())
    ]
    return sorted(found, key=lambda each: (each.name, each.software_id))


def _narrowed(rows: list[MatrixRow], size_class: str, obligation: str, show: str) -> Iterator[MatrixRow]:
    for row in rows:
        if obligation and row.requirement.obligation.get(size_class) != obligation:
            continue
        if (show == "differences" and not row.differs) or (show == "missing" and not row.missing):
            continue
        yield row
