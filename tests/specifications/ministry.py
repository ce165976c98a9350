"""A ministry with two editors, and what tests do with its specifications through the API."""

from __future__ import annotations

from typing import Any

from app.settings import Settings
from app.worker import Worker
from tests.support.client import TestClient
from tests.world import World

SPECIFICATIONS = "/api/v1/specifications"
EVERY = {"designated_city": "required", "core_city": "required", "general": "optional"}


def requirement(key: str, text: str, **values: Any) -> dict[str, Any]:
    """A requirement as JSON."""
    given = {"kind": "function", "category": ["認定"], "obligation": EVERY, "conform_by": None, "note": ""}
    return {"key": key, "text": text, **given, **values}


class Ministry:
    """Two editors' programs and browsers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.organisation = world.organisation("ministry", "架空省")
        self.first = world.login(self.organisation, "specification_editor")
        self.second = world.login(self.organisation, "specification_editor")
        self.desk = world.client(self.first)
        self.colleague = world.client(self.second)

    def register(self, **values: Any) -> str:
        """A specification's id."""
        body = {"key": "kakuu", "title": "架空手当システム標準仕様書", "business_area": "child_allowance"}
        answer = self.desk.post(SPECIFICATIONS, json={**body, **values})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def draft(
        self, specification: str, number: str, requirements: list[dict[str, Any]], **values: Any
    ) -> str:
        """The address of a draft with these requirements."""
        answer = self.desk.post(
            f"{SPECIFICATIONS}/{specification}/versions", json={"number": number, **values}
        )
        assert answer.status_code == 201, answer.text
        address = f"{SPECIFICATIONS}/{specification}/versions/{number}"
        written = self.desk.put(f"{address}/requirements", json={"requirements": requirements})
        assert written.status_code == 200, written.text
        return address

    def publish(self, address: str) -> dict[str, Any]:
        """Propose, and publish by the other editor."""
        proposed = self.desk.post(f"{address}/proposal")
        assert proposed.status_code == 200, proposed.text
        published = self.colleague.post(f"{address}/publication")
        assert published.status_code == 200, published.text
        answer: dict[str, Any] = published.json()
        return answer

    def work(self) -> None:
        """What the worker does about jobs and the hour."""
        settings: Settings = self.world.app.state.settings
        worker = Worker(settings, clock=self.world.clock, database=self.world.database)
        try:
            worker.schedule_sweep()
            worker.drain()
        finally:
            worker.close()


def everything(client: TestClient, address: str) -> list[dict[str, Any]]:
    """All requirements of a version, page by page, without their positions."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = client.get(f"{address}/requirements", params=query).json()
        found += [
            {name: value for name, value in item.items() if name != "position"} for item in page["items"]
        ]
        cursor = page["next"]
    return found
