"""What a search answers, as the page, the API and procurement read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from app.catalogue.facets import CatalogueFacet
from app.catalogue.query import SearchParams
from search.engine import Expansion, Relaxation, Span


@dataclass(frozen=True)
class VendorName:
    """A firm, as far as the public knows it."""

    id: str
    name: str


@dataclass(frozen=True)
class SearchHit:
    """One software on the page, rendered from the database's live revision.

    `revised` says that the index has not yet heard of this revision, `renewing` that its firm
    is in renewal (更新手続中). `monthly_price` is the lowest fixed price a
    month of its visible offers, in whole yen without tax. Highlights are spans of `name` and `summary`.
    """

    id: str
    name: str
    summary: str
    vendor: VendorName
    areas: tuple[str, ...]
    revision: int
    revision_id: str
    published_at: datetime | None
    offers: int
    monthly_price: int | None
    monthly_price_with_tax: int | None
    revised: bool
    renewing: bool
    highlights: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    """Names asked for that the vendor says this can take the place of."""

    def marked(self, name: str) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked."""
        text: str = getattr(self, name)
        pieces: list[tuple[str, bool]] = []
        at = 0
        for start, end in self.highlights.get(name, ()):
            pieces += [(text[at:start], False), (text[start:end], True)]
            at = end
        pieces.append((text[at:], False))
        return [piece for piece in pieces if piece[0]]


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet with how many hits have it."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True)
class FacetView:
    """One facet beside the hits. A range has bounds instead of values."""

    facet: CatalogueFacet
    values: tuple[FacetValue, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    @property
    def offered(self) -> bool:
        """Whether there is something to choose."""
        return bool(self.values) or self.facet.kind == "range"

    @property
    def in_use(self) -> bool:
        """Whether it narrows this search."""
        return self.minimum is not None or self.maximum is not None or any(v.selected for v in self.values)


@dataclass(frozen=True)
class Remedy:
    """One change of a search: what it is, the search after it, and how many that finds.

    `kind` is `word` or `filter` (left out), `filters` or `words` (all of them left out), `spelling` (another word) or
    `narrower` (a filter more).
    """

    kind: str
    label: str
    params: SearchParams
    count: int


@dataclass(frozen=True)
class SearchPage:
    """A page of hits with everything that the page says about them."""

    params: SearchParams
    items: tuple[SearchHit, ...]
    total: int
    facets: tuple[FacetView, ...]
    sentence: str
    engine: str
    generation: str
    order: int
    as_of: date
    relaxed: bool
    how: tuple[Relaxation, ...]
    dropped: tuple[str, ...]
    degraded: bool
    expansions: tuple[Expansion, ...] = ()
    """Known words in what was asked, and what was looked for besides."""
    remedies: tuple[Remedy, ...] = ()
    """What to leave out, where nothing was found."""
    spellings: tuple[Remedy, ...] = ()
    """もしかして."""
    narrower: tuple[Remedy, ...] = ()
    """How to make more hits than can be judged fewer."""
    stand_in: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.params.limit))


@dataclass(frozen=True)
class FoundEntry:
    """One hit of a full list: the database's revision, and the index's where it differs."""

    software_id: str
    revision: int
    revision_id: str
    index_revision: int
    index_revision_id: str
    index_offer_revision_ids: tuple[str, ...] = ()

    def revised(self, offer_revision_ids: Iterable[str]) -> bool:
        """Whether the database, in which the visible offers have these revisions, differed from the index."""
        differs = self.revision_id != self.index_revision_id
        return differs or set(offer_revision_ids) != set(self.index_offer_revision_ids)


@dataclass(frozen=True)
class AllHits:
    """Every hit in order, with what makes the list repeatable: the evidence of a search."""

    params: SearchParams
    hits: tuple[FoundEntry, ...]
    sentence: str
    engine: str
    generation: str
    order: int
    as_of: date
    searched_at: datetime
    relaxed: bool
    how: tuple[Relaxation, ...]
    dropped: tuple[str, ...]
    degraded: bool

    @property
    def total(self) -> int:
        """How many hits there are."""
        return len(self.hits)
