"""`/software/{id}/insights` and `/offers/{id}/insights`: a vendor's counts of an own listing."""

from typing import Annotated

from fastapi import APIRouter

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.insights import service
from app.insights.schemas import CountOut, Counts
from app.kit.database import SessionDep
from app.listings.dependencies import SchemaDep

router = APIRouter(tags=["掲載の反響"])

Reader = Annotated[Actor, guarded(Permission.INSIGHTS_READ)]


def _counts(
    kind: str, entry_id: str, actor: Actor, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Counts:
    rows = service.counts_of_listing(session, actor, clock, schema, kind, entry_id)
    return Counts(items=[CountOut.model_validate(row) for row in rows])


@router.get("/software/{software_id}/insights")
def software_insights(
    software_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Counts:
    """自社のソフトウェアの反響

    閲覧・比較・候補・条件による除外の回数を、1週間遅れで返します。団体の名称は含みません。3団体（閲覧と比較は3回）に
    満たない週は、満たすまで次の週とまとめます。
    """
    return _counts("software", software_id, actor, session, clock, schema)


@router.get("/offers/{offer_id}/insights")
def offer_insights(
    offer_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Counts:
    """自社のサービス（価格）が候補に選ばれた回数を、1週間遅れで返します。数え方はソフトウェアと同じです。"""
    return _counts("offer", offer_id, actor, session, clock, schema)
