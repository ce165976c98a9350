"""Somebody who keeps a copy of the catalogue by the change feed, and the catalogue itself to compare it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from app.listings.feed_numbers import Numberer
from tests.support.application import visitor
from tests.world import World

KINDS = ("software", "offers")
Copy = dict[str, dict[str, Any]]


Ask = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Answers `GET /{kind}` with these parameters."""


def over_http(client: TestClient) -> Ask:
    """Ask the API."""

    def ask(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = client.get(f"/api/v1/{kind}", params=parameters)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    return ask


class Follower:
    """A copy by id for each kind, and the cursors. `seen` are the ids in the order in which they came."""

    def __init__(self, world: World, *, limit: int = 100, ask: Ask | None = None) -> None:
        self._world = world
        self._ask = ask or over_http(visitor(world.app))
        self._limit = limit
        self.copy: dict[str, Copy] = {kind: {} for kind in KINDS}
        self.cursors = dict.fromkeys(KINDS, "")
        self.seen: list[str] = []
        self.tombstones: dict[str, dict[str, Any]] = {}

    def read_page(self, kind: str) -> bool:
        """Read one page and take it over; whether there is more."""
        page = self._ask(kind, {"changed_since": self.cursors[kind], "limit": self._limit})
        for item in page["items"]:
            self.seen.append(item["id"])
            if "gone" in item:
                self.tombstones[item["id"]] = item
                self.copy[kind].pop(item["id"], None)
            else:
                self.tombstones.pop(item["id"], None)
                self.copy[kind][item["id"]] = item
        self.cursors[kind] = page["next"]
        return bool(page["more"])

    def catch_up(self) -> list[str]:
        """Let the worker number what is due, and read to the end; the ids that came."""
        while Numberer(self._world.database).number(self._world.clock.now()):
            pass
        before = len(self.seen)
        for kind in KINDS:
            while self.read_page(kind):
                pass
        return self.seen[before:]


def catalogue(ask: Ask) -> dict[str, Copy]:
    """All that the lists show to a stranger, by kind and id."""
    found: dict[str, Copy] = {}
    for kind in KINDS:
        found[kind], cursor = {}, None
        while True:
            page = ask(kind, {"limit": 100} | ({"cursor": cursor} if cursor else {}))
            found[kind] |= {item["id"]: item for item in page["items"]}
            cursor = page["next"]
            if cursor is None:
                break
    return found
