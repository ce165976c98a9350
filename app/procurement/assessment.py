"""The assessment: every result of the locked search against every condition, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import TOKYO
from app.listings.models import Revision
from app.procurement import repository
from app.procurement.judging import Outcome, Wanted, best_of, judge, sentence
from app.procurement.models import Condition, Project, SavedSearch, SavedSearchResult
from app.procurement.reach import reachable
from catalogue_schema import FieldUnknown, Schema

Place = Literal["open", "shortlisted", "excluded"]


@dataclass(frozen=True)
class AssessedCondition:
    """A condition with its words, and how many results fail or leave it unanswered."""

    id: str
    subject: str
    field: str
    operator: str
    wanted: object
    note: str
    sentence: str
    fails: int
    unanswered: int


@dataclass(frozen=True)
class Cell:
    """One result by one condition; `answer` is the answer as a page shows it."""

    condition_id: str
    outcome: Outcome
    answer: str


@dataclass(frozen=True)
class AssessedResult:
    """One result of the locked search. `place` says what was done with it."""

    position: int
    software_id: str
    revision_id: str
    revision_number: int
    index_differed: bool
    name: str
    vendor_id: str
    vendor_name: str
    cells: tuple[Cell, ...]
    place: Place

    @property
    def meets_all(self) -> bool:
        """Whether every condition is met (so that only a single exclusion with its own reason can leave it out)."""
        return all(cell.outcome == "meets" for cell in self.cells)


@dataclass(frozen=True)
class Assessment:
    """The table. Without a locked search: no results."""

    search: SavedSearch | None
    conditions: tuple[AssessedCondition, ...]
    results: tuple[AssessedResult, ...]

    @property
    def open_results(self) -> tuple[AssessedResult, ...]:
        """Those that are neither shortlisted nor excluded yet."""
        return tuple(result for result in self.results if result.place == "open")


def assess(session: Session, actor: Actor, schema: Schema, project_id: str) -> Assessment:
    """The assessment of a project that the actor may read. Raises NotFound."""
    return assessment_of(session, schema, reachable(session, actor, project_id))


def assessment_of(session: Session, schema: Schema, project: Project) -> Assessment:
    """The same for a project already reached. A fixed number of queries, however many results there are."""
    conditions = repository.conditions(session, project.id)
    search = repository.locked_search(session, project.id)
    if search is None:
        return Assessment(None, tuple(_assessed(schema, c, ()) for c in conditions), ())
    rows = repository.results(session, search.id)
    pinned = repository.revisions(
        session,
        [row.revision_id for row in rows] + [str(o["revision_id"]) for row in rows for o in row.offers],
    )
    names = repository.organisation_names(session, [entry.owner_id for entry, _ in pinned.values()])
    places = _places(session, project.id)
    judging = _Judging(schema, conditions, search, {key: revision for key, (_, revision) in pinned.items()})
    results = []
    for row in rows:
        entry, revision = pinned[row.revision_id]
        results.append(
            AssessedResult(
                position=row.position,
                software_id=row.entry_id,
                revision_id=row.revision_id,
                revision_number=row.revision_number,
                index_differed=row.index_differed,
                name=str(revision.answers.get("name", "")),
                vendor_id=entry.owner_id,
                vendor_name=names.get(entry.owner_id, ""),
                cells=judging.cells(row),
                place=places.get(row.entry_id, "open"),
            )
        )
    return Assessment(search, tuple(_assessed(schema, c, results) for c in conditions), tuple(results))


def wanted_of(condition: Condition) -> Wanted:
    """What a stored condition asks."""
    return Wanted(condition.subject, condition.field, condition.operator, condition.wanted)


def _places(session: Session, project_id: str) -> dict[str, Place]:
    places: dict[str, Place] = {
        item.entry_id: "excluded"
        for item in repository.exclusion_items(session, project_id)
        if item.withdrawn_at is None
    }
    for item in repository.shortlist(session, project_id):
        if item.removed_at is None:
            places[item.software_id] = "shortlisted"
    return places


def _assessed(schema: Schema, condition: Condition, results: Sequence[AssessedResult]) -> AssessedCondition:
    outcomes = [cell.outcome for r in results for cell in r.cells if cell.condition_id == condition.id]
    return AssessedCondition(
        id=condition.id,
        subject=condition.subject,
        field=condition.field,
        operator=condition.operator,
        wanted=condition.wanted,
        note=condition.note,
        sentence=sentence(schema, wanted_of(condition)),
        fails=outcomes.count("fails"),
        unanswered=outcomes.count("unanswered"),
    )


class _Judging:
    """Judges pinned answers as of the day of the search, so that the table never changes by itself."""

    def __init__(
        self,
        schema: Schema,
        conditions: Sequence[Condition],
        search: SavedSearch,
        revisions: dict[str, Revision],
    ) -> None:
        self._schema = schema
        self._conditions = conditions
        self._day = search.as_of.astimezone(TOKYO).date()
        self._revisions = revisions

    def cells(self, row: SavedSearchResult) -> tuple[Cell, ...]:
        """The result's cells in the order of the conditions."""
        return tuple(self._cell(row, condition) for condition in self._conditions)

    def _cell(self, row: SavedSearchResult, condition: Condition) -> Cell:
        ids = [row.revision_id]
        if condition.subject == "offer":
            ids = [str(offer["revision_id"]) for offer in row.offers]
        revisions = [self._revisions[id_] for id_ in ids if id_ in self._revisions]
        wanted = wanted_of(condition)
        outcomes = [
            judge(self._schema, wanted, revision.answers, revision.schema_version, self._day)
            for revision in revisions
        ]
        return Cell(condition.id, best_of(outcomes), self._answer(condition, revisions))

    def _answer(self, condition: Condition, revisions: Sequence[Revision]) -> str:
        texts = []
        for revision in revisions:
            then = self._schema.at(revision.schema_version)
            try:
                field = then.field(condition.subject, condition.field)
            except FieldUnknown:
                texts.append("この版では質問なし")
                continue
            text = then.display_text(field, revision.answers.get(condition.field))
            if condition.subject == "offer" and len(revisions) > 1:
                text = f"{revision.answers.get('name', '')}：{text}"
            texts.append(text)
        return "\n".join(texts) if texts else "サービスなし"
