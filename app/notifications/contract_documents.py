"""Who is told that the other side changed the documents of a contract."""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.access.permissions import Role
from app.notifications.repository import Notice, contract_buyers, holders, organisation_name
from app.procurement.document_models import ContractDocument
from app.procurement.models import Contract

NAMED = 10


def by_buyer(session: Session, contract_id: str) -> Notice | None:
    """To the vendor's people: the body added or took out documents."""
    contract = session.get(Contract, contract_id)
    if contract is None:
        return None
    recipients = holders(session, contract.vendor_id, Role.VENDOR_ADMIN, Role.VENDOR_EDITOR)
    facts = _facts(session, contract, "buyer")
    return Notice("contract_documents", recipients, facts, f"/contracts/{contract.id}/documents")


def by_vendor(session: Session, contract_id: str) -> Notice | None:
    """To the body's people and its department's mailbox: the vendor added or took out documents."""
    contract = session.get(Contract, contract_id)
    if contract is None:
        return None
    facts = _facts(session, contract, "vendor")
    recipients = contract_buyers(session, contract)
    return Notice("contract_documents", recipients, facts, f"/contracts/{contract.id}/documents")


def _facts(session: Session, contract: Contract, side: str) -> dict[str, str]:
    rows = session.exec(
        select(ContractDocument)
        .where(col(ContractDocument.contract_id) == contract.id, col(ContractDocument.side) == side)
        .order_by(col(ContractDocument.id).desc())
        .limit(NAMED)
    ).all()
    by = contract.buyer_id if side == "buyer" else contract.vendor_id
    return {
        "number": contract.number,
        "by": organisation_name(session, by),
        "documents": "\n".join(f"・{row.title}（{row.file_name}）" for row in rows),
    }
