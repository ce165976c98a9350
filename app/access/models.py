"""Idempotency keys: kept in the transaction of what they created."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class IdempotencyKey(SQLModel, table=True):
    """One key of one person at one route."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("organisation_id", "person_id", "route", "key"),)

    id: str = Field(primary_key=True)
    organisation_id: str
    person_id: str
    route: str
    key: str
    body_digest: str
    resource_id: str = ""
    created_at: datetime
