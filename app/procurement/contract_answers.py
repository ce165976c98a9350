"""Answers to a contract: the vendor confirms or disputes the current version, the buyer's approver confirms it."""

from __future__ import annotations

from typing import Literal

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden, NotFound
from app.kit.ids import new_id
from app.outbox.publish import publish
from app.procurement import repository
from app.procurement.contract_schemas import AnswerIn, DisputeIn
from app.procurement.contract_views import ContractView, view
from app.procurement.contracts import same_version
from app.procurement.errors import NO_CONTRACT
from app.procurement.lifecycle import CONTRACT
from app.procurement.models import Contract, ContractAnswer
from app.procurement.precedence import require_settled


def confirm_contract(
    session: Session, actor: Actor, clock: Clock, contract_id: str, given: AnswerIn
) -> ContractView:
    """The vendor's confirmation of the current version, or the buyer's approver's (which does not wait for the vendor).

    Raises NotFound, Conflict where another version or other terms are meant, a deviation waits for the vendor's answer,
    or it is confirmed already, TransitionRefused, Forbidden
    for an approver who recorded the version himself, unless the body lets one person do both.
    """
    row = _party(session, actor, contract_id)
    same_version(row, given.version)
    if row.status in ("recorded", "disputed"):
        require_settled(session, row, given.terms)
    if actor.keeps_records_of(row.buyer_id):
        return _approve(session, actor, clock, row)
    now = clock.now()
    CONTRACT.move(
        session, row, "confirmation", answered_by=actor.person_id, answered_at=now, dispute_reason=""
    )
    _answer(session, actor, clock, row, "vendor", "confirmed")
    record(
        session, actor, "contract.confirmed", "contract", row.id,
        at=now, owner=row.buyer_id, details={"version": row.current_version, "side": "vendor"},
    )  # fmt: skip
    publish(session, "notify.contract-answered", row.id, at=now)
    return view(session, row, "vendor", clock.today())


def dispute_contract(
    session: Session, actor: Actor, clock: Clock, contract_id: str, given: DisputeIn
) -> ContractView:
    """The vendor's dispute with its reason. Raises NotFound, Forbidden for the buyer, Conflict, TransitionRefused."""
    row = _party(session, actor, contract_id)
    if actor.keeps_records_of(row.buyer_id):
        raise Forbidden("異議を申し出るのは、契約の相手の事業者です。団体は契約を変更できます。")
    same_version(row, given.version)
    now = clock.now()
    CONTRACT.move(
        session, row, "dispute", answered_by=actor.person_id, answered_at=now, dispute_reason=given.reason
    )
    _answer(session, actor, clock, row, "vendor", "disputed", reason=given.reason)
    record(
        session, actor, "contract.disputed", "contract", row.id,
        at=now, owner=row.buyer_id, details={"version": row.current_version},
    )  # fmt: skip
    publish(session, "notify.contract-answered", row.id, at=now)
    return view(session, row, "vendor", clock.today())


def _party(session: Session, actor: Actor, contract_id: str) -> Contract:
    row = repository.contract(session, contract_id, lock=True)
    if row is None or not (actor.keeps_records_of(row.buyer_id) or actor.acts_for(row.vendor_id)):
        raise NotFound(NO_CONTRACT)
    return row


def _approve(session: Session, actor: Actor, clock: Clock, row: Contract) -> ContractView:
    if row.status in ("terminated", "expired"):
        raise Conflict("終了した契約は承認できません。", status=row.status)
    if row.approved_at is not None:
        raise Conflict("この版はすでに団体の承認者が確認しています。")
    current = repository.versions(session, row.id)[-1]
    same_person = current.recorded_by == actor.person_id
    body = repository.organisation(session, row.buyer_id)
    if same_person and not (body is not None and body.settings.get("single_person") is True):
        raise Forbidden(
            "契約を記録した人は、その契約を承認できません。ほかの承認者が行うか、"
            "一人で担当と承認を兼ねることを団体の設定で認めてください。"
        )
    now = clock.now()
    row.approved_by = actor.person_id
    row.approved_at = now
    session.add(row)
    session.flush()
    _answer(session, actor, clock, row, "buyer", "confirmed", same_person=same_person)
    record(
        session, actor, "contract.confirmed", "contract", row.id,
        at=now, owner=row.buyer_id,
        details={"version": row.current_version, "side": "buyer", "same_person": same_person},
    )  # fmt: skip
    return view(session, row, "buyer", clock.today())


def _answer(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Contract,
    side: Literal["buyer", "vendor"],
    answer: Literal["confirmed", "disputed"],
    *,
    reason: str = "",
    same_person: bool = False,
) -> None:
    session.add(
        ContractAnswer(
            id=new_id("ans"),
            contract_id=row.id,
            version_number=row.current_version,
            side=side,
            answer=answer,
            reason=reason,
            same_person=same_person,
            answered_by=actor.person_id or "",
            answered_at=clock.now(),
        )
    )
    session.flush()
