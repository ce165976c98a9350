"""Who is told about the texts of a contract and the deviations asked from them."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.access.permissions import Role
from app.notifications.repository import Notice, holders, organisation_name
from app.procurement.models import Contract, Deviation


def contract_terms(session: Session, contract_id: str) -> Notice | None:
    """To the vendor's administrators: the buyer stated texts or asked for a deviation. None once nothing is asked."""
    contract = session.get(Contract, contract_id)
    if contract is None or contract.status not in ("recorded", "disputed"):
        return None
    recipients = holders(session, contract.vendor_id, Role.VENDOR_ADMIN)
    return Notice("contract_terms", recipients, _facts(session, contract), f"/contracts/{contract.id}/terms")


def deviation_answered(session: Session, contract_id: str) -> Notice | None:
    """To the buyer's officers and approvers: the vendor answered deviations, and how many still wait."""
    contract = session.get(Contract, contract_id)
    if contract is None:
        return None
    recipients = holders(session, contract.buyer_id, Role.BUYER_OFFICER, Role.BUYER_APPROVER)
    facts = _facts(session, contract)
    return Notice("deviation_answered", recipients, facts, f"/contracts/{contract.id}/terms")


def _facts(session: Session, contract: Contract) -> dict[str, str]:
    found = session.exec(
        select(col(Deviation.status), func.count())
        .where(col(Deviation.contract_id) == contract.id)
        .group_by(col(Deviation.status))
    ).all()
    counts: dict[str, int] = dict(found)
    return {
        "number": contract.number,
        "buyer": organisation_name(session, contract.buyer_id),
        "vendor": organisation_name(session, contract.vendor_id),
        "waiting": str(counts.get("asked", 0)),
        "accepted": str(counts.get("accepted", 0)),
        "declined": str(counts.get("declined", 0)),
    }
