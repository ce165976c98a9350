"""The buyer's desk: projects by stage, what waits for a person of the body, and which contracts come to their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, func, or_, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.errors import Forbidden
from app.procurement import handover
from app.procurement.contract_views import ContractCard, cards
from app.procurement.imported_models import ImportedContract
from app.procurement.lifecycle import PROJECT
from app.procurement.models import Contract, ContractVersion, Inspection, Project
from app.procurement.policies import bodies_of

MOST = 10
"""How many lines of each part are shown; the lists have them all."""
ENDING = timedelta(days=365)
"""How far ahead the end of a contract is announced: a renewal is budgeted in the autumn of the year before."""


@dataclass(frozen=True)
class Ending:
    """A contract that comes to its end."""

    id: str
    number: str
    title: str
    vendor_name: str
    ends_on: date
    days_left: int
    imported: bool


@dataclass(frozen=True)
class BuyerDesk:
    """What the actor's body has before it. Counts are of everything, lines at most `MOST` of each."""

    stages: tuple[tuple[str, int], ...]
    mine: Sequence[Project]
    """The actor's own projects that are not decided, the least recently touched first."""
    to_confirm: Sequence[Project]
    """Selections that wait for an approver."""
    to_approve: Sequence[ContractCard]
    """Contracts that wait for the approver's confirmation."""
    to_contract: Sequence[Project]
    """Selected, and no contract recorded yet."""
    without_officer: Sequence[Project]
    disputed: Sequence[ContractCard]
    """Contracts that the vendor disputes, or has not answered in time."""
    late_inspections: int
    ending: Sequence[Ending]


def desk(session: Session, actor: Actor, clock: Clock) -> BuyerDesk:
    """The desk of the actor's body. Raises Forbidden for who works on no body's projects."""
    if not actor.may(Permission.PROJECT_WRITE) or actor.organisation_id is None:
        raise Forbidden(
            "団体の担当者または承認者の画面です。所属を切り替えるか、団体の管理者に確かめてください。"
        )
    today, bodies = clock.today(), bodies_of(actor)
    ours = col(Project.organisation_id).in_(bodies)
    counted = dict(
        session.exec(select(Project.status, func.count()).where(ours).group_by(col(Project.status))).all()
    )
    open_ones = session.exec(
        select(Project)
        .where(ours, col(Project.status).in_(("assessing", "proposed")))
        .order_by(col(Project.updated_at), col(Project.id))
    ).all()
    vacant = handover.without_officer(session, open_ones, today)
    contracted = select(Contract.project_id).where(col(Contract.buyer_id).in_(bodies))
    to_contract = session.exec(
        select(Project)
        .where(ours, col(Project.status) == "awarded", col(Project.id).not_in(contracted))
        .order_by(col(Project.updated_at), col(Project.id))
        .limit(MOST)
    ).all()
    running = (
        select(Contract)
        .where(col(Contract.buyer_id).in_(bodies), col(Contract.status).not_in(("terminated", "expired")))
        .order_by(col(Contract.recorded_at), col(Contract.id))
        .limit(MOST)
    )
    waiting = session.exec(running.where(col(Contract.approved_at).is_(None))).all()
    disputed = session.exec(
        running.where(
            or_(
                col(Contract.status) == "disputed",
                (col(Contract.answered_at).is_(None)) & (col(Contract.answer_due) < today),
            )
        )
    ).all()
    return BuyerDesk(
        stages=tuple((status, counted.get(status, 0)) for status in PROJECT.statuses),
        mine=[row for row in open_ones if row.officer_id == actor.person_id][:MOST],
        to_confirm=[row for row in open_ones if row.status == "proposed"][:MOST],
        to_approve=cards(session, waiting, today),
        to_contract=to_contract,
        without_officer=[row for row in open_ones if row.id in vacant][:MOST],
        disputed=cards(session, disputed, today),
        late_inspections=_late(session, bodies, today),
        ending=_ending(session, bodies, today),
    )


def _late(session: Session, bodies: frozenset[str], today: date) -> int:
    return session.exec(
        select(func.count())
        .select_from(Inspection)
        .where(
            col(Inspection.buyer_id).in_(bodies),
            or_(
                (col(Inspection.status) == "recorded") & (col(Inspection.inspection_due) < today),
                col(Inspection.payment_due) < today,
            ),
        )
    ).one()


def _ending(session: Session, bodies: frozenset[str], today: date) -> list[Ending]:
    until = today + ENDING
    rows = session.exec(
        select(Contract)
        .join(
            ContractVersion,
            (col(ContractVersion.contract_id) == col(Contract.id))
            & (col(ContractVersion.number) == col(Contract.current_version)),
        )
        .where(
            col(Contract.buyer_id).in_(bodies),
            col(Contract.status).not_in(("terminated", "expired")),
            col(ContractVersion.ends_on).between(today, until),
        )
        .order_by(col(ContractVersion.ends_on), col(Contract.id))
        .limit(MOST)
    ).all()
    found = [
        Ending(
            card.id,
            card.number,
            card.title,
            card.vendor_name,
            card.ends_on,
            (card.ends_on - today).days,
            imported=False,
        )
        for card in cards(session, rows, today)
    ]
    before = session.exec(
        select(ImportedContract)
        .where(
            col(ImportedContract.buyer_id).in_(bodies),
            col(ImportedContract.status) == "imported",
            col(ImportedContract.ends_on).between(today, until),
        )
        .order_by(col(ImportedContract.ends_on), col(ImportedContract.id))
        .limit(MOST)
    ).all()
    found += [
        Ending(row.id, row.number, row.title, row.vendor_name, row.ends_on, (row.ends_on - today).days, True)
        for row in before
    ]
    return sorted(found, key=lambda one: (one.ends_on, one.id))[:MOST]
