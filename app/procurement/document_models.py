"""Documents that the parties of a contract keep with it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.procurement.policies import DOCUMENT_KINDS

_KINDS = ", ".join(f"'{kind}'" for kind in DOCUMENT_KINDS)


class ContractDocument(SQLModel, table=True):
    """One file of a contract. It is frozen once a side confirmed the version at which it was added."""

    __tablename__ = "contract_document"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="contract_document_kind"),
        CheckConstraint("side IN ('buyer', 'vendor')", name="contract_document_side"),
        # The same content is one document of the contract, whatever it is called.
        UniqueConstraint("contract_id", "sha256"),
    )

    id: str = Field(primary_key=True)
    contract_id: str = Field(foreign_key="contract.id", index=True)
    sha256: str = Field(foreign_key="stored_file.sha256", index=True)
    kind: str
    title: str
    file_name: str
    version: int
    """The contract's version that was current."""
    side: str
    """Which side added it."""
    added_by: str = Field(foreign_key="person.id")
    added_at: datetime
