"""Meilisearch's error codes as our errors; the same for both clients and for failed tasks."""

from __future__ import annotations

from search.errors import (
    EngineBusy,
    EngineFull,
    EngineRefused,
    EngineUnavailable,
    IndexMissing,
)

RETRY_AFTER = 10.0
"""Seconds that a busy engine is left alone where it does not say how long."""
_KEYS = frozenset({"missing_authorization_header", "invalid_api_key"})
_OTHER_INDEX = frozenset(
    {"invalid_search_filter", "invalid_search_sort", "invalid_search_facets", "invalid_multi_search_facets"}
)
"""What we ask with is made by our own settings: refused, the index was built under others."""


def fault(
    code: str | None, message: str, status: int = 0, retry_after: str | None = None
) -> EngineUnavailable:
    """The error for an answer of this code and HTTP status."""
    said = f"Meilisearch: {code or status}: {message[:300]}"
    if code == "no_space_left_on_device":
        return EngineFull(said)
    if code in _KEYS or status in (401, 403):
        return EngineRefused(said)
    if code == "too_many_search_requests" or status == 503:
        return EngineBusy(said, _seconds(retry_after))
    if code == "index_not_found" or code in _OTHER_INDEX:
        return IndexMissing(said)
    return EngineUnavailable(said)


def _seconds(given: str | None) -> float:
    try:
        return max(0.0, float(given or RETRY_AFTER))
    except ValueError:
        return RETRY_AFTER
