"""Which facets, ranges and sorts an index has; handed in by the app, which derives them from its schema."""

from __future__ import annotations

from dataclasses import dataclass

BUILT_IN_SORTS = ("updated_at", "name")
"""Sorts that every index has: time of the last change, and the name in the order of its reading."""


@dataclass(frozen=True)
class IndexSettings:
    """Names only; what they mean stays with the app.

    `facets` are plain facet values, `lapse_facets` those that end by date, `ranges` integers to filter by,
    `sortable` integers to sort by (built-in sorts need not be named). Order does not matter, doubles neither.
    Raises `ValueError` for a name that is empty or is both a plain and a lapsing facet.
    """

    facets: tuple[str, ...] = ()
    lapse_facets: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("facets", "lapse_facets", "ranges", "sortable"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        if set(self.facets) & set(self.lapse_facets):
            raise ValueError("a facet either lapses by date or does not")
        if "" in self.facets + self.lapse_facets + self.ranges + self.sortable:
            raise ValueError("a name must not be empty")
        if set(self.numbers) & set(self.facets + self.lapse_facets):
            raise ValueError("a name is either a facet or a number")

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every name under which documents carry integers."""
        return tuple(sorted(set(self.ranges) | (set(self.sortable) - set(BUILT_IN_SORTS))))

    @property
    def all_facets(self) -> tuple[str, ...]:
        """Plain and lapsing facets."""
        return self.facets + self.lapse_facets
