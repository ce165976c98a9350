"""Which files are kept, and what they were found to be."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class StoredFile(SQLModel, table=True):
    """A file of the store that somebody owns. Its owners' rows refer to it."""

    __tablename__ = "stored_file"

    sha256: str = Field(primary_key=True, max_length=64)
    kind: str
    """pdf, docx, xlsx: by content."""
    size: int
    """Bytes."""
    scanned: bool = False
    """Whether a virus scanner was configured and found nothing."""
    created_at: datetime
