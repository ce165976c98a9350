"""Work on the whole search index as rows: who asked, how far it is, what was found."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel

from app.indexing.lifecycle import INDEX_RUN


class IndexRun(SQLModel, table=True):
    """One rebuild of the index or one comparison of it with the database, done by the worker."""

    __tablename__ = "index_run"
    __table_args__ = (
        CheckConstraint(INDEX_RUN.check_sql(), name="index_run_status"),
        CheckConstraint("kind IN ('rebuild', 'check')", name="index_run_kind"),
        CheckConstraint("done >= 0 AND total >= 0", name="index_run_progress"),
        Index(
            "uq_index_run_live",
            "kind",
            unique=True,
            sqlite_where=text("status IN ('queued', 'running')"),
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        Index("ix_index_run_status", "status", "kind"),
    )

    id: str = Field(primary_key=True)
    kind: str
    """`rebuild` builds all of it anew; `check` compares it with the database."""
    reason: str
    """Why: see `app.indexing.runs.Reason`."""
    repair: bool = False
    """Whether a check mends what it finds."""
    asked_by: str | None = Field(default=None, foreign_key="person.id")
    """The person who asked on the page or by API; None for the command line and the service itself."""
    status: str = "queued"
    claim: int = 0
    """Counts who took it up: only the last may report progress or end it."""
    done: int = 0
    total: int = 0
    """In documents, the furthest that it came; 0 of 0 while it is unknown."""
    interruptions: int = 0
    """How often in a row it was taken up and ended without getting further."""
    source: str = ""
    """Rebuild: the fingerprint of the declarations it was made under (`projection.source_fingerprint`)."""
    generation: str = ""
    documents: int = 0
    checksum: str = ""
    """Of all documents that the index holds at the end (`search.results.checksum`)."""
    missing: int = 0
    outdated: int = 0
    surplus: int = 0
    """Differences that were found, before anything was mended."""
    differences: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The first of them: `{"id": …, "what": "missing" | "outdated" | "surplus"}`."""
    repaired: int = 0
    message: str = ""
    created_at: datetime
    started_at: datetime | None = None
    told_at: datetime | None = None
    """When its worker last said how far it is."""
    finished_at: datetime | None = None
