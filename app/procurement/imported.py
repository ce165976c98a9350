"""Contracts taken in from a file: reading them beside the others, taking a mistaken one back, and the export."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, literal, or_, union_all
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Forbidden, NotFound
from app.kit.pagination import Paging, paginate
from app.kit.table_writing import Value
from app.procurement import contract_rows, repository
from app.procurement.contract_views import ContractCard, cards
from app.procurement.errors import NO_CONTRACT
from app.procurement.lifecycle import IMPORTED_CONTRACT
from app.procurement.models import Contract, ImportedContract
from app.procurement.policies import Side, contract_side


@dataclass(frozen=True)
class ImportedView:
    """An imported contract as one side reads it; the note and what became of it only for the buyer and auditors."""

    card: ContractCard
    side: Side
    business_areas: tuple[str, ...]
    note: str
    imported_at: datetime
    withdrawal_reason: str
    withdrawn_at: datetime | None


def card_of(row: ImportedContract, buyer_name: str) -> ContractCard:
    """As the list of contracts shows it."""
    return ContractCard(
        id=row.id,
        number=row.number,
        title=row.title,
        status=row.status,
        version=1,
        unanswered=False,
        answer_due=None,
        buyer_id=row.buyer_id,
        buyer_name=buyer_name,
        vendor_id=row.vendor_id,
        vendor_name=row.vendor_name,
        software_id=row.software_id,
        software_name=row.software_name,
        software_revision_number=None,
        offer_id=None,
        offer_name="",
        offer_revision_number=None,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        concluded_on=row.concluded_on,
        subtotal=None,
        tax=None,
        total=row.total,
        other_payments=(),
        recorded_at=row.imported_at,
        approved_at=None,
        answered_at=None,
        ended_on=None,
        publish_summary=row.publish_summary,
        imported=True,
        vendor_number=row.vendor_number,
    )


def page_of_both(
    session: Session,
    paging: Paging,
    today: date,
    *,
    buyer_ids: Collection[str] | None = None,
    vendor_id: str | None = None,
) -> tuple[list[ContractCard], str | None]:
    """One page of recorded and imported contracts together, newest first; withdrawn ones are left out."""
    recorded = repository.contracts(buyer_ids=buyer_ids, vendor_id=vendor_id)
    imported = select(ImportedContract).where(col(ImportedContract.status) == "imported")
    if buyer_ids is not None:
        imported = imported.where(col(ImportedContract.buyer_id).in_(buyer_ids))
    if vendor_id is not None:
        imported = imported.where(col(ImportedContract.vendor_id) == vendor_id)
    ids = union_all(
        recorded.with_only_columns(col(Contract.id).label("id"), literal(False).label("imported")),
        imported.with_only_columns(col(ImportedContract.id).label("id"), literal(True).label("imported")),
    ).subquery()
    both = cast(
        "SelectOfScalar[Any]", select(ids.c.id, ids.c.imported)
    )  # rows with an id, as paging wants them
    found, following = paginate(session, both, ids.c, paging)
    return _cards(session, [row.id for row in found], today), following


def _cards(session: Session, ids: Sequence[str], today: date) -> list[ContractCard]:
    rows = session.exec(select(Contract).where(col(Contract.id).in_(ids)).order_by(col(Contract.id))).all()
    others = session.exec(
        select(ImportedContract).where(col(ImportedContract.id).in_(ids)).order_by(col(ImportedContract.id))
    ).all()
    names = repository.organisation_names(session, [row.buyer_id for row in others])
    known = {card.id: card for card in cards(session, rows, today)}
    known |= {row.id: card_of(row, names.get(row.buyer_id, "")) for row in others}
    return [known[id_] for id_ in ids]


def find(session: Session, contract_id: str, *, lock: bool = False) -> ImportedContract | None:
    """The row, whoever asks; `lock` holds it until the transaction ends."""
    statement = select(ImportedContract).where(col(ImportedContract.id) == contract_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def imported_as(session: Session, buyer_id: str, number: str, vendor_id: str) -> ImportedContract | None:
    """The contract that the body took in from a file under that number with that vendor, unless it was withdrawn."""
    theirs = repository.corporate_numbers(session, [vendor_id]).get(vendor_id)
    same_party: ColumnElement[bool] = col(ImportedContract.vendor_id) == vendor_id
    if theirs:
        same_party = or_(same_party, col(ImportedContract.vendor_number) == theirs)
    return session.exec(
        select(ImportedContract)
        .where(
            col(ImportedContract.buyer_id) == buyer_id,
            col(ImportedContract.number) == number,
            col(ImportedContract.status) == "imported",
            same_party,
        )
        .order_by(col(ImportedContract.id))
    ).first()


def side_of(actor: Actor, row: ImportedContract) -> Side | None:
    """From which side the actor reads it: as for every contract; an unknown vendor reads nothing."""
    return contract_side(actor, row.buyer_id, row.vendor_id or "nobody")


def imported_of(session: Session, actor: Actor, contract_id: str) -> ImportedView:
    """One imported contract. Raises NotFound."""
    row = find(session, contract_id)
    side = side_of(actor, row) if row is not None else None
    if row is None or side is None:
        raise NotFound(NO_CONTRACT)
    name = repository.organisation_names(session, [row.buyer_id]).get(row.buyer_id, "")
    inside = side in ("buyer", "auditor")
    return ImportedView(
        card=card_of(row, name),
        side=side,
        business_areas=tuple(row.business_areas),
        note=row.note if inside else "",
        imported_at=row.imported_at,
        withdrawal_reason=row.withdrawal_reason if inside else "",
        withdrawn_at=row.withdrawn_at,
    )


def withdraw(session: Session, actor: Actor, clock: Clock, contract_id: str, reason: str) -> ImportedView:
    """Take a mistaken import back: it leaves the lists, and its number can be imported anew.

    Raises NotFound, TransitionRefused where it was withdrawn before.
    """
    row = find(session, contract_id, lock=True)
    if row is None or not actor.acts_for(row.buyer_id):
        raise NotFound(NO_CONTRACT)
    now = clock.now()
    IMPORTED_CONTRACT.move(session, row, "withdrawal", withdrawal_reason=reason, withdrawn_at=now)
    record(
        session, actor, "contract.import-withdrawn", "contract", row.id,
        at=now, owner=row.buyer_id, details={"number": row.number},
    )  # fmt: skip
    return imported_of(session, actor, row.id)


def export_rows(session: Session, actor: Actor, clock: Clock) -> Iterator[list[Value]]:
    """All contracts of the actor's body in the form that the import reads. Raises Forbidden."""
    if not actor.may(Permission.CONTRACT_WRITE) or actor.organisation_id is None:
        raise Forbidden("契約の書出しができるのは、団体の担当者または承認者です。")
    return contract_rows.exported(
        [row.values for row in known_rows(session, actor.organisation_id, clock.today())]
    )


