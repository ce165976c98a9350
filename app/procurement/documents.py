"""Documents of a contract: added by either side, read by both and the auditors, frozen by a confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col

from app.access.actor import Actor
from app.audit.record import record
from app.files import service as files_service
from app.files.kinds import MEDIA
from app.files.models import StoredFile
from app.files.service import Files
from app.kit.clock import Clock
from app.kit.errors import Conflict, NotFound
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.outbox.publish import publish
from app.procurement import document_repository, repository
from app.procurement.document_models import ContractDocument
from app.procurement.document_schemas import DocumentIn
from app.procurement.errors import NO_CONTRACT
from app.procurement.models import Contract
from app.procurement.people import NOBODY
from app.procurement.policies import Side, contract_side

MOST = 200
_NO_DOCUMENT = "この契約に、その書類はありません。取り除かれたかもしれません。"


@dataclass(frozen=True)
class DocumentView:
    """A document with what its file is."""

    id: str
    contract_id: str
    kind: str
    title: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    scanned: bool
    version: int
    side: str
    added_by: str
    added_at: datetime
    frozen: bool
    governs: bool


@dataclass(frozen=True)
class Place:
    """The contract whose documents are shown, and from which side."""

    contract_id: str
    number: str
    side: Side


def place_of(session: Session, actor: Actor, contract_id: str) -> Place:
    """The contract, for who reads its documents. Raises NotFound."""
    row, side = _read(session, actor, contract_id)
    return Place(row.id, row.number, side)


def documents_of(
    session: Session, actor: Actor, contract_id: str, paging: Paging
) -> tuple[list[DocumentView], str | None]:
    """The contract's documents, newest first. Raises NotFound."""
    row, _ = _read(session, actor, contract_id)
    statement = document_repository.documents(row.id)
    found, following = paginate(session, statement, ContractDocument, paging)
    return _views(session, row, found), following


def choosable(session: Session, actor: Actor, contract_id: str) -> list[DocumentView]:
    """All of the contract's documents (at most `MOST`), newest first, for who chooses one. Raises NotFound."""
    row, _ = _read(session, actor, contract_id)
    statement = document_repository.documents(row.id).order_by(col(ContractDocument.id).desc())
    return _views(session, row, session.exec(statement).all())


def document_of(session: Session, actor: Actor, contract_id: str, document_id: str) -> DocumentView:
    """One of them. Raises NotFound."""
    row, _ = _read(session, actor, contract_id)
    return _views(session, row, [_document(session, row, document_id)])[0]


def content_of(
    session: Session, actor: Actor, files: Files, contract_id: str, document_id: str
) -> tuple[DocumentView, bytes]:
    """A document with its content. Raises NotFound, Unavailable where the store lost it."""
    view = document_of(session, actor, contract_id, document_id)
    stored = session.get_one(StoredFile, view.sha256)
    return view, files_service.give_out(files, stored)


def add_document(
    session: Session,
    actor: Actor,
    clock: Clock,
    files: Files,
    contract_id: str,
    given: DocumentIn,
    content: bytes,
) -> DocumentView:
    """Keep a file with the contract.

    Raises NotFound, Invalid on `/file`, Conflict for a content that is there already (member `known`) and above two
    hundred, Unavailable while the scanner does not answer.
    """
    row, side = _written(session, actor, contract_id)
    stored = files_service.take_in(session, files, clock, given.file_name, content)
    known = document_repository.same_content(session, row.id, stored.sha256)
    if known is not None:
        raise Conflict(
            f"同じ内容のファイルが、この契約に「{known.title}」としてあります。何も加えていません。",
            known=known.id,
        )
    if len(session.exec(document_repository.documents(row.id)).all()) >= MOST:
        raise Conflict(f"1つの契約に置ける書類は{MOST}件までです。")
    now = clock.now()
    made = ContractDocument(
        id=new_id("doc"),
        contract_id=row.id,
        sha256=stored.sha256,
        kind=given.kind,
        title=given.title,
        file_name=given.file_name,
        version=row.current_version,
        side=side,
        added_by=actor.person_id or "",
        added_at=now,
    )
    session.add(made)
    session.flush()
    _record(session, actor, "contract.document-added", row, made, now)
    return _views(session, row, [made])[0]


