"""Whose terms win: a contract's texts frozen in their order of precedence, and the deviations that the body asks for.

The buyer states them while nobody has confirmed the version; later only an amendment does. The words are kept here, so
that no vendor's new 利用規約 alters a contract.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlmodel import Session, col, delete, select

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.organisations.models import AgreementVersion, MasterAgreement
from app.outbox.publish import publish
from app.procurement import repository
from app.procurement.lifecycle import DEVIATION
from app.procurement.models import Contract, Deviation, GoverningText
from app.procurement.policies import contract_side
from app.procurement.precedence_names import TEXT_KINDS
from app.procurement.precedence_schemas import DeviationAnswerIn, DeviationIn, PrecedenceIn, TextIn
from app.procurement.precedence_views import DeviationView, PrecedenceView, TextView, precedence
from app.procurement.reach import require_match

_NO_CONTRACT = "この契約は見つかりません。自分の団体または自社の契約かどうかを確かめてください。"
_NO_DEVIATION = "この申し入れは見つかりません。契約のページから開いてください。"


def terms_of(session: Session, actor: Actor, contract_id: str) -> PrecedenceView:
    """The contract's texts and deviations, for its parties and auditors. Raises NotFound."""
    row = repository.contract(session, contract_id)
    if row is None or contract_side(actor, row.buyer_id, row.vendor_id) in (None, "facts"):
        raise NotFound(_NO_CONTRACT)
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
    known = {text.id: text for text in (*found.texts, *found.earlier)}
    faults: list[FieldFault] = []
    texts = [
        text
        for index, one in enumerate(given.texts)
        if (text := _frozen(session, actor, clock, row, one, index, known, faults)) is not None
    ]
    if not faults:
        faults = _faults_together(found, texts)
    if faults:
        raise Invalid(faults)
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
        raise NotFound(_NO_CONTRACT)
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
        raise NotFound(_NO_CONTRACT)
    found = precedence(session, row)
    if not found.open:
        raise Conflict(
            "この版は事業者か団体の承認者が確認したか、終わったので、文書と申し入れは変えられません。"
            "変えるときは、契約を変更して新しい版にしてください。",
            status=row.status,
        )
    return row, found


def _frozen(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Contract,
    given: TextIn,
    index: int,
    known: Mapping[str, TextView],
    faults: list[FieldFault],
) -> GoverningText | None:
    if given.id:
        kept = known.get(given.id)
        if kept is None:
            faults.append(
                FieldFault(
                    f"/texts/{index}/id",
                    "unknown",
                    f"{index + 1}番目の文書：この契約の文書ではありません。",
                    "ページを開き直してください。",
                )
            )
            return None
        words = (kept.kind, kept.title, kept.body, kept.url, kept.sha256, kept.retrieved_on)
    elif given.kind == "individual":
        words = ("individual", given.title or TEXT_KINDS["individual"], "", "", "", None)
        if given.body or given.url or given.sha256:
            faults.append(
                _fault(
                    index,
                    "kind",
                    "not_apart",
                    "個別契約はこの版そのものです。",
                    "本文とアドレスは空にしてください。",
                )
            )
    else:
        title, body = given.title, given.body
        if given.kind == "master" and not body and not given.url:
            title, body = _master(session, row, title)
        faults += _content_faults(given, index, title, body, clock)
        digest = hashlib.sha256(body.encode()).hexdigest() if body else given.sha256
        if body and given.sha256 and given.sha256 != digest:
            faults.append(
                _fault(
                    index,
                    "sha256",
                    "wrong_digest",
                    "本文のハッシュ値と違います。",
                    f"正しい値は {digest} です。空でもかまいません。",
                )
            )
        words = (given.kind, title, body, given.url, digest, given.retrieved_on)
    kind, title, body, url, sha256, retrieved_on = words
    return GoverningText(
        id=new_id("gt"),
        contract_id=row.id,
        version_number=row.current_version,
        position=index + 1,
        kind=kind,
        title=title,
        body=body,
        url=url,
        sha256=sha256,
        retrieved_on=retrieved_on,
        recorded_by=actor.person_id or "",
        recorded_at=clock.now(),
    )


