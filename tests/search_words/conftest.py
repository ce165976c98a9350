"""Search words are tested where they show: on the catalogue's shelf."""

from __future__ import annotations

from tests.catalogue.conftest import shelf

__all__ = ["shelf"]
