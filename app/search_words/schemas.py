"""Bodies and answers of search words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.search_words.service import ChangeView, WordText, WordView
from catalogue_schema.search_words import KINDS

_KIND = "、".join(f"{code}（{label}）" for code, label in KINDS.items())


class WordIn(BaseModel):
    """A new word."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "means",
                    "written": "住基",
                    "meant": ["住民基本台帳", "住民記録"],
                    "note": "窓口での呼び方",
                }
            ]
        },
    )

    kind: str = Field(max_length=40, description=_KIND)
    written: str = Field(description="人が書く言葉")
    meant: list[str] = Field(max_length=100, description="併せて探す言葉。same ではどれからも互いに探します")
    note: str = Field(default="", description="理由と出典")

    def text(self) -> WordText:
        """As the service takes it."""
        return WordText(self.kind, self.written, self.meant, self.note)


class WordEditIn(BaseModel):
    """A word as it is to be; the kind stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"written": "住基", "meant": ["住民基本台帳"], "note": ""}]},
    )

    written: str
    meant: list[str] = Field(max_length=100)
    note: str = ""

    def text(self) -> WordText:
        """As the service takes it."""
        return WordText("", self.written, self.meant, self.note)


class WordOut(BaseModel):
    """A word."""

    id: str
    kind: str = Field(description=_KIND)
    written: str
    meant: list[str]
    note: str
    source: str = Field(description="seed（初めからのもの）、agency（審査担当が作った・変えたもの）")
    status: str = Field(description="active（使用中）、retired（廃止）")
    version: int
    updated_at: datetime


class WordChangeOut(BaseModel):
    """One change."""

    table_version: int = Field(description="この変更でできた一覧の版")
    version: int
    written: str
    meant: list[str]
    note: str
    status: str
    changed_at: datetime | None


class WordDetailOut(WordOut):
    """A word with its changes, newest first."""

    changes: list[WordChangeOut]


class WordTableRowOut(BaseModel):
    """A word of the exported table."""

    kind: str
    written: str
    meant: list[str]
    note: str


class WordTableOut(BaseModel):
    """The table of one version."""

    version: int
    items: list[WordTableRowOut]


def word_out(view: WordView) -> WordOut:
    """As the API answers it."""
    return WordOut(**_facts(view))


def word_detail_out(view: WordView, changes: list[ChangeView]) -> WordDetailOut:
    """With its history."""
    return WordDetailOut(**_facts(view), changes=[_change_out(change) for change in changes])


def _facts(view: WordView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in WordOut.model_fields} | {"meant": list(view.meant)}


def _change_out(change: ChangeView) -> WordChangeOut:
    return WordChangeOut(
        table_version=change.number,
        version=change.version,
        written=change.written,
        meant=list(change.meant),
        note=change.note,
        status=change.status,
        changed_at=change.changed_at,
    )
