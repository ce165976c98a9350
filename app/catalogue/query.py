"""What a search asks for, read from URL parameters and written back into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from app.catalogue.facets import (
    MAXIMUM,
    MINIMUM,
    CatalogueFacet,
    catalogue_facets,
    parameters_of,
    sorts,
)
from app.kit.errors import FieldFault, Invalid
from catalogue_schema import Schema
from catalogue_schema.vocabulary import folded, nearest_of
from search.engine import MAXIMUM_QUERY_LENGTH, ROTATIONS, Document, Query, Sort, Synonyms
from search.query_text import parse as words_of
from search.synonyms import seed_synonyms

LIMIT = 20
LIMIT_AT_MOST = 100
PAGE_AT_MOST = 100_000
VALUES_AT_MOST = 200
WORDS_AT_MOST = 32
"""Words of one search: each is looked for by itself, and no document would have so many."""
FAULTS_AT_MOST = 20
_LOOKED_AT = 60
"""Characters of a wrong name or value that are compared with the right ones."""
_PLAIN = ("q", "page", "limit", "sort", "order", "strict")
_LARGEST = 10**13


@dataclass(frozen=True)
class SearchParams:
    """One search as its URL says it. `ranges` are in the units that people read; `order` None means the day's."""

    text: str = ""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    sort: str = "relevance"
    page: int = 1
    limit: int = LIMIT
    order: int | None = None
    strict: bool = False

    def pairs(self) -> list[tuple[str, str]]:
        """The URL parameters that say the same, in a fixed order, defaults left out."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, value) for name, values in self.selected.items() for value in values]
        for name, (low, high) in self.ranges.items():
            pairs += [(name + MINIMUM, f"{low:f}")] if low is not None else []
            pairs += [(name + MAXIMUM, f"{high:f}")] if high is not None else []
        defaults = SearchParams()
        for name in ("sort", "limit", "page"):
            if getattr(self, name) != getattr(defaults, name):
                pairs.append((name, str(getattr(self, name))))
        if self.order is not None:
            pairs.append(("order", str(self.order)))
        if self.strict:
            pairs.append(("strict", "1"))
        return pairs

    def url(self, path: str = "/search") -> str:
        """The address of this search."""
        pairs = self.pairs()
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def at_page(self, page: int) -> SearchParams:
        """The same search on another page."""
        return replace(self, page=page)

    def in_order(self, order: int) -> SearchParams:
        """The same search with its order of ties named, so that paging over midnight does not shuffle."""
        return replace(self, order=order)

    def searching(self, text: str) -> SearchParams:
        """The same filters with other words, from the first page."""
        return replace(self, text=text, page=1, strict=False)

    def bare(self) -> SearchParams:
        """Without words and filters; order and page size stay."""
        return SearchParams(sort=self.sort, limit=self.limit)

    def strictly(self) -> SearchParams:
        """The same, without relaxation."""
        return replace(self, strict=True, page=1)

    def with_value(self, name: str, value: str) -> SearchParams:
        """With one more value chosen, from the first page."""
        chosen = dict(self.selected)
        chosen[name] = (*chosen.get(name, ()), value)
        return replace(self, selected=chosen, page=1)

    def without(self, name: str, value: str | None = None) -> SearchParams:
        """Without a chosen value, or without a whole facet or range (value None), from the first page."""
        chosen = dict(self.selected)
        ranges = dict(self.ranges)
        left = tuple(item for item in chosen.pop(name, ()) if value is not None and item != value)
        if left:
            chosen[name] = left
        ranges.pop(name, None)
        return replace(self, selected=chosen, ranges=ranges, page=1)

    def rotation(self, today: date) -> int:
        """Which of the fixed orders ties fall in: the URL's, or the day's."""
        return self.order if self.order is not None else today.toordinal() % ROTATIONS

    def query(
        self,
        schema: Schema,
        today: date,
        hidden_ids: Sequence[str] = (),
        instead: Sequence[Document] = (),
        synonyms: Synonyms | None = None,
    ) -> Query:
        """The question to the engine, with counts of every facet; see `Query` for the last three."""
        facets = catalogue_facets(schema)
        ranges = {
            name: (
                None if low is None else facets[name].to_index(low),
                None if high is None else facets[name].to_index(high),
            )
            for name, (low, high) in self.ranges.items()
        }
        sort = None
        if self.sort != "relevance":
            sort = Sort(self.sort.removeprefix("-"), descending=self.sort.startswith("-"))
        return Query(
            today=today,
            text=self.text,
            selected=self.selected,
            ranges=ranges,
            facets=tuple(name for name, facet in facets.items() if facet.kind != "range"),
            sort=sort,
            page=self.page,
            limit=self.limit,
            rotation=self.rotation(today),
            strict=self.strict,
            hidden_ids=tuple(hidden_ids),
            instead=tuple(instead),
            synonyms=synonyms or seed_synonyms(),
        )


class _Faults(list[FieldFault]):
    """Keeps the first `FAULTS_AT_MOST`; nobody reads a thousand, and each costs a look for the nearest right one."""

    left_out = 0

    @property
    def full(self) -> bool:
        """Whether further ones are only counted."""
        return len(self) >= FAULTS_AT_MOST

    def append(self, fault: FieldFault) -> None:
        """Keep it, or count it."""
        if self.full:
            self.left_out += 1
        else:
            super().append(fault)

    def told(self) -> list[FieldFault]:
        """What the reader is told: these, and how many there are besides."""
        if not self.left_out:
            return list(self)
        rest = FieldFault(
            "", "too_many", f"ほかに{self.left_out:,}件の誤りがあります。", "上から順に直してください。"
        )
        return [*self, rest]


def parse(schema: Schema, pairs: Iterable[tuple[str, str]]) -> SearchParams:
    """Read URL parameters. Blank values count as absent (an untouched form field).

    Raises Invalid with every fault: an unknown parameter or value (naming the nearest valid one), a bad number, a query
    that is too long.
    """
    params, faults = read(schema, pairs)
    if faults:
        raise Invalid(faults)
    return params


def read(schema: Schema, pairs: Iterable[tuple[str, str]]) -> tuple[SearchParams, list[FieldFault]]:
    """The same, with what of it can be searched, and the faults instead of a raise (the first `FAULTS_AT_MOST`)."""
    facets = catalogue_facets(schema)
    known = {name: facet for facet in facets.values() for name in parameters_of(facet)}
    faults = _Faults()
    plain: dict[str, str] = {}
    selected: dict[str, list[str]] = {}
    bounds: dict[str, dict[str, Decimal]] = {}
    for name, value in pairs:
        value = value.strip()
        if name not in known and name not in _PLAIN:
            faults.append(_unknown_parameter(name, [*_PLAIN, *known], look=not faults.full))
        elif not value:
            continue
        elif name in _PLAIN:
            plain[name] = value
        elif known[name].kind == "range":
            side = MINIMUM if name.endswith(MINIMUM) else MAXIMUM
            number = _number(name, value, known[name], faults)
            if number is not None:
                bounds.setdefault(known[name].name, {})[side] = number
        else:
            _choose(schema, known[name], value, selected.setdefault(name, []), faults)
    text = plain.get("q", "")
    faulty = len(faults)
    if len(text) > MAXIMUM_QUERY_LENGTH:
        faults.append(
            FieldFault(
                "/q",
                "too_long",
                f"検索の言葉は{MAXIMUM_QUERY_LENGTH:,}字までです。",
                "主な言葉だけにしてください。",
            )
        )
    if any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        faults.append(
            FieldFault("/q", "control_characters", "使えない文字が含まれています。", "入れ直してください。")
        )
    if len(faults) == faulty and len(words_of(text).words) > WORDS_AT_MOST:
        faults.append(
            FieldFault(
                "/q",
                "too_many",
                f"検索の言葉は{WORDS_AT_MOST}個までです。",
                "主な言葉だけにしてください。",
            )
        )
    if len(faults) > faulty:
        text = ""
    sort = plain.get("sort", "relevance")
    if sort not in sorts(schema):
        near = nearest_of(sort[:_LOOKED_AT], {folded(name): name for name in sorts(schema)}) or "relevance"
        faults.append(
            FieldFault("/sort", "unknown_value", f"並べ方「{_short(sort)}」はありません。", f"近い値：{near}")
        )
        sort = "relevance"
    page = _integer("page", plain, 1, 1, PAGE_AT_MOST, faults)
    limit = _integer("limit", plain, LIMIT, 1, LIMIT_AT_MOST, faults)
    order = _integer("order", plain, 0, 0, ROTATIONS - 1, faults) if "order" in plain else None
    strict = plain.get("strict", "0")
    if strict not in ("0", "1"):
        faults.append(
            FieldFault(
                "/strict", "unknown_value", "strict は 1 か 0 です。", "1（広げない）か 0 にしてください。"
            )
        )
    ranges = {name: (sides.get(MINIMUM), sides.get(MAXIMUM)) for name, sides in bounds.items()}
    for name, (low, high) in list(ranges.items()):
        if low is not None and high is not None and low > high:
            faults.append(
                FieldFault(
                    f"/{name}{MINIMUM}",
                    "reversed",
                    f"「{facets[name].label}」の下限が上限より大きくなっています。",
                    "下限と上限を入れ替えてください。",
                )
            )
            del ranges[name]
    chosen = {name: tuple(values) for name, values in selected.items() if values}
    return SearchParams(text, chosen, ranges, sort, page, limit, order, strict == "1"), faults.told()


def _short(value: str) -> str:
    plain = "".join(c for c in value if c.isprintable())
    return plain if len(plain) <= 40 else plain[:40] + "…"


def _unknown_parameter(name: str, names: Sequence[str], *, look: bool) -> FieldFault:
    near = nearest_of(name[:_LOOKED_AT], {folded(known): known for known in names}) if look else None
    remedy = f"近い名前：{near}" if near else f"使える名前：{'、'.join(names)}"
    return FieldFault(
        f"/{_short(name)}", "unknown_parameter", f"検索条件「{_short(name)}」はありません。", remedy
    )


def _choose(schema: Schema, facet: CatalogueFacet, value: str, into: list[str], faults: _Faults) -> None:
    if facet.vocabulary is not None:
        value = schema.vocabulary(facet.vocabulary).successor_of(value)
    if value in into:
        return
    if facet.kind == "flag" and value != "true":
        faults.append(
            FieldFault(
                f"/{facet.name}",
                "unknown_value",
                f"「{facet.label}」の値は true だけです。",
                "true にするか、条件を外してください。",
            )
        )
    elif facet.vocabulary is not None and schema.vocabulary(facet.vocabulary).term(value) is None:
        near = None if faults.full else schema.vocabulary(facet.vocabulary).nearest(value[:_LOOKED_AT])
        remedy = (
            f"近い値：{near.code}（{near.ja}）"
            if near
            else f"値の一覧：/api/v1/vocabularies/{facet.vocabulary}"
        )
        faults.append(
            FieldFault(
                f"/{facet.name}",
                "unknown_term",
                f"「{facet.label}」に「{_short(value)}」はありません。",
                remedy,
            )
        )
    elif len(into) >= VALUES_AT_MOST:
        if any(fault.pointer == f"/{facet.name}" and fault.code == "too_many" for fault in faults):
            return
        faults.append(
            FieldFault(
                f"/{facet.name}",
                "too_many",
                f"「{facet.label}」の値が多すぎます。",
                f"{VALUES_AT_MOST}個までにしてください。",
            )
        )
    else:
        into.append(value)


def _number(name: str, value: str, facet: CatalogueFacet, faults: list[FieldFault]) -> Decimal | None:
    remedy = "0以上の数を数字だけで書いてください（例：100000）。"
    try:
        number = Decimal(value.replace(",", "")) if value.isascii() and len(value) <= 30 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > _LARGEST:
        faults.append(
            FieldFault(
                f"/{name}",
                "wrong_type",
                f"「{facet.label}」の「{_short(value)}」は数として読めません。",
                remedy,
            )
        )
        return None
    if number * facet.scale != int(number * facet.scale):
        faults.append(
            FieldFault(f"/{name}", "fractional", f"「{facet.label}」の小数が細かすぎます。", remedy)
        )
        return None
    return number


def _integer(
    name: str, plain: Mapping[str, str], default: int, low: int, high: int, faults: list[FieldFault]
) -> int:
    value = plain.get(name)
    if value is None:
        return default
    if value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high:
        return int(value)
    faults.append(
        FieldFault(
            f"/{name}",
            "out_of_range",
            f"{name} は{low:,}から{high:,}までの整数です。",
            f"{default} などにしてください。",
        )
    )
    return default
