"""Freeze the texts that are sent for a contract: where each comes from, its digest, and every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Invalid
from app.kit.ids import new_id
from app.organisations.models import AgreementVersion, MasterAgreement
from app.procurement import document_repository
from app.procurement.models import Contract, GoverningText
from app.procurement.precedence_names import TEXT_KINDS
from app.procurement.precedence_schemas import TextIn
from app.procurement.precedence_views import PrecedenceView, TextView

_SOURCES = {"body": "本文", "document_id": "書類", "url": "アドレス"}


@dataclass(frozen=True)
class _Words:
    """What is frozen of a text, wherever it came from."""

    kind: str
    title: str
    body: str = ""
    url: str = ""
    document_id: str | None = None
    sha256: str = ""
    retrieved_on: date | None = None


def freeze(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Contract,
    found: PrecedenceView,
    given: Sequence[TextIn],
) -> list[GoverningText]:
    """The rows for the contract's current version, in this order; not yet added. Raises Invalid with every fault."""
    known = {text.id: text for text in (*found.texts, *found.earlier)}
    faults: list[FieldFault] = []
    words = [_words(session, clock, row, one, index, known, faults) for index, one in enumerate(given)]
    if not faults:
        faults = _faults_together(found, [(one.kind, one.title, one.sha256) for one in words])
    if faults:
        raise Invalid(faults)
    return [
        GoverningText(
            id=new_id("gt"),
            contract_id=row.id,
            version_number=row.current_version,
            position=index,
            recorded_by=actor.person_id or "",
            recorded_at=clock.now(),
            **asdict(one),
        )
        for index, one in enumerate(words, start=1)
    ]


def _words(
    session: Session,
    clock: Clock,
    row: Contract,
    given: TextIn,
    index: int,
    known: Mapping[str, TextView],
    faults: list[FieldFault],
) -> _Words:
    if given.id:
        return _kept(known.get(given.id), index, faults)
    if given.kind == "individual":
        if given.body or given.url or given.document_id or given.sha256:
            faults.append(
                _fault(
                    index,
                    "kind",
                    "not_apart",
                    "個別契約はこの版そのものです。",
                    "本文、書類、アドレスは空にしてください。",
                )
            )
        return _Words("individual", given.title or TEXT_KINDS["individual"])
    title, body, digest = given.title, given.body, given.sha256
    if given.kind == "master" and not (body or given.url or given.document_id):
        title, body = _master(session, row, title)
    if given.document_id:
        document = document_repository.document(session, row.id, given.document_id)
        if document is None:
            faults.append(
                _fault(
                    index,
                    "document_id",
                    "unknown",
                    "この契約の書類ではありません。",
                    "この契約に加えた書類から選んでください。",
                )
            )
        else:
            title, digest = title or document.title, document.sha256
    elif body:
        digest = hashlib.sha256(body.encode()).hexdigest()
    faults += _content_faults(given, index, title, body, clock)
    if given.sha256 and given.sha256 != digest:
        faults.append(
            _fault(
                index,
                "sha256",
                "wrong_digest",
                "書類のハッシュ値と違います。" if given.document_id else "本文のハッシュ値と違います。",
                f"正しい値は {digest} です。空でもかまいません。",
            )
        )
    return _Words(given.kind, title, body, given.url, given.document_id or None, digest, given.retrieved_on)


def _kept(text: TextView | None, index: int, faults: list[FieldFault]) -> _Words:
    if text is None:
        faults.append(
            _fault(
                index,
                "id",
                "unknown",
                "この契約の文書ではありません。",
                "ページを開き直してください。",
            )
        )
        return _Words("other", "")
    return _Words(
        text.kind, text.title, text.body, text.url, text.document_id, text.sha256, text.retrieved_on
    )


def _content_faults(given: TextIn, index: int, title: str, body: str, clock: Clock) -> list[FieldFault]:
    faults = []
    if not title and not given.document_id:
        faults.append(
            _fault(index, "title", "required", "名称がありません。", "文書の名称と版を書いてください。")
        )
    sources = {"body": body, "document_id": given.document_id, "url": given.url}
    used = [name for name, value in sources.items() if value]
    faults += [
        _fault(
            index,
            name,
            "both",
            f"{_SOURCES[used[0]]}と{_SOURCES[name]}の両方があります。",
            "どちらか一つにしてください。",
        )
        for name in used[1:]
    ]
    if not used:
        faults.append(
            _fault(
                index,
                "body",
                "required",
                "本文も書類もアドレスもありません。",
                "本文を写すか、契約の書類を選ぶか、アドレスとハッシュ値を書いてください。",
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


def _faults_together(found: PrecedenceView, identities: Sequence[tuple[str, str, str]]) -> list[FieldFault]:
    faults = []
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
