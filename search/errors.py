"""What search refuses and what can go wrong, as types that callers can tell apart."""

from __future__ import annotations


class SearchFailure(Exception):
    """The root of everything this package raises on purpose."""


class QueryRefused(SearchFailure):
    """The question itself cannot be answered; the caller has to change it."""


class QueryTooLong(QueryRefused):
    """The words asked for are longer than any person writes."""

    def __init__(self, length: int, maximum: int) -> None:
        super().__init__(f"query of {length} characters, at most {maximum} are taken")
        self.length = length
        self.maximum = maximum


class UnknownName(QueryRefused):
    """A facet, range or sort that the index settings do not declare."""

    kind = "name"

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown {self.kind}: {name!r}")
        self.name = name


class UnknownFacet(UnknownName):
    """A facet that is not in `IndexSettings`."""

    kind = "facet"


class UnknownRange(UnknownName):
    """A numeric range that is not in `IndexSettings`."""

    kind = "range"


class UnknownSort(UnknownName):
    """A sort that is neither built in nor in `IndexSettings.sortable`."""

    kind = "sort"


class EngineUnavailable(SearchFailure):
    """The engine is down or its index cannot be read."""


class WriterBusy(SearchFailure):
    """Another process (or another writer in this one) holds the index for writing."""


class IndexStale(SearchFailure):
    """The index was built under other settings or another format: `rebuild` comes before `apply`."""


class RebuildDiffers(SearchFailure):
    """What was built aside is not what was given to be built; it was thrown away, and the old index stays."""

    def __init__(self, wanted: int, found: int, different: int) -> None:
        super().__init__(
            f"{found} documents were built where {wanted} were given, and {different} of them differ"
        )
        self.wanted = wanted
        self.found = found
        self.different = different
