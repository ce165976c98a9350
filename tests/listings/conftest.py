"""The market that tests of listings and review act in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.listings.market import Market
from tests.world import World


@pytest.fixture
def market(world: World) -> Market:
    """A vendor, a rival, the Agency, and their clients."""
    return Market(world)


@pytest.fixture
def query_counter(world: World) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with query_counter() as statements:` collects every SQL statement run meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(world.database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(world.database.engine, "before_cursor_execute", note)

    return counting
