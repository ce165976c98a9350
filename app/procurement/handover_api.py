"""Handover of all that a member holds, and the officer of one project."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.procurement import handover, projects
from app.procurement import project_outputs as out
from app.procurement.handover import Holding

router = APIRouter(tags=["引継ぎ"])

Member = Annotated[Actor, guarded(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]


class HandoverIn(BaseModel):
    """Who takes it all over: a membership of the same organisation."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"successor_id": "mem_01JD0000000000000000000000"}]}
    )

    successor_id: str = Field(max_length=60)


class OfficerIn(BaseModel):
    """Who keeps the project from now on; null for yourself."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"membership_id": "mem_01JD0000000000000000000000"}]}
    )

    membership_id: str | None = Field(default=None, max_length=60)


class HeldProjectOut(BaseModel):
    """A project that a member keeps."""

    id: str
    title: str
    status: str


class HoldingOut(BaseModel):
    """What a member holds: projects (with their searches, candidates and drafts), and how many open invitations."""

    membership_id: str
    name: str
    projects: list[HeldProjectOut]
    supports: int
    invitations: int


def _out(holding: Holding) -> HoldingOut:
    return HoldingOut(
        membership_id=holding.membership_id,
        name=holding.name,
        projects=[
            HeldProjectOut(id=id_, title=title, status=status) for id_, title, status in holding.projects
        ],
        supports=holding.supports,
        invitations=holding.invitations,
    )


@router.get("/organisations/{organisation_id}/members/{membership_id}/holding")
def read_holding(
    organisation_id: str, membership_id: str, actor: Member, session: SessionDep, clock: ClockDep
) -> HoldingOut:
    """引き継ぐものの一覧

    本人と、管理者または承認者が見られます。
    """
    return _out(handover.holding_of(session, actor, clock, organisation_id, membership_id))


@router.post("/organisations/{organisation_id}/members/{membership_id}/handover")
def hand_over(
    organisation_id: str,
    membership_id: str,
    body: HandoverIn,
    actor: Member,
    session: SessionDep,
    clock: ClockDep,
) -> HoldingOut:
    """持っているものを全て、一度に引き継がせる

    案件（保存した検索・候補・下書きを含む）、支援者とメンバーへの招待が、引き継ぐ人に移ります。組織の外の人には渡せません。
    本人か、管理者または承認者が、ログインして行います。
    """
    passed = handover.hand_over(session, actor, clock, organisation_id, membership_id, body.successor_id)
    return _out(passed)


@router.put("/projects/{project_id}/officer")
def assign_officer(
    project_id: str, body: OfficerIn, actor: Writer, session: SessionDep, clock: ClockDep, response: Response
) -> out.ProjectOut:
    """案件の担当者を決める

    担当者のいない案件は、だれでも引き受けられます。いる案件は、その担当者か承認者が変えられます。
    """
    project = handover.assign_officer(session, actor, clock, project_id, body.membership_id)
    response.headers["ETag"] = projects.tag_of(project)
    return out.project_out(project)
