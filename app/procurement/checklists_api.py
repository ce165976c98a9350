"""The body's contract practice, and the checklists of projects and contracts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import NotFound
from app.procurement import checklists, practice
from app.procurement.checklist_schemas import ChecklistOut, EntriesIn, PracticeIn, PracticeOut
from app.procurement.reach import note_read

router = APIRouter(tags=["確認と検収"], dependencies=[Depends(note_read)])

ProjectReader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
ProjectWriter = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
ContractReader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
ContractWriter = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
BodyWriter = Annotated[Actor, guarded(Permission.ORGANISATION_WRITE)]
IfMatch = Annotated[str | None, Header(alias="If-Match")]


def _tagged(response: Response, found: practice.Practice) -> PracticeOut:
    response.headers["ETag"] = found.etag
    return PracticeOut.model_validate(found)


@router.get("/contract-practice")
def read_contract_practice(
    actor: ContractWriter, session: SessionDep, clock: ClockDep, response: Response
) -> PracticeOut:
    """自分の団体の、契約事務の設定です（確認の項目、検査と支払の日数）。定めていないときは、既定の設定を返します。"""
    return _tagged(response, practice.own_practice(session, actor, clock))


@router.put("/contract-practice")
def write_contract_practice(
    body: PracticeIn,
    actor: BodyWriter,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> PracticeOut:
    """契約事務の設定を、まとめて書き換えます。前に記録した確認と期日は変わりません。"""
    return _tagged(response, practice.write_practice(session, actor, clock, body, if_match))


@router.get("/projects/{project_id}/checklist")
def read_project_checklist(project_id: str, actor: ProjectReader, session: SessionDep) -> ChecklistOut:
    """選定した事業者についての確認です。足りない確認は警告であり、選定を妨げません。"""
    found = checklists.of_project(session, actor, project_id)
    if found is None:
        raise NotFound("この案件には、まだ選定した事業者がありません。")
    return ChecklistOut.model_validate(found)


@router.post("/projects/{project_id}/checklist")
def write_project_checklist(
    project_id: str, body: EntriesIn, actor: ProjectWriter, session: SessionDep, clock: ClockDep
) -> ChecklistOut:
    """選定した事業者についての確認を記録します。前の記録は履歴に残ります。"""
    return ChecklistOut.model_validate(checklists.write_for_project(session, actor, clock, project_id, body))


@router.get("/contracts/{contract_id}/checklist")
def read_contract_checklist(contract_id: str, actor: ContractReader, session: SessionDep) -> ChecklistOut:
    """契約の相手についての確認です。選定のときの確認を引き継ぎます。団体と監査担当だけが読めます。"""
    return ChecklistOut.model_validate(checklists.of_contract(session, actor, contract_id))


@router.post("/contracts/{contract_id}/checklist")
def write_contract_checklist(
    contract_id: str, body: EntriesIn, actor: ContractWriter, session: SessionDep, clock: ClockDep
) -> ChecklistOut:
    """契約の相手についての確認を記録します。"""
    return ChecklistOut.model_validate(
        checklists.write_for_contract(session, actor, clock, contract_id, body)
    )
