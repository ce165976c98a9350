"""Procurement projects (案件): open, list, revise, reopen, cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Invalid, NotFound
from app.kit.http import etag
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.organisations.departments import department_fault
from app.procurement import evidence, outcome_preparing, repository
from app.procurement.inputs import day_faults
from app.procurement.lifecycle import PROJECT
from app.procurement.models import Project
from app.procurement.policies import bodies_of, reads_every_body
from app.procurement.project_schemas import ProjectChange, ProjectIn
from app.procurement.reach import editable, own, reachable, require_match
from catalogue_schema import Schema
from catalogue_schema.dates import fiscal_year, latest_allowed
from catalogue_schema.methods import MethodUnknown, legal_grounds, procurement_methods

AREAS = "business_areas"


def open_project(session: Session, actor: Actor, clock: Clock, schema: Schema, given: ProjectIn) -> Project:
    """A new project of the actor's body, being assessed. Raises Invalid with every fault."""
    values = given.model_dump()
    _check(session, values, actor.organisation_id or "", actor.organisation_kind or "", clock, schema)
    now = clock.now()
    project = Project(
        id=new_id("prj"),
        organisation_id=actor.organisation_id or "",
        officer_id=actor.person_id or "",
        created_at=now,
        updated_at=now,
        **values,
    )
    session.add(project)
    session.flush()
    record(
        session, actor, "project.opened", "project", project.id,
        at=now, owner=project.organisation_id,
    )  # fmt: skip
    return project


def project_of(session: Session, actor: Actor, project_id: str) -> Project:
    """The project, for those who may read it. Raises NotFound."""
    return reachable(session, actor, project_id)


def projects_of(
    session: Session, actor: Actor, paging: Paging, status: str | None = None, department_id: str = ""
) -> tuple[Sequence[Project], str | None]:
    """The own body's projects (of one department), newest first; an auditor reads every body's.

    Raises Invalid for an unknown status.
    """
    if status is not None and status not in PROJECT.statuses:
        known = "、".join(PROJECT.statuses)
        raise Invalid(
            [FieldFault("/status", "unknown", "この状態はありません。", f"次のどれかです: {known}")]
        )
    of = None if reads_every_body(actor) else bodies_of(actor)
    return paginate(session, repository.projects(of, status, department_id), Project, paging)


def tag_of(project: Project) -> str:
    """The project's ETag."""
    return etag(project.id, project.version)


def revise_project(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    project_id: str,
    if_match: str | None,
    given: ProjectChange,
) -> Project:
    """Change what the patch names.

    Raises PreconditionRequired without `If-Match`, PreconditionFailed where somebody was first, Invalid.
    """
    project = editable(session, actor, project_id)
    require_match(if_match, tag_of(project))
    changes = given.model_dump(exclude_unset=True)
    before = {name: getattr(project, name) for name in ProjectIn.model_fields}
    changed = sorted(name for name, value in changes.items() if before[name] != value)
    _check(
        session, before | changes, project.organisation_id, actor.organisation_kind or "", clock, schema,
        moved="department_id" in changed,
    )  # fmt: skip
    if not changed:
        return project
    for name in changed:
        setattr(project, name, changes[name])
    project.version += 1
    project.updated_at = clock.now()
    session.add(project)
    session.flush()
    record(
        session, actor, "project.revised", "project", project.id,
        at=project.updated_at, owner=project.organisation_id, details={"fields": changed},
    )  # fmt: skip
    return project


def cancel_project(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, reason: str
) -> Project:
    """End the project without a decision. 予定価格 stays secret, since the need may be tendered again.

    Raises TransitionRefused once it was decided or cancelled.
    """
    project = own(session, actor, project_id)
    now = clock.now()
    PROJECT.move(
        session, project, "cancellation",
        outcome_reason=reason, closed_at=now, updated_at=now, version=project.version + 1,
    )  # fmt: skip
    frozen = evidence.freeze(session, clock, schema, project)
    outcome_preparing.prepare(session, clock, schema, project)
    record(
        session, actor, "project.cancelled", "project", project.id,
        at=now, owner=project.organisation_id, details={"evidence": frozen.digest},
    )  # fmt: skip
    return project


def reopen_project(session: Session, actor: Actor, clock: Clock, project_id: str, reason: str) -> Project:
    """Take a proposed selection back, so that the project is assessed again. The selection stays in the record.

    Raises TransitionRefused unless a selection waits for its confirmation.
    """
    project = own(session, actor, project_id)
    now = clock.now()
    PROJECT.move(session, project, "reopening", updated_at=now, version=project.version + 1)
    selection = repository.current_selection(session, project.id)
    if selection is None:
        raise NotFound("この案件には選定の申し出がありません。")
    selection.withdrawn_at = now
    selection.withdrawal_reason = reason
    session.add(selection)
    session.flush()
    record(
        session, actor, "selection.withdrawn", "project", project.id,
        at=now, owner=project.organisation_id, details={"selection_id": selection.id},
    )  # fmt: skip
    return project


def _check(
    session: Session,
    values: Mapping[str, Any],
    body_id: str,
    kind: str,
    clock: Clock,
    schema: Schema,
    *,
    moved: bool = True,
) -> None:
    today = clock.today()
    faults = day_faults("/desired_start", "利用開始の希望日", values["desired_start"], today)
    faults += _area_faults(values["business_area"], schema)
    faults += method_faults(values["method"], values["ground"], kind)
    if moved:  # a project may stay in a department that was closed
        faults += department_fault(session, body_id, values["department_id"])
    if not values["title"] or not values["need"]:
        name = "title" if not values["title"] else "need"
        faults.append(FieldFault(f"/{name}", "required", "空にはできません。", "必ず書いてください。"))
    if values["fiscal_year"] > fiscal_year(latest_allowed(today)):
        faults.append(
            FieldFault("/fiscal_year", "too_late", "「年度」：30年より先です。", "年度を確かめてください。")
        )
    if faults:
        raise Invalid(faults)


def _area_faults(code: str, schema: Schema) -> list[FieldFault]:
    vocabulary = schema.vocabulary(AREAS)
    if any(term.code == code for term in vocabulary.current()):
        return []
    near = vocabulary.nearest(code)
    remedy = f"近いのは「{near.code}」（{near.ja}）です。" if near else "業務の一覧から選んでください。"
    return [FieldFault("/business_area", "unknown_term", "「業務」：この業務はありません。", remedy)]


def method_faults(method: str, ground: str, kind: str) -> list[FieldFault]:
    """Why a method and a ground do not go together for such a body; empty values are not yet decided."""
    if not method:
        if not ground:
            return []
        return [
            FieldFault(
                "/method", "required", "「調達方法」：根拠条項だけがあります。", "調達方法も選んでください。"
            )
        ]
    try:
        grounds = legal_grounds(kind, method)
    except MethodUnknown:
        known = "、".join(f"「{item.code}」（{item.ja}）" for item in procurement_methods(kind))
        return [
            FieldFault(
                "/method", "unknown", "「調達方法」：この方法はありません。", f"次から選んでください: {known}"
            )
        ]
    if not ground or ground in {item.code for item in grounds}:
        return []
    if not grounds:
        return [
            FieldFault(
                "/ground",
                "not_needed",
                "「根拠条項」：この方法に根拠条項はありません。",
                "空にしてください。",
            )
        ]
    known = "、".join(f"「{item.code}」（{item.article}）" for item in grounds)
    return [
        FieldFault(
            "/ground",
            "unknown",
            "「根拠条項」：この方法の根拠ではありません。",
            f"次から選んでください: {known}",
        )
    ]
