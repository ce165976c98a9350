"""What the API answers for projects and their evidence."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.listings.service import PinnedRevision
from app.procurement.assessment import AssessedResult, Assessment
from app.procurement.evidence import EvidencePack
from app.procurement.exclusions import ExclusionView
from app.procurement.lifecycle import PROJECT
from app.procurement.models import (
    Condition,
    EstimatedPrice,
    Project,
    SavedSearch,
    SavedSearchResult,
    Selection,
)
from app.procurement.outcome_schemas import OutcomeOut, outcome_out
from app.procurement.outcomes import OutcomeView
from app.procurement.shortlists import ShortlistView


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ProjectListed(_Out):
    """A project in a list: nothing of its deliberations."""

    id: str
    organisation_id: str
    title: str
    business_area: str
    fiscal_year: int
    status: str
    department_id: str | None
    created_at: datetime
    updated_at: datetime
    without_officer: bool | None = None
    """In lists: whether whoever keeps it is not in force at the body any more (担当者なし)."""


class ProjectOut(ProjectListed):
    """A project. 予定価格 is never here; it has an address of its own."""

    need: str
    desired_start: date | None
    population: int | None
    users: int | None
    method: str
    ground: str
    method_reason: str
    alone_reason: str
    cancellation_reason: str
    closed_at: datetime | None
    verbs: list[str]


class EstimatedPriceOut(_Out):
    """予定価格, or the rule by which it is left out."""

    amount: int | None
    omission_rule: str
    basis: str
    decided_on: date
    decided_by: str
    recorded_at: datetime


class ConditionOut(_Out):
    """A condition."""

    id: str
    subject: str
    field: str
    operator: str
    wanted: str | bool | list[str] | None
    note: str


class ResultOut(BaseModel):
    """One pinned hit."""

    position: int
    software_id: str
    revision_id: str
    revision_number: int
    index_differed: bool
    offers: list[dict[str, Any]]


class SearchListed(_Out):
    """A saved search without its results."""

    id: str
    query: dict[str, list[str]]
    sentence: str
    engine: str
    generation: str
    rotation: int
    degraded: bool
    as_of: datetime
    total: int
    locked_at: datetime | None
    unlocked_at: datetime | None


class SavedSearchOut(SearchListed):
    """A saved search with every result in order."""

    results: list[ResultOut]


class AssessedConditionOut(_Out):
    """A condition of the table, with how many results fail it or leave it unanswered."""

    id: str
    subject: str
    field: str
    operator: str
    sentence: str
    fails: int
    unanswered: int


class CellOut(_Out):
    """meets, fails or unanswered, with the answer as people read it."""

    condition_id: str
    outcome: str
    answer: str


class AssessedResultOut(_Out):
    """A result of the locked search by every condition. `place`: open, shortlisted or excluded."""

    position: int
    software_id: str
    revision_id: str
    revision_number: int
    index_differed: bool
    name: str
    vendor_id: str
    vendor_name: str
    place: str
    meets_all: bool
    outcomes: list[CellOut]


class AssessmentOut(BaseModel):
    """The whole table; without a locked search it has no results."""

    search_id: str | None
    conditions: list[AssessedConditionOut]
    results: list[AssessedResultOut]
    open: int


class ExclusionItemOut(BaseModel):
    """A result left out, and what it was by the condition."""

    software_id: str
    outcome: str


class ExclusionOut(BaseModel):
    """An exclusion with its list."""

    id: str
    condition_id: str | None
    reason: str
    results: list[ExclusionItemOut]
    created_at: datetime
    withdrawn_at: datetime | None


class CandidateOut(_Out):
    """A candidate, pinned."""

    id: str
    software_id: str
    software_name: str
    software_revision_id: str
    software_revision_number: int
    vendor_name: str
    offer_id: str | None
    offer_name: str
    offer_revision_id: str | None
    offer_revision_number: int | None
    seller_id: str | None
    seller_name: str
    note: str
    added_at: datetime
    removed_at: datetime | None
    removal_reason: str


class PinnedOut(BaseModel):
    """A pinned revision with its answers, whatever became of the listing."""

    entry_id: str
    revision_id: str
    revision_number: int
    schema_version: int
    content_hash: str
    vendor_id: str
    vendor_name: str
    answers: dict[str, Any]


class CandidateDetail(CandidateOut):
    """A candidate with the answers of its pinned revisions."""

    software: PinnedOut
    offer: PinnedOut | None


class SelectionOut(_Out):
    """A selection, proposed or confirmed."""

    id: str
    outcome: str
    shortlist_item_id: str | None
    reason: str
    proposed_by: str
    proposed_at: datetime
    decision_date: date | None
    decision_post: str
    decision_document: str
    confirmed_by: str | None
    confirmed_at: datetime | None
    same_person: bool


class EvidenceOut(BaseModel):
    """選定の記録一式 with the SHA-256 of its canonical JSON (sorted keys, no spaces, UTF-8)."""

    digest: str
    frozen_at: datetime | None
    document: dict[str, Any]
    outcomes: list[OutcomeOut]
    """What the vendors were told after the decision, their questions and the answers: not in the frozen document."""


class OverlapOut(_Out):
    """Something that is there already for the business area. Of a neighbour's contract no more than these facts."""

    kind: str
    software_id: str | None
    software_name: str
    vendor_name: str
    organisation_id: str
    organisation_name: str
    contract_id: str | None
    contract_number: str
    ends: str
    imported: bool
    """Of an own contract: taken in from a file (取り込んだ契約)."""
    prefecture_stated: bool


