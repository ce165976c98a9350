"""`/conformance/…/verifications`: what reviewers looked at of a listing's statements of conformance."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.conformance.schemas import VerificationOut
from app.kit.database import SessionDep
from app.kit.pagination import Page
from app.review import verifying
from app.review.verifying import VerificationGiven

router = APIRouter(prefix="/conformance/{software_id}/{version_id}/verifications", tags=["標準仕様への対応"])

Verifier = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]


def _body(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class VerificationIn(BaseModel):
    """What was looked at, of the published revision."""

    model_config = _body(
        {
            "level": "tested",
            "looked_at": "操作説明書の第3章と、試験の報告書",
            "report_url": "https://www.example.jp/report.pdf",
            "tester": "架空試験所",
            "tested_on": "2026-10-01",
            "valid_until": "2028-03-31",
            "revision_number": 1,
        }
    )

    level: str = Field(max_length=20, description="documents（書類確認）、tested（試験結果あり）")
    looked_at: str = Field(description="見たもの")
    report_url: str = Field(default="", description="試験の報告書の場所（https）。tested のとき必要")
    tester: str = Field(default="", description="試験をした者。tested のとき必要")
    tested_on: str = Field(default="", description="試験の日。tested のとき必要")
    valid_until: str = Field(default="", description="有効期限。省くと、標準仕様書の版が有効な間")
    revision_number: int = Field(description="見た回答の、公開中の版の番号")


class VerificationWithdrawalIn(BaseModel):
    """Why a verification is taken back; public."""

    model_config = _body({"reason": "報告書が別の製品のものであったため"})

    reason: str


@router.get("")
def list_verifications(
    software_id: str, version_id: str, session: SessionDep, clock: ClockDep
) -> Page[VerificationOut]:
    """確認の記録を、新しい順に返します（取り消されたもの、終わったものを含む）

    国が適合を保証するものではありません。適合の確認は各団体が行います。
    """
    claim = verifying.verifiable(session, clock, software_id, version_id)
    return Page(items=[VerificationOut.model_validate(view) for view in claim.verifications])


@router.post("", status_code=201)
def record_verification(
    software_id: str,
    version_id: str,
    body: VerificationIn,
    actor: Verifier,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> VerificationOut:
    """書類や試験結果を確認したことを記録する（審査担当）

    公開中の版の回答についての記録です。回答が変わると、その記録は今の回答には効きません。標準仕様書の版が旧版になるか、
    有効期限が過ぎると終わります。
    """
    given = VerificationGiven(**{**body.model_dump(), "revision_number": str(body.revision_number)})
    view = idempotency.run(
        lambda: verifying.record_verification(session, actor, clock, software_id, version_id, given),
        lambda known: verifying.read_verification(session, clock, software_id, version_id, known),
        lambda made: made.id,
    )
    return VerificationOut.model_validate(view)


@router.post("/{verification_id}/withdrawal")
def withdraw_verification(
    software_id: str,
    version_id: str,
    verification_id: str,
    body: VerificationWithdrawalIn,
    actor: Verifier,
    session: SessionDep,
    clock: ClockDep,
) -> VerificationOut:
    """確認の記録を、理由を付けて取り消す（審査担当）。理由は公開されます"""
    view = verifying.withdraw_verification(
        session, actor, clock, software_id, version_id, verification_id, body.reason
    )
    return VerificationOut.model_validate(view)
