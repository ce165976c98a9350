"""The columns and sheets of the bulk forms, straight from the catalogue schema: a new field needs no line here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catalogue_schema import Field, Schema
from catalogue_schema.model import Question
from catalogue_schema.vocabulary import folded, nearest_of

KINDS: Final = {"software": "ソフトウェア", "offer": "サービス"}
IDENTITY: Final = {
    "kind": "種類",
    "id": "掲載のID",
    "key": "自社管理番号",
    "software_id": "ソフトウェアのID",
    "software_key": "ソフトウェアの自社管理番号",
    "etag": "版の印",
}
"""What names a row; `etag`, where it is filled, refuses to overwrite what changed since the export."""
KEY_LIMIT: Final = 100
SEPARATOR: Final = ";"
_SEPARATORS = re.compile(r"[;；\n]")
_BRACKETED = re.compile(r".*\[([^\[\]]+)\]\s*", re.DOTALL)
SHEET_NAME_LIMIT: Final = 31


def header(name: str, label: str) -> str:
    """What stands above a column: `名称 [name]`. The name in brackets counts; the label is for people."""
    return f"{label} [{name}]"


def identity_columns(kind: str, *, with_kind: bool) -> list[str]:
    """The names of the identifying columns of a table."""
    names = (
        ["id", "key", "software_id", "software_key", "etag"] if kind != "software" else ["id", "key", "etag"]
    )
    return ["kind", *names] if with_kind else names


def flat_fields(schema: Schema, kind: str) -> list[Field]:
    """The fields that take one cell."""
    return [field for field in schema.fields(kind) if field.kind != "rows"]


def table_fields(schema: Schema, kind: str) -> list[Field]:
    """The fields that are tables of their own."""
    return [field for field in schema.fields(kind) if field.kind == "rows"]


def sheet_titles(schema: Schema) -> dict[str, tuple[str, Field | None]]:
    """The sheets of a workbook: title → (kind, the table field or None for the entries themselves)."""
    titles: dict[str, tuple[str, Field | None]] = {kind: (kind, None) for kind in KINDS}
    for kind in KINDS:
        for field in table_fields(schema, kind):
            title, number = field.name[:SHEET_NAME_LIMIT], 2
            while title in titles:
                title = f"{field.name[: SHEET_NAME_LIMIT - 2]}_{number}"
                number += 1
            titles[title] = (kind, field)
    return titles


@dataclass(frozen=True)
class Header:
    """One column of an uploaded table: where it stands, what its header says, which name that is."""

    index: int
    written: str
    name: str | None
    """None for a blank header."""
    known: bool
    near: str | None = None


def headers_of(written: Sequence[str], names: Mapping[str, str]) -> list[Header]:
    """The columns of a table whose names (→ label) are these; a header is `名称 [name]`, a name, or a label."""
    labels: dict[str, str] = {}
    for name, label in names.items():
        labels.setdefault(label, name)
    guesses = {folded(text): name for name, label in names.items() for text in (name, label)}
    found = []
    for index, text in enumerate(written):
        bracketed = _BRACKETED.fullmatch(text)
        given = str(bracketed[1]).strip() if bracketed else text.strip()
        known = given if given in names else labels.get(given)
        if not given:
            found.append(Header(index, text, None, False))
        elif known is not None:
            found.append(Header(index, text, known, True))
        else:
            found.append(Header(index, text, given, False, nearest_of(given, guesses)))
    return found


def split_choices(schema: Schema, question: Question, written: str) -> list[str]:
    """The codes of a cell: separated by `;` or line breaks, as codes or as their Japanese labels."""
    return [term_code(schema, question, part) for part in _SEPARATORS.split(written) if part.strip()]


def term_code(schema: Schema, question: Question, written: str) -> str:
    """The code for a code or a Japanese label; what is neither stays for validation to name the nearest."""
    given = written.strip()
    vocabulary = schema.vocabulary_of(question)
    if vocabulary.term(given) is not None:
        return given
    return next((term.code for term in vocabulary.current() if term.ja == given), given)