def _content_faults(given: TextIn, index: int, title: str, body: str, clock: Clock) -> list[FieldFault]:
    faults = []
    if not title:
        faults.append(
            _fault(index, "title", "required", "名称がありません。", "文書の名称と版を書いてください。")
        )
    if body and given.url:
        faults.append(
            _fault(index, "url", "both", "本文とアドレスの両方があります。", "どちらか一つにしてください。")
        )
    if not body and not given.url:
        faults.append(
            _fault(
                index,
                "body",
                "required",
                "本文もアドレスもありません。",
                "本文を写すか、アドレスとハッシュ値を書いてください。",
            )
        )
    if given.url and not given.sha256:
        faults.append(
            _fault(
                index,
                "sha256",
                "required",
                "ハッシュ値がありません。",
                "アドレスから取得したファイルの SHA-256 を書いてください。",
            )
        )
    if given.url and given.retrieved_on is None:
        faults.append(
            _fault(index, "retrieved_on", "required", "取得した日がありません。", "必ず書いてください。")
        )
    if given.retrieved_on is not None and not given.url:
        faults.append(
            _fault(
                index,
                "retrieved_on",
                "without_address",
                "アドレスがないのに取得した日があります。",
                "空にしてください。",
            )
        )
    if given.retrieved_on is not None and given.retrieved_on > clock.today():
        faults.append(
            _fault(
                index,
                "retrieved_on",
                "in_future",
                "取得した日が未来です。",
                f"{clock.today().isoformat()} までの日にしてください。",
            )
        )
    return faults


def _fault(index: int, name: str, code: str, message: str, remedy: str) -> FieldFault:
    return FieldFault(f"/texts/{index}/{name}", code, f"{index + 1}番目の文書：{message}", remedy)


def _faults_together(found: PrecedenceView, texts: list[GoverningText]) -> list[FieldFault]:
    faults = []
    identities = [(text.kind, text.title, text.sha256) for text in texts]
    for index, identity in enumerate(identities):
        if identity in identities[:index] or (
            identity[2] and identity[2] in [earlier[2] for earlier in identities[:index]]
        ):
            faults.append(
                _fault(index, "kind", "twice", "同じ文書が上にもあります。", "一つにしてください。")
            )
    if sum(kind == "individual" for kind, *_ in identities) != 1:
        faults.append(
            FieldFault(
                "/texts",
                "individual",
                "個別契約は、順位の中に一つだけ必要です。",
                "個別契約の行を一つにしてください。",
            )
        )
    for one in found.deviations:
        about = (one.text_kind, one.text_title, one.text_sha256)
        live = one.status == "asked" or (one.status == "accepted" and one.version == found.version)
        if live and about not in identities:
            faults.append(
                FieldFault(
                    "/texts",
                    "deviation_left",
                    f"「{one.text_title}」{one.clause}への申し入れがあるので、この文書は除けません。",
                    "文書を残すか、回答の前に申し入れを取り下げてください。",
                )
            )
    return faults


def _master(session: Session, row: Contract, title: str) -> tuple[str, str]:
    """Title and words of the vendor's 基本契約 in force; empty where there is none."""
    version = session.exec(
        select(AgreementVersion)
        .join(MasterAgreement, col(MasterAgreement.version_id) == col(AgreementVersion.id))
        .where(
            col(MasterAgreement.organisation_id) == row.vendor_id,
            col(MasterAgreement.status).in_(("active", "suspended")),
        )
        .order_by(col(MasterAgreement.id).desc())
    ).first()
    if version is None:
        return title, ""
    return title or f"{version.title}（第{version.number}版）", version.body


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
