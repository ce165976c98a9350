"""`/specifications/{id}/versions/{v}/impact`: what a version asks of listings and contracts."""

from fastapi import APIRouter

from app.access.dependencies import ActorDep, ClockDep
from app.impact import service
from app.impact.schemas import ImpactOut, impact_out
from app.kit.database import SessionDep

router = APIRouter(prefix="/specifications", tags=["標準仕様書"])


@router.get("/{specification_id}/versions/{number}/impact")
def read_impact(
    specification_id: str, number: str, actor: ActorDep, session: SessionDep, clock: ClockDep
) -> ImpactOut:
    """版の影響

    既に適合している掲載、改めて答える掲載とその要件、適合基準日より後まで続く個別契約です。団体と契約は、その契約を
    読める人にだけ示し、ほかの人には数だけを示します。登録事業者の自己申告によるものです。国が適合を保証するものでは
    ありません。適合の確認は各団体が行います。
    """
    return impact_out(service.impact_of(session, actor, clock, specification_id, number))
