"""適合確認の記録 as a page of the project: what the candidates say, and what the body itself found out."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.conformance.statements import CAUTION
from app.conformance.verifications import LEVELS as VERIFICATION_LEVELS
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.procurement import confirmations, people, projects
from app.procurement.confirmation_schemas import ConfirmationIn
from app.procurement.inputs import parse
from app.procurement.reach import note_read
from app.web.conformance import LEVELS
from app.web.forms import FormDep
from app.web.pages import flash, redirect, render
from app.web.specifications import TERMS

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
OUTCOMES: Final = {
    "confirmed": ("適合を確かめた", "success"),
    "partly": ("一部を確かめた", "warning"),
    "not_confirmed": ("適合していない", "error"),
}


@router.get("/projects/{project_id}/conformance")
def page(project_id: str, request: Request, actor: Reader, session: SessionDep, clock: ClockDep) -> Response:
    """What is said, and what was confirmed."""
    return _page(request, actor, session, clock, project_id, {})


@router.post("/projects/{project_id}/conformance")
def record(
    project_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Record a confirmation; one choice names the candidate and the version."""
    software_id, _, version_id = form.get("about").partition(" ")
    members = ("outcome", "looked_at", "remaining", "confirmed_on")
    values = {"software_id": software_id, "version_id": version_id, **{n: form.get(n) for n in members}}
    try:
        given = parse(ConfirmationIn, values)
        confirmations.record_confirmation(session, actor, clock, project_id, given)
    except Invalid as refused:
        return _page(request, actor, session, clock, project_id, form.typed(), 422, _faults(refused))
    answer = redirect(f"/projects/{project_id}/conformance")
    return flash(request, answer, "適合確認を記録しました。選定の記録一式に入ります。")


def _faults(refused: Invalid) -> list[FieldFault]:
    """Both halves of the one choice point at it, once."""
    faults: dict[tuple[str, str], FieldFault] = {}
    for fault in refused.faults:
        one = fault
        if fault.pointer in ("/software_id", "/version_id"):
            message = fault.message if fault.code != "required" else "候補と版が選ばれていません。"
            one = FieldFault("/about", fault.code, message, fault.remedy)
        faults.setdefault((one.pointer, one.code), one)
    return list(faults.values())


def _page(
    request: Request, actor: Actor, session: SessionDep, clock: ClockDep, project_id: str,
    typed: Mapping[str, str], status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    found = confirmations.of_project(session, actor, clock, project_id)
    choices = [
        (
            f"{item.software_id} {claim.version.id}",
            f"{item.software_name}：{claim.specification.title} 第{claim.version.number}版",
        )
        for item, claims in found.candidates
        for claim in claims
    ]
    return render(
        request,
        "buyer/conformance.html",
        status,
        project=projects.project_of(session, actor, project_id),
        found=found,
        choices=choices,
        outcomes=OUTCOMES,
        people=people.people_of(session, actor, project_id),
        address=f"/projects/{project_id}/conformance",
        verification_levels=VERIFICATION_LEVELS,
        levels=LEVELS,
        caution=CAUTION,
        typed=typed,
        faults=list(faults),
        **TERMS,
    )
