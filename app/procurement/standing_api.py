"""`/projects/{id}/standing`, `/contracts/{id}/standing`: suspensions, renewals and revocations that concern them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.procurement import standing_reading
from app.procurement.reach import ContractReader as ContractGuard
from app.procurement.reach import note_read
from app.procurement.standing import Standing
from app.review.suspension_schemas import BuyerNoticeOut

router = APIRouter(dependencies=[Depends(note_read)])

ContractReader = Annotated[Actor, Depends(ContractGuard(Permission.CONTRACT_READ))]
ProjectReader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]


class RenewingOut(BaseModel):
    """A firm in renewal (更新手続中): public, closed to new contracts."""

    model_config = ConfigDict(from_attributes=True)

    organisation_id: str
    vendor: str
    what: str = Field(description="期限が過ぎたもの: 基本契約、全省庁統一資格")
    ended_on: date


class RevokedOut(BaseModel):
    """A pinned revision that the Agency took back as published in error."""

    model_config = ConfigDict(from_attributes=True)

    entry_id: str
    revision_id: str
    number: int
    name: str
    revoked_on: date
    note: str


class StandingOut(BaseModel):
    """Empty lists: nothing in the way. Contracts already made are valid either way."""

    suspensions: list[BuyerNoticeOut] = Field(
        description="公開が停止されているもの。新しい選定の確定と契約はできません"
    )
    renewing: list[RenewingOut] = Field(description="更新手続中の事業者。新しい選定の確定と契約はできません")
    revoked: list[RevokedOut] = Field(
        description="候補や契約が指す版のうち、誤って公開されたとして取り消されたもの"
    )


def _out(found: Standing) -> StandingOut:
    return StandingOut(
        suspensions=[BuyerNoticeOut.model_validate(notice) for notice in found.suspensions],
        renewing=[RenewingOut.model_validate(firm) for firm in found.renewing],
        revoked=[RevokedOut.model_validate(one) for one in found.revoked],
    )


@router.get("/projects/{project_id}/standing", tags=["調達の案件"])
def project_standing(
    project_id: str, actor: ProjectReader, session: SessionDep, clock: ClockDep
) -> StandingOut:
    """候補の掲載の状況

    停止されている掲載、更新手続中の事業者、公開が取り消された版です。
    """
    return _out(standing_reading.of_project(session, actor, clock, project_id))


@router.get("/contracts/{contract_id}/standing", tags=["個別契約"])
def contract_standing(
    contract_id: str, actor: ContractReader, session: SessionDep, clock: ClockDep
) -> StandingOut:
    """契約した掲載の状況

    停止されている掲載、更新手続中の事業者、公開が取り消された版です。契約は有効なままです。
    """
    return _out(standing_reading.of_contract(session, actor, clock, contract_id))
