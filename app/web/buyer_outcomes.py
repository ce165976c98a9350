"""A project's outcomes (選定の結果の通知): mend each vendor's reason, send them all, answer the questions."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.listings.dependencies import SchemaDep
from app.procurement import outcomes
from app.procurement.inputs import parse
from app.procurement.outcome_schemas import OutcomeAnswerIn, OutcomeReasonIn
from app.procurement.reach import note_read
from app.web.buyer_view import project_page
from app.web.forms import FormDep
from app.web.pages import flash, redirect

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
_CHANGED = "画面を開いた後に、ほかの人がこの理由を変更しました。"
_COMPARE = "書いた内容は残しています。今の理由と比べてから、もう一度保存してください。"


@router.post("/projects/{project_id}/outcomes")
def save_or_send(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    settings: SettingsDep,
) -> Response:
    """Save the reasons as written; with the button 「通知する」, tell every vendor."""
    faults: list[FieldFault] = []
    status, reasons = 422, {}
    for view in outcomes.outcomes_of(session, actor, clock, project_id):
        name = f"outcome-{view.id}"
        if view.status != "prepared" or name not in form:
            continue
        if form.get(f"{name}-tag") != outcomes.tag_of(view):
            status = 412
            faults.append(FieldFault(f"/{name}", "changed_meanwhile", _CHANGED, _COMPARE))
        try:
            reasons[view.id] = parse(OutcomeReasonIn, {"reason": form.get(name)}).reason
        except Invalid as refused:
            faults += [replace(fault, pointer=f"/{name}") for fault in refused.faults]
    sending = form.action == "send"
    if not faults:
        try:
            if sending:
                outcomes.send(session, settings, actor, clock, schema, project_id, reasons)
            else:
                outcomes.write_reasons(session, actor, clock, schema, project_id, reasons)
        except Invalid as refused:
            faults = [
                replace(fault, pointer=f"/outcome-{fault.pointer.split('/')[1]}") for fault in refused.faults
            ]
    if faults:
        return project_page(
            request,
            actor,
            session,
            schema,
            clock,
            project_id,
            status=status,
            faults=faults,
            typed=form.typed(),
        )
    said = "候補の事業者に結果を通知しました。" if sending else "理由を保存しました。まだ通知していません。"
    return flash(request, redirect(f"/projects/{project_id}#outcomes"), said)


@router.post("/projects/{project_id}/outcomes/{outcome_id}/answer")
def answer(
    project_id: str,
    outcome_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Answer a vendor's question."""
    name = f"answer-{outcome_id}"
    try:
        given = parse(OutcomeAnswerIn, {"answer": form.get(name)})
        outcomes.answer(session, actor, clock, schema, project_id, outcome_id, given.answer)
    except Invalid as refused:
        faults = [replace(fault, pointer=f"/{name}") for fault in refused.faults]
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    return flash(request, redirect(f"/projects/{project_id}#outcomes"), "質問に回答しました。")
