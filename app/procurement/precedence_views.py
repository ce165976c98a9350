"""A contract's texts and deviations as its parties read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.procurement.lifecycle import DEVIATION
from app.procurement.models import Contract, Deviation, GoverningText
from app.procurement.precedence_names import TEXT_KINDS


@dataclass(frozen=True)
class TextView:
    """One frozen text; `version` is the contract's version that stated it."""

    id: str
    position: int
    kind: str
    title: str
    body: str
    document_id: str | None
    url: str
    sha256: str
    retrieved_on: date | None
    version: int
    recorded_at: datetime

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same text in another version."""
        return self.kind, self.title, self.sha256


@dataclass(frozen=True)
class DeviationView:
    """One deviation. `applies`: it is accepted, and its text is in force as it was."""

    id: str
    version: int
    text_kind: str
    text_title: str
    text_sha256: str
    clause: str
    wanted: str
    reason: str
    status: str
    asked_at: datetime
    answer_reason: str
    answered_at: datetime | None
    applies: bool
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class PrecedenceView:
    """The texts in force, first wins, what earlier versions went by, and every deviation, oldest first."""

    contract_id: str
    version: int
    open: bool
    """Whether the buyer may still change them: nobody has confirmed this version."""
    texts: tuple[TextView, ...]
    earlier: tuple[TextView, ...]
    deviations: tuple[DeviationView, ...]

    @property
    def stated(self) -> bool:
        """Whether any order was stated."""
        return bool(self.texts)

    @property
    def offered(self) -> tuple[str, ...]:
        """The usual order of kinds, of which a body may think otherwise."""
        return tuple(TEXT_KINDS)

    @property
    def unanswered(self) -> int:
        """How many deviations wait for the vendor."""
        return sum(one.status == "asked" for one in self.deviations)

    @property
    def digest(self) -> str:
        """Of everything that a confirmation is about: order, texts, deviations and answers."""
        told = [
            [[*text.identity, text.url, str(text.retrieved_on)] for text in self.texts],
            [[one.id, one.status] for one in self.deviations],
        ]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:32]


def texts_of(session: Session, contract_id: str) -> Sequence[GoverningText]:
    """Every text of every version, in order."""
    return session.exec(
        select(GoverningText)
        .where(col(GoverningText.contract_id) == contract_id)
        .order_by(col(GoverningText.version_number), col(GoverningText.position))
    ).all()


def precedence(session: Session, row: Contract) -> PrecedenceView:
    """As it stands for the contract's current version."""
    stated = [_text(text) for text in texts_of(session, row.id)]
    newest = max((text.version for text in stated), default=0)
    texts = tuple(text for text in stated if text.version == newest)
    in_force = {text.identity for text in texts}
    found = session.exec(
        select(Deviation).where(col(Deviation.contract_id) == row.id).order_by(col(Deviation.id))
    ).all()
    is_open = row.status in ("recorded", "disputed") and row.approved_at is None
    return PrecedenceView(
        contract_id=row.id,
        version=row.current_version,
        open=is_open,
        texts=texts,
        earlier=tuple(text for text in stated if text.version != newest),
        deviations=tuple(_deviation(one, in_force) for one in found),
    )


def _text(row: GoverningText) -> TextView:
    return TextView(
        id=row.id,
        position=row.position,
        kind=row.kind,
        title=row.title,
        body=row.body,
        document_id=row.document_id,
        url=row.url,
        sha256=row.sha256,
        retrieved_on=row.retrieved_on,
        version=row.version_number,
        recorded_at=row.recorded_at,
    )


def _deviation(row: Deviation, in_force: set[tuple[str, str, str]]) -> DeviationView:
    identity = (row.text_kind, row.text_title, row.text_sha256)
    return DeviationView(
        id=row.id,
        version=row.version_number,
        text_kind=row.text_kind,
        text_title=row.text_title,
        text_sha256=row.text_sha256,
        clause=row.clause,
        wanted=row.wanted,
        reason=row.reason,
        status=row.status,
        asked_at=row.asked_at,
        answer_reason=row.answer_reason,
        answered_at=row.answered_at,
        applies=row.status == "accepted" and identity in in_force,
        verbs=DEVIATION.allowed(row.status),
    )
