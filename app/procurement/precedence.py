"""Whose terms win: a contract's texts frozen in their order of precedence, and the deviations that the body asks for.

The buyer states them while nobody has confirmed the version; later only an amendment does. The words are kept here or
with the contract's documents, so that no vendor's new 利用規約 alters a contract.
"""

from __future__ import annotations

from sqlmodel import Session, col, delete

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.outbox.publish import publish
from app.procurement import repository
from app.procurement.errors import NO_CONTRACT
from app.procurement.lifecycle import DEVIATION
from app.procurement.models import Contract, Deviation, GoverningText
from app.procurement.policies import contract_side
from app.procurement.precedence_freezing import freeze
from app.procurement.precedence_schemas import DeviationAnswerIn, DeviationIn, PrecedenceIn
from app.procurement.precedence_views import DeviationView, PrecedenceView, TextView, precedence
from app.procurement.reach import require_match

_NO_DEVIATION = "この申し入れは見つかりません。契約のページから開いてください。"


def terms_of(session: Session, actor: Actor, contract_id: str) -> PrecedenceView:
    """The contract's texts and deviations, for its parties and auditors. Raises NotFound."""
    row = repository.contract(session, contract_id)
    if row is None or contract_side(actor, row.buyer_id, row.vendor_id) in (None, "facts"):
        raise NotFound(NO_CONTRACT)
    return precedence(session, row)


def require_settled(session: Session, row: Contract, digest: str | None) -> None:
    """Before a confirmation: every deviation is answered, and the terms are those that were read (`digest`, if given).

    Raises Conflict.
    """
    found = precedence(session, row)
    if digest and digest != found.digest:
        raise Conflict(
            "画面を開いた後に、契約の文書か申し入れが変わりました。内容を確かめて、もう一度確認してください。",
            digest=found.digest,
        )
    if found.unanswered:
        raise Conflict(
            f"回答のない申し入れが{found.unanswered}件あります。"
            "事業者が「応じる」か「応じない」を理由とともに答えるか、団体が取り下げると、契約を確認できます。",
            unanswered=found.unanswered,
        )


def state_texts(
    session: Session,
    actor: Actor,
    clock: Clock,
    contract_id: str,
    given: PrecedenceIn,
    if_match: str | None = None,
) -> PrecedenceView:
    """Freeze these texts in this order for the current version, instead of those stated for it before.

    Raises NotFound, Conflict once somebody confirmed the version, PreconditionFailed where `if_match` is not the
    present digest, Invalid with every fault.
    """
    row, found = _open(session, actor, contract_id)
    if if_match is not None:
        require_match(if_match, found.digest)
    texts = freeze(session, actor, clock, row, found, given.texts)
    session.exec(
        delete(GoverningText).where(
            col(GoverningText.contract_id) == row.id,
            col(GoverningText.version_number) == row.current_version,
        )
    )
    session.add_all(texts)
    session.flush()
    record(
        session, actor, "contract.texts-stated", "contract", row.id,
        at=clock.now(), owner=row.buyer_id,
        details={"version": row.current_version, "texts": [[text.kind, text.sha256] for text in texts]},
    )  # fmt: skip
    publish(session, "notify.contract-terms", row.id, at=clock.now())
    return precedence(session, row)


def ask_deviation(
    session: Session, actor: Actor, clock: Clock, contract_id: str, given: DeviationIn
) -> DeviationView:
    """Ask the vendor for something other than a text says. Raises NotFound, Conflict as `state_texts`, Invalid."""
    row, found = _open(session, actor, contract_id)
    text = next((one for one in found.texts if one.id == given.text_id), None)
    if text is None or text.kind == "individual":
        raise Invalid([_not_asked_of(text)])
    made = Deviation(
        id=new_id("dev"),
        contract_id=row.id,
        version_number=row.current_version,
        text_kind=text.kind,
        text_title=text.title,
        text_sha256=text.sha256,
        clause=given.clause,
        wanted=given.wanted,
        reason=given.reason,
        asked_by=actor.person_id or "",
        asked_at=clock.now(),
    )
    session.add(made)
    session.flush()
    _record(session, actor, clock, row, made, "deviation-asked")
    publish(session, "notify.contract-terms", row.id, at=clock.now())
    return _view(session, row, made.id)


