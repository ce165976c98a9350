"""The texts that govern an individual contract, in their order of precedence, and the deviations asked from them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.procurement.lifecycle import DEVIATION
from app.procurement.precedence_names import TEXT_KINDS


class GoverningText(SQLModel, table=True):
    """One frozen text of a contract. Those of the newest version that has any are in force; never changed there.

    A version that states none goes by those of the version before it, so an amendment copies nothing.
    """

    __tablename__ = "governing_text"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "version_number"], ["contract_version.contract_id", "contract_version.number"]
        ),
        UniqueConstraint("contract_id", "version_number", "position"),
        CheckConstraint("position >= 1", name="governing_text_position"),
        CheckConstraint(
            "kind IN (" + ", ".join(f"'{kind}'" for kind in TEXT_KINDS) + ")", name="governing_text_kind"
        ),
        CheckConstraint(
            "(kind = 'individual' AND sha256 = '') OR (kind <> 'individual' AND length(sha256) = 64)",
            name="governing_text_digest",
        ),
        CheckConstraint(
            "(body = '' AND url = '') OR (body = '' AND document_id IS NULL) OR (url = '' AND document_id IS NULL)",
            name="governing_text_source",
        ),
        CheckConstraint(
            "(url = '' AND retrieved_on IS NULL) OR (url <> '' AND retrieved_on IS NOT NULL)",
            name="governing_text_retrieval",
        ),
    )

    id: str = Field(primary_key=True)
    contract_id: str = Field(index=True)
    version_number: int
    position: int
    """1 wins over 2, and so on."""
    kind: str
    title: str
    body: str = ""
    """The text itself, as frozen; empty where it is a document or at `url`, or is the contract's version itself."""
    document_id: str | None = Field(default=None, foreign_key="contract_document.id", index=True)
    """The document of the same contract that is the text: it stays as long as a text names it."""
    url: str = ""
    retrieved_on: date | None = None
    """The day on which somebody took the file at `url` and computed its digest."""
    sha256: str = ""
    """Of the body in UTF-8, of the document, or of the file at `url` as the buyer took it; lower-case hexadecimal."""
    recorded_by: str
    recorded_at: datetime


class Deviation(SQLModel, table=True):
    """What the body asks to be otherwise than one text says, and the vendor's answer."""

    __tablename__ = "contract_deviation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "version_number"], ["contract_version.contract_id", "contract_version.number"]
        ),
        CheckConstraint(DEVIATION.check_sql(), name="deviation_status"),
        CheckConstraint(
            "(status = 'asked' AND answered_at IS NULL) OR status = 'withdrawn'"
            " OR (status IN ('accepted', 'declined') AND answered_at IS NOT NULL AND answer_reason <> '')",
            name="deviation_answer",
        ),
    )

    id: str = Field(primary_key=True)
    contract_id: str = Field(index=True)
    version_number: int
    """The version for which it was asked."""
    text_kind: str
    text_title: str
    text_sha256: str
    """Which text, as it was frozen: a later edition of it is another text."""
    clause: str
    """Where in the text, e.g. 第12条第2項."""
    wanted: str
    reason: str
    status: str = "asked"
    asked_by: str
    asked_at: datetime
    answer_reason: str = ""
    answered_by: str | None = None
    answered_at: datetime | None = None
