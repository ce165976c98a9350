"""`/listings/imports`, `/listings/export`: a vendor's software and offers in one file."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from app.access.actor import Actor
from app.access.dependencies import ClockDep, ContentDep, SettingsDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.bulk import service
from app.jobs import service as jobs
from app.jobs.schemas import JobOut, accepted
from app.kit.database import SessionDep
from app.kit.table_writing import XLSX, attachment
from app.listings.dependencies import SchemaDep

router = APIRouter(prefix="/listings", tags=["一括登録"])

Writer = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
_LINE = (
    '{"kind": "software", "key": "MN-01", "answers": {"name": "まどぐちナビ（架空）"}}\n'
    '{"kind": "offer", "key": "MN-01-S", "software_key": "MN-01", "answers": {"name": "標準プラン（架空）"}}\n'
)
_CSV_EXAMPLE = "kind,key,software_key,name\r\nsoftware,MN-01,,まどぐちナビ（架空）\r\n"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "形式は中身で見分けます。",
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": _LINE},
            "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
            XLSX: {"schema": {"type": "string", "contentMediaType": XLSX}, "example": "（xlsx のバイト列）"},
        },
    }
}
_FILES = {200: {"content": {kind: {"schema": {"type": "string"}} for kind in service.MEDIA.values()}}}


@router.post("/imports", status_code=202, openapi_extra=_BODY)
def import_listings(
    content: ContentDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    idempotency: IdempotencyDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="確かめるだけで、何も変更しない")] = False,
    submit: Annotated[bool, Query(description="必須の回答がそろったものを、審査に申請する")] = False,
    name: Annotated[str, Query(max_length=120, description="ファイルの名前（ジョブに表示）")] = "",
) -> JobOut:
    """ソフトウェアとサービスを、1つのファイルから一括で登録・更新します。

    JSON Lines、CSV、xlsx。全体で1つのジョブとして、全てを取り込むか、何も変更しないかのどちらかです。
    """
    view = idempotency.run(
        lambda: service.begin_import(
            session, actor, clock, settings, name=name, content=content, dry_run=dry_run, submit=submit
        ),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)


@router.post("/imports/{job_id}/confirmation", status_code=202)
def confirm_import(
    job_id: str,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> JobOut:
    """誤りのなかった確認（dry_run）のファイルを、そのまま取り込みます。"""
    view = idempotency.run(
        lambda: service.confirm_import(session, actor, clock, job_id),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)


@router.get("/export", response_class=StreamingResponse, responses=_FILES)  # type: ignore[arg-type]  # FastAPI wants int | str keys
def export_listings(
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    format: Annotated[Literal["jsonl", "csv", "xlsx"], Query(description="ファイルの形式")] = "jsonl",
) -> StreamingResponse:
    """自社のソフトウェアとサービスの全てを、取込みと同じ形で書き出します。"""
    content = service.export(session, actor, clock, schema, format)
    headers = attachment(f"listings-{clock.today().isoformat()}.{format}")
    return StreamingResponse(content, media_type=service.MEDIA[format], headers=headers)
