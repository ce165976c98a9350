"""Review is tested in the same market as listings."""

from __future__ import annotations

from tests.listings.conftest import market, query_counter

__all__ = ["market", "query_counter"]
