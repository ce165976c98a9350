"""What a reviewer looked at of what a listing says about a specification's version."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from app.conformance.lifecycle import VERIFICATION


class ConformanceVerification(SQLModel, table=True):
    """One verification of the statements of one published revision. What it says never changes; it only ends."""

    __tablename__ = "conformance_verification"
    __table_args__ = (
        CheckConstraint(VERIFICATION.check_sql(), name="conformance_verification_status"),
        CheckConstraint("level IN ('documents', 'tested')", name="conformance_verification_level"),
        CheckConstraint(
            "level = 'documents' OR (report_url <> '' AND tester <> '' AND tested_on IS NOT NULL)",
            name="conformance_verification_report",
        ),
    )

    id: str = Field(primary_key=True)
    entry_id: str = Field(foreign_key="entry.id", index=True)
    version_id: str = Field(foreign_key="specification_version.id", index=True)
    revision_number: int
    """The published revision whose statements were looked at: it holds only while they are said unchanged."""
    level: str
    """documents (書類確認) or tested (試験結果あり)."""
    looked_at: str
    """What was looked at."""
    report_url: str = ""
    """Where the test's report is; only and always with `tested`, like the next two."""
    tester: str = ""
    tested_on: date | None = None
    valid_until: date | None = None
    """The last day on which it holds; None: as long as the version is in force."""
    status: str = Field(default="in_effect", index=True)
    organisation_id: str = Field(foreign_key="organisation.id")
    """The reviewer's organisation."""
    recorded_by: str
    recorded_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str = ""
    """Why it was withdrawn, or ended; public."""