@dataclass(frozen=True)
class Known:
    """A contract that the body has: its id, and the values by which a file's row is compared with it."""

    id: str
    values: dict[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """Number and other party."""
        return self.values["number"], contract_rows.party_of(
            self.values["vendor_number"], self.values["vendor_name"]
        )


def known_rows(session: Session, buyer_id: str, today: date) -> list[Known]:
    """Every contract of a body, recorded or imported and not withdrawn, as rows of a file, oldest first."""
    recorded = session.exec(
        select(Contract).where(col(Contract.buyer_id) == buyer_id).order_by(col(Contract.id))
    ).all()
    imported = session.exec(
        select(ImportedContract)
        .where(col(ImportedContract.buyer_id) == buyer_id, col(ImportedContract.status) == "imported")
        .order_by(col(ImportedContract.id))
    ).all()
    numbers = repository.corporate_numbers(session, [row.vendor_id for row in recorded])
    pinned = repository.revisions(session, [row.software_revision_id for row in recorded])
    found = []
    for card, row in zip(cards(session, recorded, today), recorded, strict=True):
        areas = pinned[row.software_revision_id][1].answers.get("business_areas") or []
        found.append(Known(card.id, _values(card, numbers.get(row.vendor_id) or "", areas, "")))
    for other in imported:
        values = _values(card_of(other, ""), other.vendor_number, other.business_areas, other.note)
        found.append(Known(other.id, values))
    return sorted(found, key=lambda known: known.id)


def _values(card: ContractCard, vendor_number: str, areas: Sequence[str], note: str) -> dict[str, Any]:
    return {
        "number": card.number,
        "title": card.title,
        "vendor_number": vendor_number,
        "vendor_name": card.vendor_name,
        "business_areas": list(areas),
        "software_id": card.software_id or "",
        "software_name": card.software_name,
        "concluded_on": card.concluded_on,
        "starts_on": card.starts_on,
        "ends_on": card.ends_on,
        "total": card.total,
        "publish_summary": card.publish_summary,
        "note": note,
    }
