"""The conformance matrix and the competition indicator as JSON."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.competition import Competition
from app.catalogue.conformance_matrix import Matrix
from app.conformance.schemas import CoverageOut, State
from app.conformance.statements import CAUTION


class MatrixColumnOut(BaseModel):
    """One listing; `coverage` null: it says nothing about this version."""

    model_config = ConfigDict(from_attributes=True)

    software_id: str
    name: str
    vendor_id: str
    vendor: str
    revision: int
    coverage: CoverageOut | None


class MatrixCellOut(BaseModel):
    """What a listing says about a requirement."""

    model_config = ConfigDict(from_attributes=True)

    state: State
    how: str
    planned_on: date | None
    note: str
    evidence: str


class MatrixRowOut(BaseModel):
    """A requirement with a cell for each column; null: unanswered."""

    position: int
    key: str
    obligation: str = Field(description="その団体区分での義務")
    text: str
    differs: bool
    missing: bool = Field(description="条件なしに適合していない掲載がある")
    cells: list[MatrixCellOut | None]


class MatrixCountsOut(BaseModel):
    """Requirements for the size class, before they are narrowed."""

    model_config = ConfigDict(from_attributes=True)

    total: int
    required: int
    optional: int
    differences: int
    missing: int


class MatrixOut(BaseModel):
    """The matrix. Self-declared by the vendors."""

    specification_id: str
    specification_title: str
    sample: bool
    version_id: str
    version_number: str
    size_class: str
    level: str = Field(default="self_declared", description="自己申告")
    caution: str = CAUTION
    counts: MatrixCountsOut
    columns: list[MatrixColumnOut]
    rows: list[MatrixRowOut]


def matrix_out(matrix: Matrix) -> MatrixOut:
    """The matrix as JSON."""
    return MatrixOut(
        specification_id=matrix.specification.id,
        specification_title=matrix.specification.title,
        sample=matrix.specification.sample,
        version_id=matrix.version.id,
        version_number=matrix.version.number,
        size_class=matrix.size_class,
        counts=MatrixCountsOut.model_validate(matrix.counts),
        columns=[MatrixColumnOut.model_validate(column) for column in matrix.columns],
        rows=[
            MatrixRowOut(
                position=row.position,
                key=row.requirement.key,
                obligation=row.requirement.obligation[matrix.size_class],
                text=row.requirement.text,
                differs=row.differs,
                missing=row.missing,
                cells=[MatrixCellOut.model_validate(cell) if cell else None for cell in row.cells],
            )
            for row in matrix.rows
        ],
    )


class CompetitionOut(BaseModel):
    """One version in force and one size class. Self-declared by the vendors."""

    business_area: str
    specification_id: str
    specification_title: str
    sample: bool
    version_number: str
    conform_by: date | None
    size_class: str
    required: int = Field(description="実装必須の要件の数")
    listings: int = Field(description="全ての実装必須に適合していると答えた掲載の数")
    vendors: int = Field(description="その独立した事業者の数。同じグループの会社は1者と数えます")
    state: str = Field(description="none（なし）、only_one（1者だけ）、several（複数）")


class CompetitionsOut(BaseModel):
    """The indicator for every area asked for."""

    level: str = Field(default="self_declared", description="自己申告")
    caution: str = CAUTION
    items: list[CompetitionOut]


def competitions_out(found: Sequence[Competition]) -> CompetitionsOut:
    """The indicator as JSON."""
    return CompetitionsOut(
        items=[
            CompetitionOut(
                business_area=each.business_area,
                specification_id=each.specification.id,
                specification_title=each.specification.title,
                sample=each.specification.sample,
                version_number=each.version.number,
                conform_by=each.conform_by,
                size_class=each.size_class,
                required=each.required,
                listings=each.listings,
                vendors=each.vendors,
                state=each.state,
            )
            for each in found
        ]
    )
