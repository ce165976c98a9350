"""Refusals of procurement beyond the common ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from app.kit.errors import Conflict
from catalogue_schema.dates import format_date

NO_CONTRACT = "この契約は見つかりません。自分の団体または自社の契約かどうかを確かめてください。"


@dataclass(frozen=True)
class Missing:
    """One thing that a selection still lacks: what, in words, what to do, and the page or route to do it at."""

    code: str
    message: str
    remedy: str
    where: str


class SelectionIncomplete(Conflict):
    """A selection (or its confirmation) with things missing: all of them at once, in the member `missing`."""

    slug, title = "selection-incomplete", "選定に必要なことがそろっていません"

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            "".join(f"{item.message}{item.remedy}" for item in self.missing),
            missing=[asdict(item) for item in self.missing],
        )


class EvidenceClosed(Conflict):
    """The project is proposed or decided: its evidence is read-only. Member: status."""

    slug, title = "evidence-closed", "この案件の記録は変更できません"


class RevisionNotShortlisted(Conflict):
    """A contract for a revision that is not the one selected from this project's shortlist."""

    slug, title = "revision-not-shortlisted", "この案件で選定していない版の契約は記録できません"


class ContractNumberTaken(Conflict):
    """The body already has a contract of that number. Members: contract_id; `imported` where it came from a file."""

    slug, title = "contract-number-taken", "この契約番号は使われています"


class OutcomeAsked(Conflict):
    """A second question on one outcome. Member: asked_on."""

    slug, title = "outcome-asked", "質問は1回だけです"

    def __init__(self, asked_on: date) -> None:
        super().__init__(
            f"この結果については、{format_date(asked_on)}に質問しています。質問は、一つの結果に1回だけです。"
            "回答は「選定の結果」で読めます。",
            asked_on=asked_on.isoformat(),
        )


class OutcomeQuestionLate(Conflict):
    """A question after its last day. Member: ask_until."""

    slug, title = "outcome-question-late", "質問の期限が過ぎています"

    def __init__(self, ask_until: date | None) -> None:
        super().__init__(
            f"質問できるのは{format_date(ask_until) if ask_until else '通知の後'}まででした。"
            "この後は、団体の窓口に直接お問い合わせください。",
            ask_until=ask_until.isoformat() if ask_until else None,
        )
