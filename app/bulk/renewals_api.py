"""`/renewals/imports`: new validity of many firms' qualifications and agreements from one file (the Agency)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, ContentDep, SettingsDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.bulk import renewal_import
from app.jobs import service as jobs
from app.jobs.schemas import JobOut, accepted
from app.kit.database import SessionDep
from app.kit.table_writing import XLSX

router = APIRouter(prefix="/renewals", tags=["期限"])

Manager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]
_EXAMPLE = "法人番号,有効期間の始まり,有効期間の終わり\r\n9999900000001,R10.4.1,R13.3.31\r\n"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "形式は中身で見分けます。",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE},
            XLSX: {"schema": {"type": "string", "contentMediaType": XLSX}, "example": "（xlsx のバイト列）"},
        },
    }
}


@router.post("/imports", status_code=202, openapi_extra=_BODY)
def import_renewals(
    content: ContentDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    idempotency: IdempotencyDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="確かめるだけで、何も変更しない")] = False,
    name: Annotated[str, Query(max_length=120, description="ファイルの名前（ジョブに表示）")] = "",
) -> JobOut:
    """資格と基本契約の新しい有効期間を、まとめて取り込む（デジタル庁）

    CSV か xlsx。全体で1つのジョブとして、全てを取り込むか、何も変更しないかのどちらかです。列は 法人番号 と
    有効期間の終わり が必須で、種別（全省庁統一資格、基本契約）、業者コード、資格の種類、等級、有効期間の始まり は
    省けます（前の資格から引き継ぎます）。
    """
    view = idempotency.run(
        lambda: renewal_import.begin(
            session, actor, clock, settings, name=name, content=content, dry_run=dry_run
        ),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)


@router.post("/imports/{job_id}/confirmation", status_code=202)
def confirm_renewals(
    job_id: str,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> JobOut:
    """誤りのなかった確認（dry_run）のファイルを、そのまま取り込む（デジタル庁）"""
    view = idempotency.run(
        lambda: renewal_import.confirm(session, actor, clock, job_id),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)
