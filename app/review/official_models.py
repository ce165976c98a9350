"""Official lists (法人番号, 全省庁統一資格, ISMAP) as imported, and what they give the Agency to do."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.review.lifecycle import TASK


class OfficialListImport(SQLModel, table=True):
    """One file that was read: which list, as of which day."""

    __tablename__ = "official_list_import"

    id: str = Field(primary_key=True)
    list_name: str = Field(index=True)
    as_of: date
    sha256: str
    rows: int
    complete: bool
    """Whether what it leaves out is off the list."""
    imported_at: datetime


class OfficialEntry(SQLModel, table=True):
    """What the newest import says of one number on one list."""

    __tablename__ = "official_entry"
    __table_args__ = (UniqueConstraint("list_name", "number"),)

    id: str = Field(primary_key=True)
    list_name: str
    number: str
    name: str
    corporate_number: str = Field(default="", index=True)
    status: str = "active"
    """active, closed, merged or cancelled."""
    successor_number: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Further columns that the mapping names."""
    as_of: date
    import_id: str = Field(foreign_key="official_list_import.id", index=True)


class AgencyTask(SQLModel, table=True):
    """Something for the Agency to look into and finish with a reason."""

    __tablename__ = "agency_task"
    __table_args__ = (
        CheckConstraint(TASK.check_sql(), name="agency_task_status"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="agency_task_done"),
        # The same difference opens one task, however often the list is imported.
        Index(
            "uq_agency_task_open",
            "organisation_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: str = Field(primary_key=True)
    kind: str
    """name_changed, name_differs, number_differs, closed, merged, cancelled, missing, dates_differ."""
    list_name: str
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    subject: str
    """The number on the list that it is about."""
    message: str
    as_of: date
    status: str = Field(default="open", index=True)
    opened_at: datetime
    done_at: datetime | None = None
    done_by: str | None = None
    done_reason: str = ""