class ListOut(BaseModel):
    """Items, all of them."""

    next: None = None


class Overlaps(ListOut):
    """What is there already."""

    items: list[OverlapOut]


class Conditions(ListOut):
    """A project's conditions in order."""

    items: list[ConditionOut]


class Searches(ListOut):
    """A project's searches, newest first."""

    items: list[SearchListed]


class Exclusions(ListOut):
    """A project's exclusions, withdrawn ones too."""

    items: list[ExclusionOut]


class Candidates(ListOut):
    """A project's candidates, removed ones too."""

    items: list[CandidateOut]


def listed(project: Project, without_officer: bool) -> ProjectListed:
    """A project in a list."""
    return ProjectListed.model_validate(project).model_copy(update={"without_officer": without_officer})


def project_out(project: Project) -> ProjectOut:
    """The whole project."""
    values = project.model_dump(exclude={"outcome_reason", "officer_id", "version"})
    return ProjectOut(
        **values, cancellation_reason=project.outcome_reason, verbs=list(PROJECT.allowed(project.status))
    )


def price_out(price: EstimatedPrice) -> EstimatedPriceOut:
    """予定価格, for those who may read it."""
    return EstimatedPriceOut.model_validate(price)


def condition_out(condition: Condition) -> ConditionOut:
    """A condition."""
    return ConditionOut.model_validate(condition)


def search_out(search: SavedSearch, results: list[SavedSearchResult]) -> SavedSearchOut:
    """A search with its results."""
    return SavedSearchOut(
        **SearchListed.model_validate(search).model_dump(),
        results=[
            ResultOut(
                position=row.position,
                software_id=row.entry_id,
                revision_id=row.revision_id,
                revision_number=row.revision_number,
                index_differed=row.index_differed,
                offers=row.offers,
            )
            for row in results
        ],
    )


def assessment_out(table: Assessment) -> AssessmentOut:
    """The table."""
    return AssessmentOut(
        search_id=table.search.id if table.search else None,
        conditions=[AssessedConditionOut.model_validate(condition) for condition in table.conditions],
        results=[_result(result) for result in table.results],
        open=len(table.open_results),
    )


def _result(result: AssessedResult) -> AssessedResultOut:
    names = set(AssessedResultOut.model_fields) - {"outcomes"}
    return AssessedResultOut(
        **{name: getattr(result, name) for name in names},
        outcomes=[CellOut.model_validate(cell) for cell in result.cells],
    )


def exclusion_out(view: ExclusionView) -> ExclusionOut:
    """An exclusion."""
    return ExclusionOut(
        id=view.id,
        condition_id=view.condition_id,
        reason=view.reason,
        results=[ExclusionItemOut(software_id=id_, outcome=outcome) for id_, outcome in view.items],
        created_at=view.created_at,
        withdrawn_at=view.withdrawn_at,
    )


def candidate_out(view: ShortlistView) -> CandidateOut:
    """A candidate."""
    return CandidateOut.model_validate(view)


def pinned_out(pinned: PinnedRevision) -> PinnedOut:
    """A pinned revision."""
    return PinnedOut(
        entry_id=pinned.revision.entry_id,
        revision_id=pinned.revision.id,
        revision_number=pinned.revision.number,
        schema_version=pinned.revision.schema_version,
        content_hash=pinned.revision.content_hash,
        vendor_id=pinned.owner.id,
        vendor_name=pinned.owner.name,
        answers=dict(pinned.revision.answers),
    )


def selection_out(selection: Selection) -> SelectionOut:
    """A selection."""
    return SelectionOut.model_validate(selection)


def evidence_out(pack: EvidencePack, outcomes: Sequence[OutcomeView]) -> EvidenceOut:
    """The evidence, with what followed."""
    return EvidenceOut(
        digest=pack.digest,
        frozen_at=pack.frozen_at,
        document=pack.document,
        outcomes=[outcome_out(view) for view in outcomes],
    )
