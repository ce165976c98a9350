"""`/contracts/imports`, `/contracts/export`, `/contracts/imported`: a body's existing contracts from one file."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, ContentDep, SettingsDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.jobs import service as jobs
from app.jobs.schemas import JobOut, accepted
from app.kit.database import SessionDep
from app.kit.table_writing import CSV, XLSX, attachment, csv_bytes, xlsx_bytes
from app.procurement import contract_import, contract_rows, imported
from app.procurement.imported_schemas import ImportedOut, WithdrawalIn, imported_out
from app.procurement.reach import ContractReader, note_read

router = APIRouter(prefix="/contracts", tags=["既存の契約の取込み"], dependencies=[Depends(note_read)])

Reader = Annotated[Actor, Depends(ContractReader(Permission.CONTRACT_READ))]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
TableFormat = Annotated[Literal["csv", "xlsx"], Query(description="ファイルの形式")]
_CSV_EXAMPLE = (
    "number,title,vendor_number,vendor_name,business_areas,software_name,concluded_on,starts_on,ends_on,total\r\n"
    "総契-2026-001,施設予約サービスの利用,,架空予約システム株式会社,施設予約,施設予約くん（架空）,"
    "R8.4.1,R8.4.1,R9.3.31,1320000\r\n"
)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "形式は中身で見分けます。列は GET /contracts/imports/template にあります。",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
            XLSX: {"schema": {"type": "string", "contentMediaType": XLSX}, "example": "（xlsx のバイト列）"},
        },
    }
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in (CSV, XLSX)}}
}


def table_answer(name: str, rows: Any, wanted: str) -> Response:
    """The rows under the import's headers as a file."""
    if wanted == "csv":
        return Response(
            csv_bytes(contract_rows.headers(), rows), media_type=CSV, headers=attachment(f"{name}.csv")
        )
    content = xlsx_bytes(contract_rows.SHEET, contract_rows.headers(), rows)
    return Response(content, media_type=XLSX, headers=attachment(f"{name}.xlsx"))


@router.post("/imports", status_code=202, openapi_extra=_BODY)
def import_contracts(
    content: ContentDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    idempotency: IdempotencyDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="確かめるだけで、何も変更しない")] = False,
    name: Annotated[str, Query(max_length=120, description="ファイルの名前（ジョブに表示）")] = "",
) -> JobOut:
    """団体が今までに結んだ契約を、CSV または xlsx から取り込みます。

    全体で1つのジョブとして、全てを取り込むか、何も変更しないかのどちらかです。番号と相手が同じ契約は登録済みとして扱い、変えません。
    """
    view = idempotency.run(
        lambda: contract_import.begin_import(
            session, actor, clock, settings, name=name, content=content, dry_run=dry_run
        ),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)


@router.post("/imports/{job_id}/confirmation", status_code=202)
def confirm_contract_import(
    job_id: str,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> JobOut:
    """誤りのなかった確認（dry_run）のファイルを、そのまま取り込みます。"""
    view = idempotency.run(
        lambda: contract_import.confirm_import(session, actor, clock, job_id),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)


@router.get("/imports/template", response_class=Response, responses=_FILES)
def contract_import_template(actor: Writer, format: TableFormat = "csv") -> Response:
    """取込みのひな形です。説明の行と記入例の行は、取り込むときに読みません。"""
    return table_answer("contracts-template", contract_rows.template(), format)


@router.get("/export", response_class=Response, responses=_FILES)
def export_contracts(
    actor: Writer, session: SessionDep, clock: ClockDep, format: TableFormat = "csv"
) -> Response:
    """自分の団体の契約の全て（記録したものと取り込んだもの）を、取込みと同じ形で書き出します。"""
    rows = imported.export_rows(session, actor, clock)
    return table_answer(f"contracts-{clock.today().isoformat()}", rows, format)


@router.get("/imported/{contract_id}")
def read_imported_contract(contract_id: str, actor: Reader, session: SessionDep) -> ImportedOut:
    """取り込んだ契約を読みます。備考と取消しの理由は、団体と監査担当だけに返します。"""
    return imported_out(imported.imported_of(session, actor, contract_id))


@router.post("/imported/{contract_id}/withdrawal")
def withdraw_imported_contract(
    contract_id: str, body: WithdrawalIn, actor: Writer, session: SessionDep, clock: ClockDep
) -> ImportedOut:
    """誤って取り込んだ契約を取り消します。同じ番号で、取り込み直せるようになります。"""
    return imported_out(imported.withdraw(session, actor, clock, contract_id, body.reason))
