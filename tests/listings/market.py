"""Short ways to a listing in a wanted state, by the API and services themselves."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from app.organisations.models import Organisation
from catalogue_schema import load_schema
from tests.world import Login, World

SCHEMA = load_schema()


def software_answers(**changes: Any) -> dict[str, Any]:
    """Complete answers of a software, with changes."""
    return SCHEMA.example("software") | changes


def offer_answers(**changes: Any) -> dict[str, Any]:
    """Complete answers of an offer, with changes."""
    return SCHEMA.example("offer") | changes


def urgent(reason: str = "調査", note: str = "確認のため停止しています。") -> dict[str, str]:
    """An urgent suspension as the API takes it."""
    return {"ground": "security", "reason": reason, "note": note}


class Market:
    """A vendor, another vendor, the Agency, and clients for their people."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.vendor: Organisation = world.vendor("架空開発株式会社")
        self.rival: Organisation = world.vendor("架空販売株式会社")
        agency = world.agency()
        self.editor_login: Login = world.login(self.vendor, "vendor_admin")
        self.rival_login: Login = world.login(self.rival, "vendor_editor")
        self.reviewer_login: Login = world.login(agency, "reviewer")
        self.second_reviewer_login: Login = world.login(agency, "reviewer")
        self.agency_login: Login = world.login(agency, "agency_admin")
        self.editor: TestClient = world.api(self.editor_login)
        self.seller: TestClient = world.api(self.rival_login)
        # What tokens may not do needs a session.
        self.reviewer: TestClient = world.client(self.reviewer_login)
        self.second_reviewer: TestClient = world.client(self.second_reviewer_login)
        self.agency: TestClient = world.client(self.agency_login)
        self.visitor: TestClient = world.api()

    def draft(self, **changes: Any) -> dict[str, Any]:
        """A complete draft of a software, as the API answers."""
        return self._made(self.editor.post("/api/v1/software", json={"answers": software_answers(**changes)}))

    def offer_draft(
        self, software_id: str, client: TestClient | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A complete draft of an offer."""
        body = {"software_id": software_id, "answers": offer_answers(**changes)}
        return self._made((client or self.editor).post("/api/v1/offers", json=body))

    @staticmethod
    def _made(answer: Any) -> dict[str, Any]:
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def submit(self, path: str, client: TestClient | None = None) -> str:
        """Hand in `/software/{id}` or `/offers/{id}`; the case's id."""
        answer = (client or self.editor).post(f"/api/v1{path}/submission")
        assert answer.status_code == 201, answer.text
        case_id: str = answer.json()["id"]
        return case_id

    def claim(self, case_id: str, reviewer: TestClient | None = None) -> dict[str, Any]:
        """The reviewer takes the case; the case as answered."""
        answer = (reviewer or self.reviewer).post(f"/api/v1/reviews/{case_id}/claim")
        assert answer.status_code == 200, answer.text
        case: dict[str, Any] = answer.json()
        return case

    def decide(self, case: dict[str, Any], verdict: str, comment: str = "") -> Any:
        """The reviewer's decision on what the case showed."""
        body = {
            "verdict": verdict,
            "revision_id": case["revision"]["id"],
            "content_hash": case["revision"]["content_hash"],
            "comment": comment,
        }
        return self.reviewer.post(f"/api/v1/reviews/{case['id']}/decision", json=body)

    def approve(self, path: str, client: TestClient | None = None) -> None:
        """Submission, claim and approval of an entry's draft."""
        case = self.claim(self.submit(path, client))
        answer = self.decide(case, "approve")
        assert answer.status_code == 200, answer.text

    def published(self, **changes: Any) -> str:
        """The id of a software that the public sees."""
        made = self.draft(**changes)
        self.approve(f"/software/{made['id']}")
        software_id: str = made["id"]
        return software_id

    def published_offer(self, software_id: str, **changes: Any) -> str:
        """The id of an offer of the developer that the public sees."""
        made = self.offer_draft(software_id, **changes)
        self.approve(f"/offers/{made['id']}")
        offer_id: str = made["id"]
        return offer_id
