"""The desk that tests of bulk imports sit at."""

from __future__ import annotations

import pytest

from tests.bulk.desk import Desk
from tests.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    """A vendor with a worker at hand."""
    return Desk(world)
