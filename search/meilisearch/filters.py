"""Filter trees, chosen facets and dates as Meilisearch's filter expressions. Every value is quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from search.meilisearch.encoding import document_key, value_key, value_of
from search.meilisearch.layout import Layout
from search.query import And, Exists, Filter, In, Not, Or, Query, Range

EVERYTHING = "visible_until >= 0"
"""Every listing: each has its days of visibility, however far off."""
NOTHING = "visible_until < 0"
_LARGEST = 2**53
"""Numbers are doubles there; a larger bound is only a wide one."""


@dataclass(frozen=True)
class Filters:
    """Compiles the conditions of one query."""

    layout: Layout
    today: date

    @property
    def _day(self) -> int:
        return self.today.toordinal()

    def visible(self, hidden_ids: Iterable[str]) -> str:
        """What the public may see today."""
        seen = f"visible_from <= {self._day} AND visible_until >= {self._day}"
        hidden = [document_key(id_) for id_ in hidden_ids]
        return f"{seen} AND NOT {keys_in(hidden)}" if hidden else seen

    def chosen(self, query: Query, *, leave_out: str | None = None) -> str:
        """The filter, ranges and selected values of `query`, without those of one facet; empty without any."""
        parts: list[Filter] = [
            In(name, values) for name, values in query.selected.items() if name != leave_out
        ]
        parts += [Range(name, minimum, maximum) for name, (minimum, maximum) in query.ranges.items()]
        if query.filter is not None:
            parts.append(query.filter)
        return _joined(" AND ", [self.compile(part) for part in parts])

    def compile(self, part: Filter) -> str:
        """One filter tree."""
        match part:
            case And(parts):
                return _joined(" AND ", [self.compile(inner) for inner in parts]) or EVERYTHING
            case Or(parts):
                return _joined(" OR ", [self.compile(inner) for inner in parts]) or NOTHING
            case Not(inner):
                return f"NOT ({self.compile(inner)})"
            case In(name, values):
                return self._in(name, values)
            case Range(name, minimum, maximum):
                return _between(self.layout.number(name), minimum, maximum)
            case Exists(name):
                return self._exists(name)

    def counts(self, name: str, distribution: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
        """Documents per value, lapsed ones left out; and what is stored by hash, per stored key."""
        totals: dict[str, int] = {}
        hashed: dict[str, int] = {}
        lapsing = name in self.layout.settings.lapse_facets
        for stored, number in distribution.items():
            key, _, day = stored.rpartition(".") if lapsing else (stored, "", "")
            if lapsing and int(day) < self._day:
                continue
            value = value_of(key)
            into, of = (hashed, stored) if value is None else (totals, value)
            into[of] = into.get(of, 0) + number
        return totals, hashed

    def _in(self, name: str, values: tuple[str, ...]) -> str:
        if not values:
            return NOTHING
        if name in self.layout.settings.lapse_facets:
            valid = [f"{self.layout.last_day(name, value)} >= {self._day}" for value in values]
            return _joined(" OR ", valid)
        return f"{self.layout.facet(name)} IN [{', '.join(quoted(value_key(value)) for value in values)}]"

    def _exists(self, name: str) -> str:
        if name in self.layout.settings.lapse_facets:
            return f"{self.layout.latest(name)} >= {self._day}"
        if name in self.layout.settings.facets:
            return f"{self.layout.facet(name)} EXISTS"
        return f"{self.layout.number(name)} EXISTS"


def quoted(value: str) -> str:
    """A value as a filter expression takes it, whatever is in it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def keys_in(keys: Iterable[str]) -> str:
    """Documents with one of these keys."""
    return f"key IN [{', '.join(quoted(key) for key in keys)}]"


def both(*conditions: str) -> str:
    """All of the conditions that are not empty."""
    return _joined(" AND ", [condition for condition in conditions if condition])


def _joined(operator: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else operator.join(f"({part})" for part in parts)


def _between(attribute: str, minimum: int | None, maximum: int | None) -> str:
    low, high = _clamp(minimum), _clamp(maximum)
    if low is None and high is None:
        return f"{attribute} EXISTS"
    if low is None:
        return f"{attribute} <= {high}"
    if high is None:
        return f"{attribute} >= {low}"
    if low > high:
        return NOTHING
    # Of several numbers ONE has to lie between: two comparisons would be met by two numbers.
    return f"{attribute} {low} TO {high}"


def _clamp(bound: int | None) -> int | None:
    return None if bound is None else max(-_LARGEST, min(_LARGEST, bound))
