"""What is asked: words, a filter tree, facets, order and page, in terms no engine owns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from search.document import ROTATIONS, TEXT_FIELDS, Document
from search.errors import QueryTooLong, UnknownFacet, UnknownRange, UnknownSort
from search.settings import BUILT_IN_SORTS, IndexSettings
from search.synonyms import Synonyms, seed_synonyms

MAXIMUM_QUERY_LENGTH = 1_000
"""Characters of `Query.text`; longer ones are refused rather than cut."""


@dataclass(frozen=True)
class In:
    """The facet has one of these values (on `Query.today`, where it lapses). No values: no document."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """At least one number under the name lies between the bounds, both included; None leaves a side open."""

    name: str
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Exists:
    """The facet has a value (on `Query.today`, where it lapses), or the range has a number."""

    name: str


@dataclass(frozen=True)
class Not:
    """What the part does not match."""

    part: Filter


@dataclass(frozen=True)
class And:
    """Every part matches; without parts: every document."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True)
class Or:
    """At least one part matches; without parts: no document."""

    parts: tuple[Filter, ...]


Filter = In | Range | Exists | Not | And | Or


@dataclass(frozen=True)
class Sort:
    """Order by a built-in sort ("updated_at", "name") or a number. What has no value always comes last."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """One question to the index.

    `selected` are the values chosen per facet: values of one facet are alternatives, facets add up, and the
    counts of a facet in `facets` leave its own choice out (disjunctive). `ranges` are bounds per number, both
    included. `filter` is a further condition, for every count alike. `sort` None means relevance; without
    words that is the fixed order of `rotation`. `today` decides what is visible and valid. `strict` forbids
    relaxation. `hidden_ids` are never found, for what left the catalogue before the index heard of it.
    `instead` are documents that count in place of the index's of the same id, for what of a listing has changed
    and must not be found by its former content any more; their place among hits by relevance is approximate.
    `synonyms` is the table of words that stand for others (the catalogue's seed where none is given).
    `limit` 0 asks for totals and facets only; `highlight` False saves the work where spans are not shown, as
    `highlight_fields` does for the fields that are not (folding long texts is the dearest part of an answer).

    Raises `QueryTooLong` above `MAXIMUM_QUERY_LENGTH`, `ValueError` for a page below 1, a negative limit or a
    rotation outside 0 to 15.
    """

    today: date
    text: str = ""
    filter: Filter | None = None
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    sort: Sort | None = None
    page: int = 1
    limit: int = 20
    rotation: int = 0
    strict: bool = False
    hidden_ids: tuple[str, ...] = ()
    instead: tuple[Document, ...] = ()
    highlight: bool = True
    highlight_fields: tuple[str, ...] = TEXT_FIELDS
    synonyms: Synonyms = field(default_factory=seed_synonyms)

    def __post_init__(self) -> None:
        if len(self.text) > MAXIMUM_QUERY_LENGTH:
            raise QueryTooLong(len(self.text), MAXIMUM_QUERY_LENGTH)
        if self.page < 1 or self.limit < 0:
            raise ValueError("pages begin at 1 and a limit is not negative")
        if not 0 <= self.rotation < ROTATIONS:
            raise ValueError(f"rotation must lie between 0 and {ROTATIONS - 1}")

    @property
    def offset(self) -> int:
        """How many hits come before the page."""
        return (self.page - 1) * self.limit

    def check(self, settings: IndexSettings) -> None:
        """Raise `UnknownFacet`, `UnknownRange` or `UnknownSort` for a name that `settings` do not declare."""
        for name in (*self.facets, *self.selected):
            if name not in settings.all_facets:
                raise UnknownFacet(name)
        for name in self.ranges:
            if name not in settings.ranges:
                raise UnknownRange(name)
        if self.sort and self.sort.name not in settings.sortable + BUILT_IN_SORTS:
            raise UnknownSort(self.sort.name)
        for leaf in _leaves(self.filter):
            if isinstance(leaf, In) and leaf.name not in settings.all_facets:
                raise UnknownFacet(leaf.name)
            if isinstance(leaf, Range) and leaf.name not in settings.ranges:
                raise UnknownRange(leaf.name)
            if isinstance(leaf, Exists) and leaf.name not in settings.all_facets + settings.ranges:
                raise UnknownFacet(leaf.name)


def _leaves(part: Filter | None) -> Iterator[In | Range | Exists]:
    if isinstance(part, And | Or):
        for inner in part.parts:
            yield from _leaves(inner)
    elif isinstance(part, Not):
        yield from _leaves(part.part)
    elif part is not None:
        yield part
