"""The body's contract practice, and the checklists of projects and contracts as pages."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, NotFound
from app.procurement import checklists, contract_subjects, practice, projects
from app.procurement.checklist_schemas import EntriesIn, PracticeIn
from app.procurement.checklists import Checklist
from app.procurement.inputs import parse
from app.procurement.reach import note_read
from app.web.forms import Form, FormDep
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

BodyReader = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
BodyWriter = Annotated[Actor, guarded(Permission.ORGANISATION_WRITE)]
ProjectReader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
ProjectWriter = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
ContractReader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
ContractWriter = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
STATES = {"confirmed": "確認した", "not_applicable": "該当なし", "unchecked": "未確認"}
SPARE_ROWS = 2


def _practice_page(
    request: Request, actor: Actor, found: practice.Practice, rows: list[dict[str, str]],
    typed: Mapping[str, str], status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    return render(
        request,
        "account/contract_practice.html",
        status,
        practice=found,
        rows=[*rows, *({"code": "", "label": "", "remedy": ""} for _ in range(SPARE_ROWS))],
        typed=typed,
        writable=actor.may(Permission.ORGANISATION_WRITE),
        faults=list(faults),
    )


@router.get("/organisation/contract-practice")
def practice_page(request: Request, actor: BodyReader, session: SessionDep, clock: ClockDep) -> Response:
    """The template of the checklist, and the body's days."""
    found = practice.own_practice(session, actor, clock)
    rows = [{"code": item.code, "label": item.label, "remedy": item.remedy} for item in found.items]
    typed = {
        "inspection_days": str(found.rule.inspection_days),
        "payment_days": str(found.rule.payment_days),
        "counts_first_day": "true" if found.rule.counts_first_day else "",
        "rule_source": found.rule.name if found.rule.code == "own" else "",
        "tag": found.etag,
    }
    return _practice_page(request, actor, found, rows, typed)


@router.post("/organisation/contract-practice")
def write_practice(
    request: Request, form: FormDep, actor: BodyWriter, session: SessionDep, clock: ClockDep
) -> Response:
    """Write it as a whole; rows without a name are left out."""
    rows: list[dict[str, str]] = []
    while f"items-{len(rows)}-label" in form.values:
        number = len(rows)
        rows.append({name: form.get(f"items-{number}-{name}") for name in ("code", "label", "remedy")})
    filled = [row for row in rows if row["label"] or row["remedy"]]
    values = {
        "items": filled,
        "inspection_days": form.get("inspection_days"),
        "payment_days": form.get("payment_days"),
        "counts_first_day": form.checked("counts_first_day"),
        "rule_source": form.get("rule_source"),
    }
    try:
        given = parse(PracticeIn, values)
        practice.write_practice(session, actor, clock, given, form.get("tag"))
    except Invalid as refused:
        found = practice.own_practice(session, actor, clock)
        typed = form.typed() | {"counts_first_day": form.get("counts_first_day")}
        return _practice_page(request, actor, found, filled, typed, 422, refused.faults)
    return flash(request, redirect("/organisation/contract-practice"), "契約事務の設定を保存しました。")


def _checklist_page(
    request: Request, found: Checklist, title: str, back: tuple[tuple[str, str], ...], address: str,
    form: Form | None = None, status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    return render(
        request,
        "buyer/checklist.html",
        status,
        checklist=found,
        subject=title,
        back=back,
        address=address,
        form=form or Form(),
        states=list(STATES.items()),
        faults=list(faults),
    )


def _changed(form: Form, found: Checklist) -> dict[int, dict[str, str]]:
    """The rows of the page that differ from what is recorded, by their number: nothing else is recorded anew."""
    changed = {}
    for index, check in enumerate(found.checks):
        row = {
            name: form.get(f"entries-{index}-{name}") for name in ("item", "state", "checked_on", "source")
        }
        recorded = {
            "item": check.item,
            "state": check.state,
            "checked_on": check.checked_on.isoformat() if check.checked_on else "",
            "source": check.source,
        }
        if row["item"] == check.item and row != recorded:
            changed[index] = row
    return changed


def _write(form: Form, found: Checklist, write: Callable[[EntriesIn], object]) -> list[FieldFault]:
    """Record what was changed, if anything; the faults point at the rows of the page."""
    changed = _changed(form, found)
    if not changed:
        return []
    try:
        write(parse(EntriesIn, {"entries": list(changed.values())}))
    except Invalid as refused:
        numbers = list(changed)
        faults = []
        for fault in refused.faults:
            parts = fault.pointer.split("/")
            parts[2] = str(numbers[int(parts[2])])
            faults.append(FieldFault("/".join(parts), fault.code, fault.message, fault.remedy))
        return faults
    return []


def _of_project(session: SessionDep, actor: Actor, project_id: str) -> Checklist:
    found = checklists.of_project(session, actor, project_id)
    if found is None:
        raise NotFound("この案件には、まだ選定した事業者がありません。")
    return found


def _project_page(
    request: Request, actor: Actor, session: SessionDep, project_id: str, found: Checklist,
    form: Form | None = None, status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    project = projects.project_of(session, actor, project_id)
    back = (("調達の案件", "/projects"), (project.title, f"/projects/{project_id}"))
    address = f"/projects/{project_id}/checklist"
    return _checklist_page(request, found, project.title, back, address, form, status, faults)


@router.get("/projects/{project_id}/checklist")
def project_checklist(
    project_id: str, request: Request, actor: ProjectReader, session: SessionDep
) -> Response:
    """The checklist about the selected vendor."""
    return _project_page(request, actor, session, project_id, _of_project(session, actor, project_id))


@router.post("/projects/{project_id}/checklist")
def write_project_checklist(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: ProjectWriter,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Record what was changed."""
    found = _of_project(session, actor, project_id)
    faults = _write(
        form,
        found,
        lambda given: checklists.write_for_project(session, actor, clock, project_id, given),
    )
    if faults:
        return _project_page(request, actor, session, project_id, found, form, 422, faults)
    return flash(request, redirect(f"/projects/{project_id}/checklist"), "確認を記録しました。")


def _contract_page(
    request: Request, actor: Actor, session: SessionDep, contract_id: str, found: Checklist,
    form: Form | None = None, status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    subject = contract_subjects.subject_of(session, actor, contract_id)
    back = (("個別契約", "/contracts"), (subject.number, subject.path))
    address = f"/contracts/{contract_id}/checklist"
    title = f"{subject.number}　{subject.title}"
    return _checklist_page(request, found, title, back, address, form, status, faults)


@router.get("/contracts/{contract_id}/checklist")
def contract_checklist(
    contract_id: str, request: Request, actor: ContractReader, session: SessionDep
) -> Response:
    """The checklist of a contract."""
    found = checklists.of_contract(session, actor, contract_id)
    return _contract_page(request, actor, session, contract_id, found)


@router.post("/contracts/{contract_id}/checklist")
def write_contract_checklist(
    contract_id: str,
    request: Request,
    form: FormDep,
    actor: ContractWriter,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Record what was changed."""
    found = checklists.of_contract(session, actor, contract_id)
    faults = _write(
        form,
        found,
        lambda given: checklists.write_for_contract(session, actor, clock, contract_id, given),
    )
    if faults:
        return _contract_page(request, actor, session, contract_id, found, form, 422, faults)
    return flash(request, redirect(f"/contracts/{contract_id}/checklist"), "確認を記録しました。")
