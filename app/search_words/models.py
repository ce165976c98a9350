"""The words that stand for others in searches, and every change of them, numbered as versions of the whole table."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.search_words.lifecycle import WORD


class KeptWord(SQLModel, table=True):
    """One word as it counts now."""

    __tablename__ = "search_word"
    __table_args__ = (
        CheckConstraint(WORD.check_sql(), name="search_word_status"),
        CheckConstraint("kind IN ('means', 'same', 'replaced_by')", name="search_word_kind"),
        CheckConstraint("source IN ('seed', 'agency')", name="search_word_source"),
        UniqueConstraint("kind", "key"),
    )

    id: str = Field(primary_key=True)
    kind: str
    written: str
    key: str
    """`written` folded: two spellings of one word are one entry."""
    meant: list[str] = Field(sa_column=Column(JSON, nullable=False))
    note: str = ""
    source: str = "agency"
    """`seed` as long as nobody has changed what the product came with."""
    status: str = Field(default="active", index=True)
    version: int = 1
    created_at: datetime
    updated_at: datetime


class WordChange(SQLModel, table=True):
    """One change. The largest `number` is the version of the table; changes up to a number are the table then."""

    __tablename__ = "search_word_change"
    __table_args__ = (
        CheckConstraint(WORD.check_sql(), name="search_word_change_status"),
        UniqueConstraint("word_id", "version"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    word_id: str = Field(foreign_key="search_word.id", index=True)
    version: int
    kind: str
    written: str
    meant: list[str] = Field(sa_column=Column(JSON, nullable=False))
    note: str = ""
    status: str
    changed_at: datetime
