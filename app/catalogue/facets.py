"""The facets of the catalogue's search: those of the schema, and `vendor`, which follows from whose listing it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from catalogue_schema import Field, Schema
from catalogue_schema.model import Question
from search.engine import BUILT_IN_SORTS, IndexSettings

VENDOR: Final = "vendor"
RESERVED: Final = frozenset(
    {"q", "page", "limit", "sort", "order", "strict", "ids", "offers", "differences", "format", "relevance"}
)
"""Names of other parameters: a facet cannot have them."""
MINIMUM, MAXIMUM = "_min", "_max"


@dataclass(frozen=True)
class CatalogueFacet:
    """One facet. `name` is the URL parameter; ranges have `{name}_min` and `{name}_max` instead.

    `scale` turns a decimal into the index's integer (9995 for 99.95 with scale 100). `lapses` says that values end by
    date.
    """

    name: str
    label: str
    kind: Literal["terms", "range", "flag", "vendor"]
    subject: str
    vocabulary: str | None = None
    lapses: bool = False
    scale: int = 1
    unit: str = ""

    def to_index(self, value: int | Decimal) -> int:
        """The index's integer for a number of the schema."""
        return int(Decimal(value) * self.scale)


def catalogue_facets(schema: Schema) -> Mapping[str, CatalogueFacet]:
    """Every facet by name, in the order in which the search page shows them.

    Raises ValueError where the schema declares a facet under a name that is taken.
    """
    known = _READ.get(id(schema))
    if known is None or known[0] is not schema:
        _READ[id(schema)] = known = (schema, _read(schema))
    return known[1]


_READ: dict[int, tuple[Schema, Mapping[str, CatalogueFacet]]] = {}
"""By identity: a schema is immutable but not hashable. It is held here, so that its identity stays its own."""


def _read(schema: Schema) -> Mapping[str, CatalogueFacet]:
    found: dict[str, CatalogueFacet] = {}
    for spec in schema.facets():
        field = schema.field(spec.subject, spec.field)
        question, lapses = _question(field, spec.name)
        found[spec.name] = CatalogueFacet(
            spec.name,
            spec.label(),
            spec.kind,
            spec.subject,
            spec.vocabulary,
            lapses,
            10**question.places if question.kind == "decimal" and question is field else 1,
            question.unit if question is field else "",
        )
    parameters = [name for facet in found.values() for name in parameters_of(facet)]
    if taken := (set(parameters) & (RESERVED | {VENDOR})) or {
        p for p in parameters if parameters.count(p) > 1
    }:
        raise ValueError(f"facet names are taken: {sorted(taken)}")
    found[VENDOR] = CatalogueFacet(VENDOR, "事業者", "vendor", "software")
    return found


def _question(field: Field, name: str) -> tuple[Question, bool]:
    declared = next(facet for facet in field.facets if facet.name == name)
    if declared.column is None:
        # A derived number (the monthly price) is whole, whatever its columns are.
        return field, False
    return field.column(declared.column), field.valid_until is not None


def parameters_of(facet: CatalogueFacet) -> tuple[str, ...]:
    """The URL parameters of a facet."""
    if facet.kind == "range":
        return (facet.name + MINIMUM, facet.name + MAXIMUM)
    return (facet.name,)


def index_settings(schema: Schema) -> IndexSettings:
    """What the index has to know of the schema."""
    facets = catalogue_facets(schema).values()
    ranges = tuple(facet.name for facet in facets if facet.kind == "range")
    return IndexSettings(
        facets=tuple(facet.name for facet in facets if facet.kind != "range" and not facet.lapses),
        lapse_facets=tuple(facet.name for facet in facets if facet.lapses),
        ranges=ranges,
        sortable=ranges,
    )


def sorts(schema: Schema) -> tuple[str, ...]:
    """What `sort` may be: `relevance`, and names with `-` in front for the largest (newest) first."""
    facets = catalogue_facets(schema).values()
    names = (*BUILT_IN_SORTS, *(facet.name for facet in facets if facet.kind == "range"))
    return ("relevance", *(sign + name for name in names for sign in ("", "-")))
