"""`/buyer-desk`: what a body has before it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.procurement import buyer_desk

router = APIRouter(prefix="/buyer-desk", tags=["調達の案件"])


class StageOut(BaseModel):
    """How many projects are at a stage."""

    status: str
    projects: int


class DeskProjectOut(BaseModel):
    """A project in short."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    status: str


class DeskContractOut(BaseModel):
    """A contract in short."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    title: str
    vendor_name: str
    ends_on: date


class EndingOut(DeskContractOut):
    """A contract that comes to its end; `imported`: one from before, read at `/contracts/imported/{id}` of the site."""

    days_left: int
    imported: bool


class BuyerDeskOut(BaseModel):
    """Lists hold ten lines at most, those that wait longest or end soonest."""

    stages: list[StageOut]
    mine: list[DeskProjectOut]
    to_confirm: list[DeskProjectOut]
    to_approve: list[DeskContractOut]
    to_contract: list[DeskProjectOut]
    without_officer: list[DeskProjectOut]
    disputed: list[DeskContractOut]
    late_inspections: int
    ending: list[EndingOut]


@router.get("")
def read_desk(
    actor: Annotated[Actor, guarded(Permission.PROJECT_WRITE)], session: SessionDep, clock: ClockDep
) -> BuyerDeskOut:
    """団体の調達で、いま待っていること"""
    desk = buyer_desk.desk(session, actor, clock)
    return BuyerDeskOut(
        stages=[StageOut(status=status, projects=count) for status, count in desk.stages],
        mine=[DeskProjectOut.model_validate(row) for row in desk.mine],
        to_confirm=[DeskProjectOut.model_validate(row) for row in desk.to_confirm],
        to_approve=[DeskContractOut.model_validate(row) for row in desk.to_approve],
        to_contract=[DeskProjectOut.model_validate(row) for row in desk.to_contract],
        without_officer=[DeskProjectOut.model_validate(row) for row in desk.without_officer],
        disputed=[DeskContractOut.model_validate(row) for row in desk.disputed],
        late_inspections=desk.late_inspections,
        ending=[EndingOut.model_validate(row, from_attributes=True) for row in desk.ending],
    )
