"""Queries over the documents of contracts."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.files.models import StoredFile
from app.procurement.contract_models import ContractAnswer
from app.procurement.document_models import ContractDocument
from app.procurement.precedence_models import GoverningText


def documents(contract_id: str) -> SelectOfScalar[ContractDocument]:
    """A contract's documents; the order is the pager's."""
    return select(ContractDocument).where(col(ContractDocument.contract_id) == contract_id)


def document(session: Session, contract_id: str, document_id: str) -> ContractDocument | None:
    """One of them."""
    return session.exec(documents(contract_id).where(col(ContractDocument.id) == document_id)).first()


def same_content(session: Session, contract_id: str, sha256: str) -> ContractDocument | None:
    """The contract's document of that content."""
    return session.exec(documents(contract_id).where(col(ContractDocument.sha256) == sha256)).first()


def naming_text(session: Session, document_id: str) -> GoverningText | None:
    """The newest governing text that is this document."""
    statement = (
        select(GoverningText)
        .where(col(GoverningText.document_id) == document_id)
        .order_by(col(GoverningText.version_number).desc(), col(GoverningText.position))
    )
    return session.exec(statement).first()


def governing(session: Session, contract_id: str) -> set[str | None]:
    """The documents that governing texts of any version of the contract are."""
    found = select(col(GoverningText.document_id)).where(col(GoverningText.contract_id) == contract_id)
    return set(session.exec(found).all())


def files_of(session: Session, found: Collection[ContractDocument]) -> dict[str, StoredFile]:
    """What the documents' files are, by digest."""
    wanted = col(StoredFile.sha256).in_({document.sha256 for document in found})
    return {stored.sha256: stored for stored in session.exec(select(StoredFile).where(wanted)).all()}


def is_owned(session: Session, sha256: str) -> bool:
    """Whether any contract has a document of that content."""
    found = select(col(ContractDocument.id)).where(col(ContractDocument.sha256) == sha256).limit(1)
    return session.exec(found).first() is not None


def confirmed_versions(session: Session, contract_id: str) -> set[int]:
    """The versions that a side confirmed."""
    confirmed = select(col(ContractAnswer.version_number)).where(
        col(ContractAnswer.contract_id) == contract_id, col(ContractAnswer.answer) == "confirmed"
    )
    return set(session.exec(confirmed).all())
