"""What the read side's API answers."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.comparison import Comparison, OfferChoice
from app.catalogue.results import FacetView, Remedy, SearchHit, SearchPage
from app.catalogue.suggestions import Suggested


class VendorOut(BaseModel):
    """A firm."""

    id: str
    name: str


class SearchHitOut(BaseModel):
    """One software. `highlights` are [start, end) positions in `name` and `summary`."""

    id: str
    name: str
    summary: str
    vendor: VendorOut
    areas: list[str]
    revision: int
    revision_id: str
    published_at: datetime | None
    offers: int
    monthly_price: int | None
    monthly_price_with_tax: int | None
    revised: bool
    renewing: bool
    highlights: dict[str, list[tuple[int, int]]]
    replaces: list[str] = Field(
        description="探した名前のうち、事業者が「代わりになるもの」として登録しているもの"
    )


class FacetValueOut(BaseModel):
    """One value with the number of hits that have it (the facet's own choice left out)."""

    value: str
    label: str
    count: int
    selected: bool


class FacetOut(BaseModel):
    """One facet. A range has `parameters` for its bounds and no values."""

    label: str
    kind: Literal["terms", "range", "flag", "vendor"]
    unit: str
    values: list[FacetValueOut]
    minimum: Decimal | None
    maximum: Decimal | None


class ExpansionOut(BaseModel):
    """A known word in what was asked, and what was looked for besides."""

    kind: str = Field(description="means（言い換え）、same（同じ意味）、replaced_by（代わりになるもの）")
    written: str
    meant: list[str]


class RemedyOut(BaseModel):
    """Another search: what changes, how many it finds, and its address."""

    kind: str = Field(
        description="word・filter（一つ外す）、words・filters（全て外す）、spelling（もしかして）、narrower（絞り込む）"
    )
    label: str
    count: int
    url: str


class SearchOut(BaseModel):
    """A page of the search. `order` repeats the order of ties; `sentence` says the search back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "total": 1,
                    "page": 1,
                    "pages": 1,
                    "limit": 20,
                    "items": [],
                    "facets": {},
                    "sentence": "「窓口」を含むサービス（関連の高い順）",
                    "engine": "embedded",
                    "generation": "g1",
                    "order": 3,
                    "as_of": "2026-11-24",
                    "relaxed": False,
                    "how": [],
                    "dropped": [],
                    "degraded": False,
                    "expansions": [],
                    "remedies": [],
                    "spellings": [],
                    "narrower": [],
                    "next": None,
                }
            ]
        }
    )

    total: int
    items: list[SearchHitOut]
    facets: dict[str, FacetOut]
    page: int
    pages: int
    limit: int
    sentence: str
    engine: str
    generation: str
    order: int
    as_of: date
    relaxed: bool
    how: list[str]
    dropped: list[str]
    degraded: bool
    expansions: list[ExpansionOut] = Field(description="併せて探した言葉")
    remedies: list[RemedyOut] = Field(description="0件のとき、外すと見つかる言葉と条件")
    spellings: list[RemedyOut] = Field(description="もしかして")
    narrower: list[RemedyOut] = Field(description="30件を超えるとき、絞り込む条件")
    next: str | None
    """Address of the next page, or null."""


class OfferColumnOut(BaseModel):
    """The offer shown with a listing. `newer`: the revision that is public now, where an older one is shown."""

    id: str
    name: str
    seller: str
    revision: int
    revision_id: str
    published_at: datetime | None
    newer: int | None
    monthly_price: int | None
    monthly_price_with_tax: int | None


class ColumnOut(BaseModel):
    """One listing of a comparison. `newer`: the revision that is public now, where an older one is shown."""

    id: str
    name: str
    vendor: VendorOut
    revision: int
    revision_id: str
    newer: int | None
    published_at: datetime | None
    schema_version: int
    offer: OfferColumnOut | None
    offers: list[OfferColumnOut]


class CellOut(BaseModel):
    """One listing's answer: `answered` false is 未回答, `asked` false a question that its version did not have."""

    answered: bool
    asked: bool
    text: str
    value: Any


class RowOut(BaseModel):
    """One field across the listings, cells in the order of `columns`."""

    field: str
    label: str
    differs: bool
    cells: list[CellOut]


class GroupOut(BaseModel):
    """One section of rows; `subject` is software or offer."""

    subject: str
    name: str
    label: str
    rows: list[RowOut]


class ComparisonOut(BaseModel):
    """The comparison. `hidden` counts the rows left out by `differences=1`, `put_away` those named in `hide`.

    `pins` is the value of that parameter with which the comparison stays at the revisions shown.
    """

    columns: list[ColumnOut]
    groups: list[GroupOut]
    as_of: date
    differences: bool
    hidden: int
    put_away: int
    ordered_by: str
    pinned: bool
    pins: str


class SchemaOut(BaseModel):
    """Where a JSON Schema is: `url` always the newest, `versioned_url` unchanging."""

    subject: str
    version: int
    url: str
    versioned_url: str


class VocabularyLinkOut(BaseModel):
    """Where a vocabulary is."""

    name: str
    label: str
    url: str


class SchemasOut(BaseModel):
    """All schemas and vocabularies."""

    version: int
    items: list[SchemaOut]
    vocabularies: list[VocabularyLinkOut]
    next: None = None


def _facet(view: FacetView) -> FacetOut:
    return FacetOut(
        label=view.facet.label,
        kind=view.facet.kind,
        unit=view.facet.unit,
        values=[FacetValueOut.model_validate(value, from_attributes=True) for value in view.values],
        minimum=view.minimum,
        maximum=view.maximum,
    )


def _hit(hit: SearchHit) -> SearchHitOut:
    return SearchHitOut.model_validate(hit, from_attributes=True)


def _remedies(remedies: Iterable[Remedy]) -> list[RemedyOut]:
    return [
        RemedyOut(kind=one.kind, label=one.label, count=one.count, url=one.params.url("/api/v1/search"))
        for one in remedies
    ]


class SuggestionOut(BaseModel):
    """Something that goes with what has been typed so far."""

    kind: str = Field(
        description="area（業務）、listing（サービス）、vendor（事業者）、phrase（言葉）、spelling（もしかして）"
    )
    text: str
    note: str
    path: str = Field(description="その画面")
    id: str | None = Field(description="サービスと事業者の番号、業務の符号")


class SuggestionsOut(BaseModel):
    """Suggestions, by kind."""

    items: list[SuggestionOut]
    next: None = None


def suggestions_out(found: Iterable[Suggested]) -> SuggestionsOut:
    """The API's form of suggestions."""
    return SuggestionsOut(items=[SuggestionOut.model_validate(one, from_attributes=True) for one in found])


def search_out(page: SearchPage) -> SearchOut:
    """The API's form of a search page."""
    more = page.params.page < page.pages
    following = page.params.at_page(page.params.page + 1) if more else None
    return SearchOut(
        total=page.total,
        items=[_hit(hit) for hit in page.items],
        facets={view.facet.name: _facet(view) for view in page.facets},
        page=page.params.page,
        pages=page.pages,
        limit=page.params.limit,
        sentence=page.sentence,
        engine=page.engine,
        generation=page.generation,
        order=page.order,
        as_of=page.as_of,
        relaxed=page.relaxed,
        how=list(page.how),
        dropped=list(page.dropped),
        degraded=page.degraded,
        expansions=[
            ExpansionOut(kind=one.kind, written=one.written, meant=list(one.meant)) for one in page.expansions
        ],
        remedies=_remedies(page.remedies),
        spellings=_remedies(page.spellings),
        narrower=_remedies(page.narrower),
        next=following.in_order(page.order).url("/api/v1/search") if following else None,
    )


def _offer(choice: OfferChoice) -> OfferColumnOut:
    return OfferColumnOut.model_validate(choice, from_attributes=True)


def comparison_out(comparison: Comparison) -> ComparisonOut:
    """The API's form of a comparison."""
    return ComparisonOut(
        columns=[
            ColumnOut(
                id=column.id,
                name=column.name,
                vendor=VendorOut(id=column.vendor_id, name=column.vendor),
                revision=column.revision,
                revision_id=column.revision_id,
                newer=column.newer,
                published_at=column.published_at,
                schema_version=column.schema_version,
                offer=_offer(column.offer) if column.offer else None,
                offers=[_offer(choice) for choice in column.offers],
            )
            for column in comparison.columns
        ],
        groups=[
            GroupOut(
                subject=group.subject,
                name=group.name,
                label=group.label,
                rows=[
                    RowOut(
                        field=row.field.name,
                        label=row.field.label_ja,
                        differs=row.differs,
                        cells=[CellOut.model_validate(cell, from_attributes=True) for cell in row.cells],
                    )
                    for row in group.rows
                ],
            )
            for group in comparison.groups
        ],
        as_of=comparison.as_of,
        differences=comparison.differences,
        hidden=comparison.hidden,
        put_away=comparison.put_away,
        ordered_by=comparison.ordered_by,
        pinned=comparison.pinned,
        pins=comparison.pins(),
    )