def remove_document(session: Session, actor: Actor, clock: Clock, contract_id: str, document_id: str) -> None:
    """Take out what the own side added and no side has confirmed. The trail keeps its digest.

    Raises NotFound, Conflict (member `text` where a governing text is this document).
    """
    row, side = _written(session, actor, contract_id)
    found = _document(session, row, document_id)
    if found.side != side:
        raise Conflict("相手が加えた書類は取り除けません。相手に依頼してください。")
    if _views(session, row, [found])[0].frozen:
        raise Conflict("この書類を加えた版は確認されたので、取り除けません。契約の記録の一部です。")
    text = document_repository.naming_text(session, found.id)
    if text is not None:
        raise Conflict(
            f"この書類は、契約の第{text.version_number}版の文書「{text.title}」の内容なので、取り除けません。"
            + (
                "団体が「文書と申し入れ」でその文書を除くと、取り除けます。"
                if text.version_number == row.current_version
                else "前の版の記録の一部です。"
            ),
            text=text.id,
        )
    _record(session, actor, "contract.document-removed", row, found, clock.now())
    session.delete(found)
    session.flush()
    if not document_repository.is_owned(session, found.sha256):
        # The content itself goes with the store's next sweep.
        session.delete(session.get_one(StoredFile, found.sha256))


def _read(session: Session, actor: Actor, contract_id: str, *, lock: bool = False) -> tuple[Contract, Side]:
    row = repository.contract(session, contract_id, lock=lock)
    side = contract_side(actor, row.buyer_id, row.vendor_id) if row else None
    if row is None or side is None or side == "facts":
        raise NotFound(NO_CONTRACT)
    return row, side


def _written(session: Session, actor: Actor, contract_id: str) -> tuple[Contract, Side]:
    row, side = _read(session, actor, contract_id, lock=True)
    if side == "auditor":
        raise NotFound(NO_CONTRACT)
    return row, side


def _document(session: Session, row: Contract, document_id: str) -> ContractDocument:
    found = document_repository.document(session, row.id, document_id)
    if found is None:
        raise NotFound(_NO_DOCUMENT)
    return found


def _views(session: Session, row: Contract, found: Sequence[ContractDocument]) -> list[DocumentView]:
    stored = document_repository.files_of(session, found)
    names = repository.person_names(session, sorted({one.added_by for one in found}))
    confirmed = document_repository.confirmed_versions(session, row.id)
    governing = document_repository.governing(session, row.id)
    return [
        DocumentView(
            id=one.id,
            contract_id=one.contract_id,
            kind=one.kind,
            title=one.title,
            file_name=one.file_name,
            media_type=MEDIA[stored[one.sha256].kind],
            size=stored[one.sha256].size,
            sha256=one.sha256,
            scanned=stored[one.sha256].scanned,
            version=one.version,
            side=one.side,
            added_by=names.get(one.added_by) or NOBODY,
            added_at=one.added_at,
            frozen=any(version >= one.version for version in confirmed)
            or row.status in ("terminated", "expired"),
            governs=one.id in governing,
        )
        for one in found
    ]


def _record(
    session: Session, actor: Actor, action: str, row: Contract, document: ContractDocument, now: datetime
) -> None:
    record(
        session, actor, action, "contract", row.id, at=now, owner=row.buyer_id,
        details={"document_id": document.id, "sha256": document.sha256, "kind": document.kind,
                 "version": document.version, "side": document.side},
    )  # fmt: skip
    publish(session, f"notify.documents-of-{document.side}", row.id, at=now)
