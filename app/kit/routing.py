"""Finding a path's route among hundreds: only the parts that could have it are walked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class Gate(APIRouter):
    """A part of the site that is asked only for paths that begin as one of its own does.

    FastAPI tries each route of each included router in turn, and twice where they are nested: a quarter of the time of
    a small page went there.
    """

    def __init__(self, part: APIRouter, *, prefix: str = "", dependencies: Sequence[Any] = ()) -> None:
        super().__init__()
        self.include_router(part, prefix=prefix, dependencies=list(dependencies))
        paths = {prefix + str(getattr(route, "path", "{")) for route in part.routes}
        self._whole = frozenset(path for path in paths if "{" not in path)
        self._beginnings = tuple({path.partition("{")[0] for path in paths if "{" in path})

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As every router's, after a look at how the path begins."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in self._whole or path.startswith(self._beginnings):
            return super().matches(scope)
        return Match.NONE, {}
