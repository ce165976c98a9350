"""Procurement's tests: a town with two people, a vendor, and a shelf of published listings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.settings import IssuerSettings, Settings
from tests.catalogue.shelf import Shelf, open_shelf
from tests.procurement.town import ADVISER_NUMBER, Town
from tests.world import World


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With the issuer of the world's people: it speaks for local governments, the Agency and one adviser."""
    issuer = IssuerSettings(
        key="test",
        name="試験の認証サーバー",
        issuer="http://localhost:1/test/",
        client_id="dmp",
        client_secret=SecretStr("secret"),
        dialect="generic",
        organisations=("*local", "agency", ADVISER_NUMBER),
    )
    return settings.model_copy(update={"issuers": (issuer,)})


@pytest.fixture
def shelf(app: FastAPI, settings: Settings, database: Database, clock: MovableClock) -> Iterator[Shelf]:
    """Factories of published listings, and the index that the worker would keep."""
    shelf = open_shelf(app, settings, database, clock)
    yield shelf
    shelf.close()


@pytest.fixture
def town(world: World, shelf: Shelf) -> Town:
    """A town, its officer and approver, and three software on the shelf."""
    return Town(world, shelf)
