"""Changed statements as the API gives them."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.conformance.changes import ClaimChange
from app.conformance.statements import CAUTION


class SaidOut(BaseModel):
    """What is said about a requirement."""

    model_config = ConfigDict(from_attributes=True)

    state: str = Field(description="conforms、conditional、planned、not_met、out_of_scope")
    how: str
    planned_on: date | None
    note: str
    evidence: str


class StatementChangeOut(BaseModel):
    """A requirement that is answered otherwise than before; null: not answered."""

    position: int
    key: str
    text: str
    before: SaidOut | None
    after: SaidOut | None


class ClaimChangeOut(BaseModel):
    """What became of the statements about one version of a specification."""

    kind: str = Field(description="claimed（新しく対応を登録）、changed、dropped（対応の登録をやめる）")
    specification_id: str
    specification_title: str
    version_id: str
    version_number: str
    unanswered: int
    caution: str = CAUTION
    changes: list[StatementChangeOut]


def claim_change_out(change: ClaimChange) -> ClaimChangeOut:
    """The changed statements about one version as JSON."""
    return ClaimChangeOut(
        kind=change.kind,
        specification_id=change.specification.id,
        specification_title=change.specification.title,
        version_id=change.version.id,
        version_number=change.version.number,
        unanswered=change.unanswered,
        changes=[
            StatementChangeOut(
                position=one.position,
                key=one.requirement.key,
                text=one.requirement.text,
                before=SaidOut.model_validate(one.before) if one.before else None,
                after=SaidOut.model_validate(one.after) if one.after else None,
            )
            for one in change.changes
        ],
    )
