"""The documents of a contract, for both of its sides and the auditors."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, guarded
from app.access.permissions import Permission
from app.files.dependencies import FilesDep, as_attachment
from app.kit.database import SessionDep
from app.kit.errors import Conflict, FieldFault, Invalid, Problem, Unavailable
from app.procurement import documents
from app.procurement.document_schemas import DocumentIn
from app.procurement.inputs import parse
from app.procurement.policies import DOCUMENT_KINDS
from app.procurement.reach import note_read
from app.web import list_columns
from app.web.forms import Form, FormDep, UploadDep
from app.web.list_files import ListPaging, ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(
    prefix="/contracts/{contract_id}/documents", include_in_schema=False, dependencies=[Depends(note_read)]
)

Reader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_DOCUMENTS)]


@router.get("")
def list_page(
    contract_id: str,
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    paging: ListPagingDep,
) -> Response:
    """What is there, and the form for more."""
    if paging.listed.format:
        rows, _ = documents.documents_of(session, actor, contract_id, paging)
        return list_file(paging.listed, list_columns.DOCUMENTS, rows, clock)
    return _page(request, actor, session, settings.files.limit_bytes, contract_id, paging, Form())


def _page(
    request: Request,
    actor: Actor,
    session: SessionDep,
    limit_bytes: int,
    contract_id: str,
    paging: ListPaging,
    form: Form,
    refusal: Problem | None = None,
    faults: Any = (),
) -> Response:
    place = documents.place_of(session, actor, contract_id)
    rows, following = documents.documents_of(session, actor, contract_id, paging)
    shown = list(faults)
    if refusal is not None and not shown:
        shown = [FieldFault("/file", refusal.slug, refusal.detail, "")]
    answer = render(
        request,
        "contracts/documents.html",
        refusal.status if refusal else 200,
        place=place,
        back=f"/vendor/contracts/{place.contract_id}"
        if place.side == "vendor"
        else f"/contracts/{place.contract_id}",
        rows=rows,
        next=following,
        listed=paging.listed,
        may_write=actor.may(Permission.CONTRACT_DOCUMENTS) and place.side != "auditor",
        kinds=DOCUMENT_KINDS,
        typed=form.typed(),
        limit_megabytes=limit_bytes // 1_048_576,
        faults=shown,
    )
    for name, value in (refusal.headers if refusal else {}).items():
        answer.headers[name] = value
    return answer


@router.post("")
def add(
    contract_id: str,
    request: Request,
    actor: Writer,
    form: UploadDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    files: FilesDep,
    paging: ListPagingDep,
) -> Response:
    """Keep the file; what was typed stays where it is refused (the file itself has to be chosen again)."""
    try:
        name = form.file.name if form.file else ""
        values = {"kind": form.get("kind"), "title": form.get("title"), "file_name": name}
        given = _parsed(values, chosen=form.file is not None)
        content = form.file.content if form.file else b""
        documents.add_document(session, actor, clock, files, contract_id, given, content)
    except (Invalid, Conflict, Unavailable) as refused:
        session.rollback()
        faults = list(refused.faults) if isinstance(refused, Invalid) else ()
        return _page(
            request, actor, session, settings.files.limit_bytes, contract_id, paging, form, refused, faults
        )
    return flash(request, redirect(f"/contracts/{contract_id}/documents"), "書類を加えました。")


def _parsed(values: dict[str, str], *, chosen: bool) -> DocumentIn:
    """Every fault at once, that of the missing file among them."""
    if chosen:
        return parse(DocumentIn, values)
    missing = FieldFault("/file", "required", "ファイルが選ばれていません。", "ファイルを選んでください。")
    try:
        parse(DocumentIn, values | {"file_name": "x"})
    except Invalid as refused:
        raise Invalid([*refused.faults, missing]) from None
    raise Invalid([missing])


@router.get("/{document_id}/content")
def content(
    contract_id: str, document_id: str, actor: Reader, session: SessionDep, files: FilesDep
) -> Response:
    """The file, to be saved."""
    view, found = documents.content_of(session, actor, files, contract_id, document_id)
    return as_attachment(view.file_name, view.media_type, found)


@router.post("/{document_id}/removal")
def remove(
    contract_id: str,
    document_id: str,
    request: Request,
    actor: Writer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Take a document out."""
    documents.remove_document(session, actor, clock, contract_id, document_id)
    return flash(request, redirect(f"/contracts/{contract_id}/documents"), "書類を取り除きました。")
