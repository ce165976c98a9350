"""The town and its shelf, as procurement's tests have them."""

from tests.procurement.conftest import settings, shelf, town

__all__ = ["settings", "shelf", "town"]
