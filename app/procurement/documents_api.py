"""`/contracts/{id}/documents`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, ContentDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.files.dependencies import FilesDep, as_attachment
from app.files.kinds import MEDIA
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep, page_of
from app.procurement import documents
from app.procurement.document_schemas import DocumentIn, DocumentOut
from app.procurement.inputs import parse
from app.procurement.policies import DocumentKind
from app.procurement.reach import note_read

router = APIRouter(
    prefix="/contracts/{contract_id}/documents", tags=["個別契約"], dependencies=[Depends(note_read)]
)

Reader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_DOCUMENTS)]
_SCHEMA = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "ファイルそのもの。形式は中身で見分けます。",
        "content": {
            kind: {"schema": _SCHEMA, "example": "（ファイルのバイト列）"} for kind in MEDIA.values()
        },
    }
}
_FILES: Any = {200: {"content": {kind: {"schema": _SCHEMA} for kind in MEDIA.values()}}}


@router.get("")
def list_documents(
    contract_id: str, actor: Reader, session: SessionDep, paging: PagingDep
) -> Page[DocumentOut]:
    """契約の書類を、新しい順に返します。"""
    found, following = documents.documents_of(session, actor, contract_id, paging)
    return page_of(found, following, DocumentOut.model_validate)


@router.post("", status_code=201, openapi_extra=_BODY)
def add_document(
    contract_id: str,
    content: ContentDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    files: FilesDep,
    idempotency: IdempotencyDep,
    kind: Annotated[DocumentKind, Query(description="書類の種類", examples=["agreement"])],
    title: Annotated[str, Query(description="件名", examples=["個別契約書（写し）"])],
    name: Annotated[str, Query(description="ファイルの名前", examples=["契約書.pdf"])],
) -> DocumentOut:
    """契約に書類を加えます（団体または事業者）。

    PDF、docx、xlsx。中身で確かめ、暗号化されたもの、スクリプトやマクロを含むものは断ります。同じ内容は二重に加えません。
    """
    given = parse(DocumentIn, {"kind": kind, "title": title, "file_name": name})
    view = idempotency.run(
        lambda: documents.add_document(session, actor, clock, files, contract_id, given, content),
        lambda known: documents.document_of(session, actor, contract_id, known),
        lambda made: made.id,
    )
    return DocumentOut.model_validate(view)


@router.get("/{document_id}")
def read_document(contract_id: str, document_id: str, actor: Reader, session: SessionDep) -> DocumentOut:
    """1つの書類の種類、大きさ、SHA-256などです。"""
    return DocumentOut.model_validate(documents.document_of(session, actor, contract_id, document_id))


@router.get("/{document_id}/content", response_class=Response, responses=_FILES)
def read_content(
    contract_id: str, document_id: str, actor: Reader, session: SessionDep, files: FilesDep
) -> Response:
    """ファイルそのものを返します。"""
    view, content = documents.content_of(session, actor, files, contract_id, document_id)
    return as_attachment(view.file_name, view.media_type, content)


@router.delete("/{document_id}", status_code=204)
def remove_document(
    contract_id: str, document_id: str, actor: Writer, session: SessionDep, clock: ClockDep
) -> None:
    """自分の側が加え、まだどちらも確認していない書類を取り除きます。"""
    documents.remove_document(session, actor, clock, contract_id, document_id)
