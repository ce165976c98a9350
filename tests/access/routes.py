"""Every route of the application, from the application itself.

FastAPI keeps included routers as branches, so `app.routes` alone shows none of them: a test that loops over it can be
green and empty. This walks the branches, and fails rather than answer with too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

LEAST_ROUTES = 60
"""Fewer than this means that the walk is blind, not that the application is small."""


@dataclass(frozen=True, order=True)
class RouteFacts:
    """One method of one path."""

    method: str
    path: str

    @property
    def is_api(self) -> bool:
        """Whether it is the API's (and not a page)."""
        return self.path.startswith("/api/")


def _walk(candidates: Any, found: set[RouteFacts]) -> None:
    for candidate in candidates:
        branch = getattr(candidate, "effective_candidates", None)
        if callable(branch):
            _walk(branch(), found)
        elif isinstance(candidate, Mount):
            found.add(RouteFacts("GET", f"{candidate.path}/{{path}}"))
        else:
            for method in getattr(candidate, "methods", None) or ():
                if method not in ("HEAD", "OPTIONS"):
                    found.add(RouteFacts(method, candidate.path))


def routes_of(app: FastAPI) -> list[RouteFacts]:
    """All (method, path) pairs, sorted. AssertionError when the walk found too few or less than OpenAPI."""
    found: set[RouteFacts] = set()
    _walk(app.routes, found)
    assert len(found) >= LEAST_ROUTES, f"only {len(found)} routes found: the walk is blind"
    described = {
        RouteFacts(method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert described <= found, f"OpenAPI lists routes that the walk missed: {sorted(described - found)}"
    return sorted(found)
