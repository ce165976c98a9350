"""What a person was told inside the service, and which mail the person does not want."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class PersonalNotice(SQLModel, table=True):
    """One message as its reader sees it under お知らせ; the mail of the same words is only a second way to it."""

    __tablename__ = "personal_notice"
    __table_args__ = (
        # A message whose delivery is tried again is not shown twice.
        UniqueConstraint("person_id", "source"),
        Index("ix_personal_notice_reader", "person_id", "read_at"),
    )

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    organisation_id: str = ""
    """For which organisation the person was told; empty where it concerns the person alone."""
    source: str
    """Outbox row and digest of the words."""
    kind: str
    """Code in `kinds.KINDS`."""
    subject: str
    body: str
    path: str
    """The page that it is about."""
    created_at: datetime
    read_at: datetime | None = None


class UnwantedMail(SQLModel, table=True):
    """A kind of message that a person does not want by mail; it still stands under お知らせ."""

    __tablename__ = "unwanted_mail"

    person_id: str = Field(primary_key=True, foreign_key="person.id")
    kind: str = Field(primary_key=True)
    created_at: datetime
