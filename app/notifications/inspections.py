"""Who is told about inspections (検収): the body of what is due, the vendor of what was decided."""

from __future__ import annotations

from sqlmodel import Session, col, select

from app.access.permissions import Role
from app.identity.models import Person
from app.notifications.repository import Notice, Recipient, holders, organisation_name
from app.organisations.models import Membership, Organisation
from app.procurement.models import Contract, ImportedContract, Inspection
from catalogue_schema.dates import format_date


def inspection_due(session: Session, inspection_id: str) -> Notice | None:
    """To the officer and the body's mailbox: a delivery has to be inspected. None once it was decided."""
    row = session.get(Inspection, inspection_id)
    if row is None or row.status != "recorded":
        return None
    facts = _facts(session, row) | {"due": format_date(row.inspection_due)}
    return Notice("inspection_due", _officer_and_mailbox(session, row), facts, _path(row))


def payment_due(session: Session, inspection_id: str) -> Notice | None:
    """To the officer and the body's mailbox: an invoice has to be paid. Whether it was, is not known here."""
    row = session.get(Inspection, inspection_id)
    if row is None or row.payment_due is None or row.invoice_received_on is None:
        return None
    facts = _facts(session, row) | {
        "due": format_date(row.payment_due),
        "received": format_date(row.invoice_received_on),
    }
    return Notice("payment_due", _officer_and_mailbox(session, row), facts, _path(row))


def decided(session: Session, inspection_id: str) -> Notice | None:
    """To the vendor's administrators: accepted or rejected. None where it waits for inspection again."""
    row = session.get(Inspection, inspection_id)
    if row is None or row.status == "recorded":
        return None
    contract = _contract(session, row)
    vendor_id = contract.vendor_id if contract else None
    if contract is None or vendor_id is None:
        return None
    facts = _facts(session, row) | {"status": row.status, "reason": row.reason}
    path = f"/vendor/contracts/{contract.id}" if row.contract_id else f"/contracts/imported/{contract.id}"
    return Notice("inspection_decided", holders(session, vendor_id, Role.VENDOR_ADMIN), facts, path)


def _contract(session: Session, row: Inspection) -> Contract | ImportedContract | None:
    if row.contract_id:
        return session.get(Contract, row.contract_id)
    return session.get(ImportedContract, row.imported_id)


def _path(row: Inspection) -> str:
    return f"/contracts/{row.contract_id or row.imported_id}/inspections"


def _facts(session: Session, row: Inspection) -> dict[str, str]:
    contract = _contract(session, row)
    return {
        "number": contract.number if contract else "",
        "buyer": organisation_name(session, row.buyer_id),
        "period": f"{format_date(row.period_from)} から {format_date(row.period_to)} まで",
        "rule": str(row.rule.get("name", "")),
    }


def _officer_and_mailbox(session: Session, row: Inspection) -> tuple[Recipient, ...]:
    """Who recorded it while a member of the body, otherwise every officer; and the body's own address."""
    recorder = session.exec(
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(
            col(Person.id) == row.recorded_by,
            col(Membership.organisation_id) == row.buyer_id,
            col(Membership.status) == "active",
        )
    ).first()
    found: tuple[Recipient, ...]
    if recorder is not None and recorder.email:
        found = (Recipient(recorder.id, recorder.name, recorder.email),)
    else:
        found = holders(session, row.buyer_id, Role.BUYER_OFFICER, Role.BUYER_APPROVER)
    body = session.get(Organisation, row.buyer_id)
    if body is not None and body.contact_email and body.contact_email not in {one.email for one in found}:
        found += (Recipient(body.id, body.name, body.contact_email),)
    return found
