"""支援者: who helps a body with which projects, until when; and the comments on a project."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.procurement.lifecycle import SUPPORT


class Support(SQLModel, table=True):
    """A body's invitation of one supporter to named projects, and what became of it."""

    __tablename__ = "support"
    __table_args__ = (
        CheckConstraint(SUPPORT.check_sql(), name="support_status"),
        CheckConstraint("status NOT IN ('accepted', 'active') OR declaration <> ''", name="support_declared"),
        CheckConstraint(
            "status NOT IN ('accepted', 'active') OR membership_id IS NOT NULL", name="support_has_person"
        ),
        UniqueConstraint("id", "organisation_id"),
    )

    id: str = Field(primary_key=True)
    digest: str = Field(unique=True)
    """Of the secret in the single-use link."""
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    """The body that owns the projects."""
    status: str = "invited"
    invited_by: str = Field(foreign_key="membership.id", index=True)
    note: str = ""
    ends_on: date
    """The last day of the access."""
    created_at: datetime
    expires_at: datetime
    """Until when the link can be used."""
    membership_id: str | None = Field(default=None, foreign_key="membership.id", index=True)
    """The supporter's place in their own organisation: the access ends with it."""
    has_interest: bool | None = None
    declaration: str = ""
    """利害関係の申告, in the supporter's words at acceptance."""
    ties: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The vendors that the person belonged to at acceptance: [{organisation_id, name, group_key}]."""
    accepted_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    """Membership of who confirmed."""
    ended_at: datetime | None = None
    ended_by: str | None = None
    """Membership of who ended it, or `date`, `membership`."""
    end_reason: str = ""


class SupportProject(SQLModel, table=True):
    """One of the projects that a support names: always the inviting body's."""

    __tablename__ = "support_project"
    __table_args__ = (
        ForeignKeyConstraint(["support_id", "organisation_id"], ["support.id", "support.organisation_id"]),
        ForeignKeyConstraint(["project_id", "organisation_id"], ["project.id", "project.organisation_id"]),
    )

    support_id: str = Field(primary_key=True)
    project_id: str = Field(primary_key=True, index=True)
    organisation_id: str
    price_granted_at: datetime | None = None
    """Since when the supporter may see 予定価格 of this project."""
    price_granted_by: str | None = None


class ProjectComment(SQLModel, table=True):
    """What the body's people and its supporters say about a project: never changed, part of the evidence."""

    __tablename__ = "project_comment"
    __table_args__ = (
        CheckConstraint("kind IN ('comment', 'selection_reason')", name="project_comment_kind"),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    kind: str = "comment"
    """comment, or selection_reason: a draft of the selection's reason for the officer."""
    text: str
    author_id: str
    """Person."""
    organisation_id: str = Field(foreign_key="organisation.id")
    """For whom the author spoke: the body, or the supporter's own organisation."""
    support_id: str | None = Field(default=None, foreign_key="support.id")
    created_at: datetime
