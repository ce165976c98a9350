"""The end of a project: selection, the approver's confirmation, reopening, cancellation, the printable statement."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.listings.dependencies import SchemaDep
from app.procurement import checklists, evidence, outcomes, people, projects, selection, shortlists
from app.procurement.errors import SelectionIncomplete
from app.procurement.inputs import parse
from app.procurement.project_schemas import ConfirmationIn, ReasonIn, SelectionIn
from app.procurement.reach import note_read
from app.web.buyer_view import missing_faults, prefixed, project_page, section
from app.web.forms import FormDep
from app.web.list_columns import OUTCOMES, PLACES
from app.web.outcome_words import OVERLAP_KINDS, RESULTS
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
Confirmer = Annotated[Actor, guarded(Permission.SELECTION_CONFIRM)]


@router.post("/projects/{project_id}/selection")
def select(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Propose the selection; what is missing is shown all at once, and what was typed stays."""
    values: dict[str, Any] = section(form, "selection")
    choice = values.pop("choice", "")
    values["outcome"] = "none_suitable" if choice == "none_suitable" else "awarded"
    values["shortlist_item_id"] = choice if choice not in ("", "none_suitable") else None
    faults: list[FieldFault]
    try:
        selection.select(session, actor, clock, schema, project_id, parse(SelectionIn, values))
    except SelectionIncomplete as refused:
        status, faults = refused.status, missing_faults(refused)
    except Invalid as refused:
        status, faults = 422, prefixed("selection", refused.faults)
    else:
        answer = redirect(f"/projects/{project_id}")
        return flash(request, answer, "選定を申し出ました。承認者に知らせます。")
    return project_page(
        request, actor, session, schema, clock, project_id, status=status, faults=faults, typed=form.typed()
    )


def _confirmation_page(
    request: Request, actor: Actor, session: SessionDep, project_id: str, typed: Mapping[str, str],
    status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    proposed = selection.selection_of(session, actor, project_id)
    shortlist = shortlists.shortlist_of(session, actor, project_id)
    return render(
        request,
        "buyer/confirmation.html",
        status,
        project=projects.project_of(session, actor, project_id),
        selection=proposed,
        item=next((item for item in shortlist if item.id == proposed.shortlist_item_id), None),
        people=people.people_of(session, actor, project_id),
        checklist=checklists.of_project(session, actor, project_id),
        own_proposal=proposed.proposed_by == actor.person_id,
        typed=typed,
        faults=list(faults),
    )


@router.get("/projects/{project_id}/confirmation")
def confirmation_page(
    project_id: str, request: Request, actor: Confirmer, session: SessionDep, clock: ClockDep
) -> Response:
    """What the approver confirms, and where the body's own decision is recorded."""
    typed = {"decision_date": clock.today().isoformat()}
    return _confirmation_page(request, actor, session, project_id, typed)


@router.post("/projects/{project_id}/confirmation")
def confirm(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Confirmer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Confirm exactly the selection that was on the screen."""
    values = {name: form.get(name) for name in ConfirmationIn.model_fields}
    try:
        given = parse(ConfirmationIn, values)
        selection.confirm_selection(session, actor, clock, schema, project_id, given)
    except Invalid as refused:
        return _confirmation_page(request, actor, session, project_id, form.typed(), 422, refused.faults)
    except SelectionIncomplete as refused:
        faults = missing_faults(refused)
        return _confirmation_page(request, actor, session, project_id, form.typed(), refused.status, faults)
    return flash(
        request, redirect(f"/projects/{project_id}"), "選定を確定しました。記録は変更できなくなりました。"
    )


@router.post("/projects/{project_id}/reopening")
def reopen(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Take the proposed selection back."""
    try:
        given = parse(ReasonIn, section(form, "reopening"))
        projects.reopen_project(session, actor, clock, project_id, given.reason)
    except Invalid as refused:
        faults = prefixed("reopening", refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    return flash(request, redirect(f"/projects/{project_id}"), "選定を取り下げ、検討中に戻しました。")


@router.post("/projects/{project_id}/cancellation")
def cancel(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """End the project without a decision."""
    try:
        given = parse(ReasonIn, section(form, "cancellation"))
        projects.cancel_project(session, actor, clock, schema, project_id, given.reason)
    except Invalid as refused:
        faults = prefixed("cancellation", refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    return flash(request, redirect(f"/projects/{project_id}"), "案件を中止しました。")


@router.get("/projects/{project_id}/statement")
def statement(
    project_id: str, request: Request, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """選定理由書: the evidence as a page for printing."""
    pack = evidence.evidence_of(session, actor, clock, schema, project_id)
    return render(
        request,
        "buyer/statement.html",
        pack=pack,
        document=pack.document,
        people=people.people_of(session, actor, project_id),
        area_name=schema.vocabulary(projects.AREAS).label(pack.document["project"]["business_area"]),
        OUTCOMES=OUTCOMES,
        PLACES=PLACES,
        outcomes=outcomes.outcomes_of(session, actor, clock, project_id),
        RESULTS=RESULTS,
        OVERLAP_KINDS=OVERLAP_KINDS,
    )
