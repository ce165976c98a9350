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
    """The engine is down or its index cannot be read. `alarm` names the fault for logs and operators."""

    alarm = "search-engine-down"


class EngineSlow(EngineUnavailable):
    """The engine did not answer in time."""

    alarm = "search-engine-slow"


class EngineBusy(EngineUnavailable):
    """The engine has more questions than it takes; it asks to be left alone for `retry_after` seconds."""

    alarm = "search-engine-busy"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineFull(EngineUnavailable):
    """The engine's disk or task store is full: it answers, but takes no more changes."""

    alarm = "search-engine-full"


class EngineRefused(EngineUnavailable):
    """The engine does not know our key, or the key may not do this."""

    alarm = "search-engine-wrong-key"


class IndexMissing(EngineUnavailable):
    """The engine answers, but has no index of ours, or one that cannot answer this."""

    alarm = "search-index-missing"


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


ALARMS = {
    kind.__name__: kind.alarm
    for kind in (EngineUnavailable, EngineSlow, EngineBusy, EngineFull, EngineRefused, IndexMissing)
}
"""The name that operators see, by the name of the error that a log or an outbox row has."""
