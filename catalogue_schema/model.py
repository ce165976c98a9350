"""The nouns of the catalogue schema: what is declared, and what the schema answers.

All are frozen and hold plain values only, so they may be shared between threads, kept in caches and handed
to templates.

Terms, columns and fields are equal only to themselves, so that they can be keys although they hold mappings and lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal[
    "text",
    "long_text",
    "kana",
    "latin",
    "integer",
    "decimal",
    "money",
    "boolean",
    "choice",
    "choices",
    "date",
    "url",
    "email",
    "telephone",
    "rows",
]
Language = Literal["ja", "en"]
Mode = Literal["draft", "complete"]

SUBJECTS: Final = ("software", "offer")
MAX_YEN: Final = 10**12
"""The largest amount anywhere, in yen; larger ones are typing errors."""
MAX_PLACES: Final = 4
"""The most decimal places of a unit price or any other decimal."""

NOT_ANSWERED: Final[Mapping[Language, str]] = MappingProxyType({"ja": "未回答", "en": "Not answered"})
NOT_ASKED: Final[Mapping[Language, str]] = MappingProxyType(
    {"ja": "この版では質問なし", "en": "Not asked in this version"}
)
TRUE_LABEL: Final[Mapping[Language, str]] = MappingProxyType({"ja": "はい", "en": "Yes"})
FALSE_LABEL: Final[Mapping[Language, str]] = MappingProxyType({"ja": "いいえ", "en": "No"})


class DeclarationInvalid(ValueError):
    """A TOML file declares something the schema cannot mean; the message names file and key."""


class SubjectUnknown(KeyError):
    """A subject other than ``software`` and ``offer`` was asked for."""


class FieldUnknown(KeyError):
    """A field was asked for that this version of the schema does not have."""


class VocabularyUnknown(KeyError):
    """A vocabulary was asked for that is not declared."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One allowed value of a vocabulary.

    ``code`` is what answers store. ``also`` are other words people use for it: they are searched and help
    to find the nearest term. ``facts`` are strings about the term (``ministry`` of a business area). A term
    is retired from schema version ``retired_since`` on, never removed; ``successor`` is the code to use
    instead.
    """

    code: str
    ja: str
    en: str
    also: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    since: int = 1
    retired_since: int | None = None
    successor: str | None = None

    def label(self, lang: Language = "ja") -> str:
        """The label in the language asked for."""
        return self.ja if lang == "ja" else self.en


@dataclass(frozen=True, slots=True)
class Facet:
    """A declared search facet of a field; ``column`` for rows, ``derive`` for computed ones."""

    name: str
    label_ja: str
    label_en: str
    column: str | None = None
    derive: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Question:
    """What fields and columns have in common: kind, labels and limits.

    ``max_length`` counts code points after NFC; ``minimum``/``maximum`` bound integers, decimals and money
    (yen); ``places`` is the number of decimal places; ``not_before`` names the date that this one may not
    precede; ``not_future`` refuses dates after today; ``search`` is the search attribute the text is
    indexed under.
    """

    name: str
    kind: Kind
    label_ja: str
    label_en: str
    hint_ja: str = ""
    required: bool = False
    max_length: int = 200
    minimum: int = -MAX_YEN
    maximum: int = MAX_YEN
    places: int = 0
    unit: str = ""
    vocabulary: str | None = None
    max_items: int = 100
    not_before: str | None = None
    not_future: bool = False
    search: str | None = None

    def label(self, lang: Language = "ja") -> str:
        """The label in the language asked for."""
        return self.label_ja if lang == "ja" else self.label_en


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Column(Question):
    """One column of a ``rows`` field. ``unique`` refuses two rows with the same value; ``without_tax`` says
    that the number is a price 税抜, which pages show 税込 as well.
    """

    unique: bool = False
    without_tax: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Field(Question):
    """One question about a listing: the single entry from which everything else follows.

    Asked in the schema versions ``since`` to ``until`` (both included; ``None`` = still). ``columns`` and
    ``max_rows`` are those of a ``rows`` field; ``valid_until`` names the column after whose date a row
    stops counting in facets. ``example`` is a fictional valid answer.
    """

    subject: str
    group: str
    since: int = 1
    until: int | None = None
    columns: tuple[Column, ...] = ()
    max_rows: int = 20
    valid_until: str | None = None
    valid_from: str | None = None
    facets: tuple[Facet, ...] = ()
    example: object = None

    def column(self, name: str) -> Column:
        """The column of that name; raises ``FieldUnknown``."""
        for column in self.columns:
            if column.name == name:
                return column
        raise FieldUnknown(f"{self.name}.{name}")

    def asked_in(self, version: int) -> bool:
        """Whether that version of the schema has this question."""
        return self.since <= version and (self.until is None or version <= self.until)


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the form: its fields in order."""

    name: str
    subject: str
    label_ja: str
    label_en: str
    hint_ja: str
    fields: tuple[Field, ...]

    def label(self, lang: Language = "ja") -> str:
        """The label in the language asked for."""
        return self.label_ja if lang == "ja" else self.label_en


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the answers.

    ``pointer`` is an RFC 6901 pointer into the answers, ``message`` says what is wrong (Japanese, naming
    the field), ``remedy`` what would be right, ``field`` is the field's name (as sent, where it is
    unknown).
    """

    pointer: str
    code: str
    message: str
    remedy: str
    field: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs between two sets of answers, with both texts as a page shows them."""

    field: Field
    kind: Literal["added", "removed", "changed"]
    before_text: str
    after_text: str


@dataclass(frozen=True, slots=True)
class FacetSpec:
    """A search facet: ``name`` is its URL parameter. ``terms`` match any of several codes, ``range`` a
    number, ``flag`` the value ``true``.
    """

    name: str
    subject: str
    field: str
    vocabulary: str | None
    label_ja: str
    label_en: str
    kind: Literal["terms", "range", "flag"]

    def label(self, lang: Language = "ja") -> str:
        """The label in the language asked for."""
        return self.label_ja if lang == "ja" else self.label_en


@dataclass(frozen=True, slots=True)
class Cell:
    """One listing's answer in a comparison. ``asked`` is false where its schema version lacked the
    question.
    """

    answered: bool
    text: str
    value: object
    asked: bool = True


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One field across the compared listings, in the order of the columns given."""

    group: Group
    field: Field
    cells: tuple[Cell, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a listing is answered; for its vendor's eyes only."""

    answered: int
    total: int
    required_missing: tuple[Field, ...]
    optional_missing: tuple[Field, ...]