def withdraw_deviation(
    session: Session, actor: Actor, clock: Clock, contract_id: str, deviation_id: str
) -> DeviationView:
    """Ask for it no more. Raises NotFound, Conflict as `state_texts`, TransitionRefused once it was accepted."""
    row, _ = _open(session, actor, contract_id)
    made = _of_contract(session, row, deviation_id)
    DEVIATION.move(session, made, "withdrawal")
    _record(session, actor, clock, row, made, "deviation-withdrawn")
    publish(session, "notify.contract-terms", row.id, at=clock.now())
    return _view(session, row, made.id)


def answerable(session: Session, actor: Actor, contract_id: str) -> Contract:
    """The contract whose deviations the actor may answer, its row held. Raises NotFound, Forbidden for the buyer."""
    row = repository.contract(session, contract_id, lock=True)
    if row is None or not (actor.acts_for(row.buyer_id) or actor.acts_for(row.vendor_id)):
        raise NotFound(NO_CONTRACT)
    if actor.acts_for(row.buyer_id):
        raise Forbidden("申し入れに答えるのは、契約の相手の事業者です。団体は取り下げることができます。")
    return row


def answer_deviation(
    session: Session,
    actor: Actor,
    clock: Clock,
    contract_id: str,
    deviation_id: str,
    verb: str,
    given: DeviationAnswerIn,
) -> DeviationView:
    """The vendor's `acceptance` or `decline`, with its reason, before it confirms the contract.

    Raises NotFound, Forbidden for the buyer, Conflict once the contract has ended, TransitionRefused where it is
    answered or withdrawn.
    """
    row = answerable(session, actor, contract_id)
    made = _of_contract(session, row, deviation_id)
    if row.status not in ("recorded", "disputed"):
        raise Conflict("確認された契約、終わった契約の申し入れには答えられません。", status=row.status)
    DEVIATION.move(
        session, made, verb,
        answer_reason=given.reason, answered_by=actor.person_id, answered_at=clock.now(),
    )  # fmt: skip
    _record(
        session, actor, clock, row, made,
        "deviation-accepted" if verb == "acceptance" else "deviation-declined",
    )  # fmt: skip
    publish(session, "notify.deviation-answered", row.id, at=clock.now())
    return _view(session, row, made.id)


def _open(session: Session, actor: Actor, contract_id: str) -> tuple[Contract, PrecedenceView]:
    row = repository.contract(session, contract_id, lock=True)
    if row is None or not actor.acts_for(row.buyer_id):
        raise NotFound(NO_CONTRACT)
    found = precedence(session, row)
    if not found.open:
        raise Conflict(
            "この版は事業者か団体の承認者が確認したか、終わったので、文書と申し入れは変えられません。"
            "変えるときは、契約を変更して新しい版にしてください。",
            status=row.status,
        )
    return row, found


def _not_asked_of(text: TextView | None) -> FieldFault:
    if text is None:
        return FieldFault(
            "/text_id",
            "unknown",
            "「どの文書」：この契約の今の文書ではありません。",
            "一覧の文書から選んでください。",
        )
    return FieldFault(
        "/text_id",
        "own_text",
        "「どの文書」：個別契約はこの版そのものなので、申し入れの対象になりません。",
        "契約を変更してください。",
    )


def _of_contract(session: Session, row: Contract, deviation_id: str) -> Deviation:
    made = session.get(Deviation, deviation_id)
    if made is None or made.contract_id != row.id:
        raise NotFound(_NO_DEVIATION)
    return made


def _view(session: Session, row: Contract, deviation_id: str) -> DeviationView:
    return next(one for one in precedence(session, row).deviations if one.id == deviation_id)


def _record(session: Session, actor: Actor, clock: Clock, row: Contract, made: Deviation, deed: str) -> None:
    record(
        session, actor, f"contract.{deed}", "contract", row.id,
        at=clock.now(), owner=row.buyer_id,
        details={"version": row.current_version, "deviation_id": made.id, "clause": made.clause},
    )  # fmt: skip
