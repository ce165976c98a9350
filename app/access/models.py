"""Idempotency keys, kept in the transaction of what they created, and forms that wait to be sent again."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
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
    answer: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    """What a page answered: where it led, and its message. None for the API, which rebuilds from the resource."""


class UnsentForm(SQLModel, table=True):
    """What a person typed into a form that could not be taken yet; sealed, because some of it may be secret."""

    __tablename__ = "unsent_form"

    id: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    organisation_id: str
    """What the form was rendered for; "none" for a person without a membership."""
    sealed: str
    created_at: datetime
