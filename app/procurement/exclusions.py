"""Exclusions: one reason for a group that fails a condition, or for a single result that meets them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.kit.ids import new_id
from app.procurement import repository
from app.procurement.assessment import AssessedResult, Assessment, assessment_of
from app.procurement.judging import Outcome
from app.procurement.models import Exclusion, ExclusionItem, Project
from app.procurement.project_schemas import ExclusionIn
from app.procurement.reach import editable, reachable
from catalogue_schema import Schema


@dataclass(frozen=True)
class ExclusionView:
    """An exclusion with the software that it covers and what each was by the condition."""

    id: str
    condition_id: str | None
    reason: str
    items: tuple[tuple[str, str], ...]
    """(software id, outcome), in order of id."""
    created_by: str
    created_at: datetime
    withdrawn_at: datetime | None


def exclusions_of(session: Session, actor: Actor, project_id: str) -> tuple[ExclusionView, ...]:
    """Every exclusion in the order of making, withdrawn ones too. Raises NotFound."""
    return views_of(session, reachable(session, actor, project_id))


def views_of(session: Session, project: Project) -> tuple[ExclusionView, ...]:
    """The exclusions of a project already reached, by two queries."""
    items: dict[str, list[tuple[str, str]]] = {}
    for item in repository.exclusion_items(session, project.id):
        items.setdefault(item.exclusion_id, []).append((item.entry_id, item.assessment))
    return tuple(
        ExclusionView(
            id=row.id,
            condition_id=row.condition_id,
            reason=row.reason,
            items=tuple(items.get(row.id, ())),
            created_by=row.created_by,
            created_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in repository.exclusions(session, project.id)
    )


def exclude(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, given: ExclusionIn
) -> ExclusionView:
    """Leave out results of the locked search, with one reason.

    With a condition: those that fail it (and, if asked, those that do not answer it), all that are open or only the
    ones named. Without: one result that meets every condition. Raises Conflict without a locked search, Invalid naming
    each result that may not be left out this way.
    """
    project = editable(session, actor, project_id)
    table = assessment_of(session, schema, project)
    if table.search is None:
        raise Conflict("まだ検索が確定していません。検索を保存し、一つを確定してから除外してください。")
    chosen = _group(table, given) if given.condition_id else _single(table, given)
    now = clock.now()
    exclusion = Exclusion(
        id=new_id("exc"),
        project_id=project.id,
        condition_id=given.condition_id,
        reason=given.reason,
        created_by=actor.person_id or "",
        created_at=now,
    )
    session.add(exclusion)
    session.flush()
    for result, outcome in chosen:
        session.add(
            ExclusionItem(
                exclusion_id=exclusion.id,
                entry_id=result.software_id,
                project_id=project.id,
                search_id=table.search.id,
                assessment=outcome,
            )
        )
    session.flush()
    record(
        session, actor, "results.excluded", "project", project.id,
        at=now, owner=project.organisation_id,
        details={"exclusion_id": exclusion.id, "condition_id": given.condition_id, "count": len(chosen)},
    )  # fmt: skip
    return next(view for view in views_of(session, project) if view.id == exclusion.id)


def withdraw_exclusion(
    session: Session, actor: Actor, clock: Clock, project_id: str, exclusion_id: str
) -> ExclusionView:
    """Take an exclusion back: its results are open again, it stays in the record. Raises NotFound, Conflict."""
    project = editable(session, actor, project_id)
    exclusion = next((e for e in repository.exclusions(session, project.id) if e.id == exclusion_id), None)
    if exclusion is None:
        raise NotFound("この案件にその除外はありません。")
    if exclusion.withdrawn_at is not None:
        raise Conflict("この除外はすでに取り消されています。")
    exclusion.withdrawn_at = clock.now()
    session.add(exclusion)
    for item in repository.exclusion_items(session, project.id):
        if item.exclusion_id == exclusion.id:
            item.withdrawn_at = exclusion.withdrawn_at
            session.add(item)
    session.flush()
    record(
        session, actor, "exclusion.withdrawn", "project", project.id,
        at=exclusion.withdrawn_at, owner=project.organisation_id, details={"exclusion_id": exclusion.id},
    )  # fmt: skip
    return next(view for view in views_of(session, project) if view.id == exclusion.id)


def _group(table: Assessment, given: ExclusionIn) -> list[tuple[AssessedResult, Outcome]]:
    condition = next((c for c in table.conditions if c.id == given.condition_id), None)
    if condition is None:
        raise Invalid(
            [
                FieldFault(
                    "/condition_id",
                    "unknown",
                    "この案件にその条件はありません。",
                    "条件の一覧から選んでください。",
                )
            ]
        )
    outcomes: dict[str, Outcome] = {
        result.software_id: cell.outcome
        for result in table.results
        for cell in result.cells
        if cell.condition_id == condition.id
    }
    allowed = {"fails", "unanswered"} if given.include_unanswered else {"fails"}
    if given.software_ids is None:
        chosen = [r for r in table.open_results if outcomes[r.software_id] in allowed]
        if not chosen:
            remedy = "未回答のものも除くときは、そのように指定してください。"
            raise Invalid(
                [
                    FieldFault(
                        "/condition_id",
                        "nothing_fails",
                        f"{condition.sentence}を満たさない、未検討のものはありません。",
                        "" if given.include_unanswered else remedy,
                    )
                ]
            )
        return [(result, outcomes[result.software_id]) for result in chosen]
    results, faults = _named(table, given.software_ids)
    for result in results:
        if outcomes[result.software_id] not in allowed:
            met = outcomes[result.software_id] == "meets"
            faults.append(
                FieldFault(
                    f"/software_ids/{given.software_ids.index(result.software_id)}",
                    "meets_condition" if met else "unanswered",
                    f"「{result.name}」は{condition.sentence}{'を満たしています' if met else 'に回答していません'}。",
                    "満たさない条件を選んでください。" if met else "未回答も除くと指定してください。",
                )
            )
    if faults or not results:
        raise Invalid(faults or [_nobody()])
    return [(result, outcomes[result.software_id]) for result in results]


def _single(table: Assessment, given: ExclusionIn) -> list[tuple[AssessedResult, Outcome]]:
    results, faults = _named(table, given.software_ids or [])
    if not faults and len(results) != 1:
        faults.append(
            FieldFault(
                "/software_ids",
                "one_at_a_time",
                "条件を指定しない除外は、1件ずつ理由を書いて行います。",
                "まとめて除くときは、満たさない条件を指定してください。",
            )
        )
    for result in results:
        if not result.meets_all:
            faults.append(
                FieldFault(
                    "/condition_id",
                    "by_condition",
                    f"「{result.name}」には満たさない条件、または未回答の条件があります。",
                    "その条件を指定して除いてください。",
                )
            )
    if faults:
        raise Invalid(faults)
    return [(results[0], "meets")]


def _named(table: Assessment, ids: Sequence[str]) -> tuple[list[AssessedResult], list[FieldFault]]:
    known = {result.software_id: result for result in table.results}
    results, faults = [], []
    for index, software_id in enumerate(dict.fromkeys(ids)):
        result = known.get(software_id)
        if result is None:
            faults.append(
                FieldFault(
                    f"/software_ids/{index}",
                    "not_a_result",
                    "確定した検索の結果にないものです。",
                    "結果にあるものを選んでください。",
                )
            )
        elif result.place != "open":
            done = "候補に入っています" if result.place == "shortlisted" else "すでに除外されています"
            faults.append(
                FieldFault(
                    f"/software_ids/{index}",
                    "not_open",
                    f"「{result.name}」は{done}。",
                    "一覧から外してください。",
                )
            )
        else:
            results.append(result)
    return results, faults


def _nobody() -> FieldFault:
    return FieldFault("/software_ids", "required", "一つも選ばれていません。", "一つ以上選んでください。")
