"""The same issuers and browsers as in the tests of identity, and the real list of local governments."""

from __future__ import annotations

import pytest

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.organisations.agreement_texts import load_agreement_versions
from app.organisations.local_governments import import_local_governments
from tests.identity.conftest import (
    browser,
    browsers,
    provider,
    provider_clock,
    served,
    settings,
)

__all__ = ["browser", "browsers", "provider", "provider_clock", "served", "settings"]


@pytest.fixture
def bodies(database: Database, clock: MovableClock, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two cities of Hokkaido (the whole table has a test of its own)."""
    path = tmp_path_factory.mktemp("bodies") / "bodies.csv"
    path.write_text(
        "code,prefecture,name,prefecture_kana,name_kana,kind,class\n"
        "011002,北海道,札幌市,ホッカイドウ,サッポロシ,city,designated_city\n"
        "012025,北海道,函館市,ホッカイドウ,ハコダテシ,city,core_city\n",
        encoding="utf-8",
    )
    with database.write() as session:
        import_local_governments(session, clock, path)
        load_agreement_versions(session, clock)
