"""Steps that tests of reviews share, and a market with review settings of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.listings.market import Market
from tests.support.application import application
from tests.support.databases import Databases


@contextmanager
def running_market(databases: Databases, folder: Path, **review: int) -> Iterator[Market]:
    """A market with these review settings."""
    with application(databases, folder, review=review) as running:
        yield Market(running.world)


def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    """POST to the API."""
    return client.post(f"/api/v1{path}", json=body)


def edit(market: Market, path: str, **answers: Any) -> None:
    """The vendor edits `/software/{id}` or `/offers/{id}`."""
    etag = market.editor.get(f"/api/v1{path}").headers["etag"]
    done = market.editor.patch(f"/api/v1{path}", json={"answers": answers}, headers={"If-Match": etag})
    assert done.status_code == 200, done.text
