"""The audit trail (操作の記録): append-only events without foreign keys, chained after commit by the sealer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class AuditEvent(SQLModel, table=True):
    """One state change (or a read, refusal or login that must be kept)."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_object", "object_type", "object_id"),
        Index("ix_audit_event_unsealed", "number"),
    )

    id: str = Field(primary_key=True)
    occurred_at: datetime
    actor_kind: str
    actor_pseudonym: str = ""
    """Pseudonymous id of the person; never a name or an address."""
    organisation_id: str | None = Field(default=None, index=True)
    action: str = Field(index=True)
    """Past participle of what happened, e.g. `software.submitted`."""
    object_type: str
    object_id: str
    revision_id: str | None = None
    owner_organisation_id: str | None = Field(default=None, index=True)
    """Whose object it is: the organisation may read its own trail."""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Plain JSON without personal facts and without secrets (予定価格 never)."""
    address_digest: str = ""
    """Salted digest of the network address."""
    request_id: str = ""
    number: int | None = Field(default=None, unique=True)
    previous_hash: str | None = None
    hash: str | None = None
    sealed_at: datetime | None = None
