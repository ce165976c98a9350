"""The market that tests of listings and review act in."""

from __future__ import annotations

import pytest

from tests.listings.market import Market
from tests.world import World


@pytest.fixture
def market(world: World) -> Market:
    """A vendor, a rival, the Agency, and their clients."""
    return Market(world)
