"""A town on its way through a procurement, by API, with the steps before the one under test done for it."""

from __future__ import annotations

from typing import Any

import httpx2
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.access.actor import Actor
from app.audit.models import AuditEvent
from app.organisations.models import Organisation
from app.outbox.models import OutboxRow
from tests.catalogue.shelf import Shelf
from tests.world import World

PROJECT = {
    "title": "窓口支援サービスの導入",
    "business_area": "counter_dx_saas",
    "need": "申請書を書かずに手続を済ませられるようにする。",
    "fiscal_year": 2026,
    "desired_start": "2027-04-01",
    "population": 14200,
    "users": 45,
    "method": "quotation_comparison",
    "ground": "local_167_2_1_1",
    "method_reason": "予定価格が規則で定める額を超えないため。",
    "alone_reason": "今の契約の更新に当たるため。",
}
LINES: list[dict[str, Any]] = [
    {"name": "初期設定", "unit": "式", "unit_price": "600000", "quantity": "1"},
    {"name": "基本利用料", "unit": "月", "unit_price": 120000, "quantity": 12},
    {"name": "電子申請の処理", "unit": "件", "unit_price": "8.8", "quantity": "1501"},
    {"name": "導入年度の割引", "unit": "月", "unit_price": "-10000", "quantity": "12"},
]
SUBTOTAL = 600000 + 1440000 + 13208 - 120000
TAX = SUBTOTAL // 10
ADVISER_NUMBER = "9999000000035"
DECISION = {"decision_date": "2026-11-24", "decision_post": "町長", "decision_document": "れいじ総第123号"}


class Town:
    """`officer` and `approver` are token clients, `officer_page` and `approver_page` browsers with fresh sessions."""

    def __init__(self, world: World, shelf: Shelf, near: Town | None = None, **settings: Any) -> None:
        self.world = world
        self.shelf = shelf
        self.body = world.local_government("れいじ町", settings=settings)
        self.vendor: Organisation = near.vendor if near else world.vendor("架空ソフト株式会社")
        self.officer_login = world.login(self.body, "buyer_officer")
        self.approver_login = world.login(self.body, "buyer_approver")
        self.vendor_login = world.login(self.vendor, "vendor_admin")
        self.officer = world.api(self.officer_login)
        self.approver = world.api(self.approver_login)
        self.officer_page = world.client(self.officer_login)
        self.approver_page = world.client(self.approver_login)
        self.vendor_page = world.client(self.vendor_login)
        self.good: str
        self.poor: str
        self.silent: str
        self.offer: str
        if near is not None:
            self.good, self.poor, self.silent, self.offer = near.good, near.poor, near.silent, near.offer
            return
        self.good = shelf.software(self.vendor, "まどぐちナビ（架空）", accessibility_level="aa")
        self.poor = shelf.software(self.vendor, "窓口ひとつ（架空）", accessibility_level="a")
        self.silent = shelf.software(self.vendor, "窓口しずか（架空）", accessibility_level=None)
        self.offer = shelf.offer(self.vendor, self.good, "標準プラン（架空）")
        shelf.rebuild()

    def neighbour(self, **settings: Any) -> Town:
        """Another town with these settings, before the same shelf."""
        return Town(self.world, self.shelf, near=self, **settings)

    def project(self, **changes: Any) -> str:
        """A project of the officer."""
        return str(ok(self.officer.post("/api/v1/projects", json=PROJECT | changes), 201)["id"])

    def locked(self, project_id: str, **query: Any) -> dict[str, Any]:
        """A search saved and locked."""
        saved = ok(
            self.officer.post(
                f"/api/v1/projects/{project_id}/searches", json={"query": query or {"q": "窓口"}}
            ),
            201,
        )
        ok(self.officer.post(f"/api/v1/projects/{project_id}/searches/{saved['id']}/lock"))
        return saved

    def condition(self, project_id: str, **changes: Any) -> str:
        """The condition that `good` meets, `poor` fails and `silent` leaves unanswered."""
        given = {"field": "accessibility_level", "operator": "equals", "wanted": "aa"} | changes
        return str(ok(self.officer.post(f"/api/v1/projects/{project_id}/conditions", json=given), 201)["id"])

    def assessed(self, **changes: Any) -> tuple[str, str]:
        """A project with `good` shortlisted and the others excluded: (project id, candidate's id)."""
        project_id = self.project(**changes)
        self.locked(project_id)
        condition_id = self.condition(project_id)
        path = f"/api/v1/projects/{project_id}"
        item = ok(
            self.officer.post(f"{path}/shortlist", json={"software_id": self.good, "offer_id": self.offer}),
            201,
        )
        exclusion = {"condition_id": condition_id, "reason": "必須のため。", "include_unanswered": True}
        ok(self.officer.post(f"{path}/exclusions", json=exclusion), 201)
        return project_id, str(item["id"])

    def assessed_with(self, software_id: str) -> tuple[str, str]:
        """The same with a further candidate, of whichever vendor."""
        project_id = self.project()
        self.locked(project_id)
        condition_id = self.condition(project_id)
        path = f"/api/v1/projects/{project_id}"
        given = {"software_id": self.good, "offer_id": self.offer}
        item = ok(self.officer.post(f"{path}/shortlist", json=given), 201)
        ok(self.officer.post(f"{path}/shortlist", json={"software_id": software_id}), 201)
        exclusion = {"condition_id": condition_id, "reason": "必須のため。", "include_unanswered": True}
        ok(self.officer.post(f"{path}/exclusions", json=exclusion), 201)
        return project_id, str(item["id"])

    def proposed(self, **changes: Any) -> str:
        """A project with `good` selected by the officer."""
        project_id, item_id = self.assessed(**changes)
        given = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": "条件を満たす唯一のもの。"}
        ok(self.officer.post(f"/api/v1/projects/{project_id}/selection", json=given), 201)
        return project_id

    def awarded(self, **changes: Any) -> str:
        """A project with the selection confirmed by the approver."""
        project_id = self.proposed(**changes)
        path = f"/api/v1/projects/{project_id}/selection/confirmation"
        ok(self.approver_page.post(path, json=DECISION))
        return project_id

    def terms(self, **changes: Any) -> dict[str, Any]:
        """A contract's terms."""
        terms = {
            "starts_on": "2027-04-01",
            "ends_on": "2028-03-31",
            "concluded_on": "2026-11-24",
            "lines": LINES,
            "total": SUBTOTAL + TAX,
        }
        return terms | changes

    def contract(
        self, project_id: str | None = None, number: str = "れいじ-1", **changes: Any
    ) -> dict[str, Any]:
        """A recorded contract."""
        given = self.terms(project_id=project_id or self.awarded(), number=number, **changes)
        return ok(self.officer.post("/api/v1/contracts", json=given), 201)

    def actor(self) -> Actor:
        """The officer, for services."""
        return self.world.actor(self.officer_login)

    def events(self, action: str) -> list[AuditEvent]:
        """Audit events of that action."""
        with self.world.read() as session:
            return list(session.exec(select(AuditEvent).where(col(AuditEvent.action) == action)).all())

    def messages(self, topic: str) -> list[OutboxRow]:
        """Outbox rows of that topic."""
        with self.world.read() as session:
            return list(session.exec(select(OutboxRow).where(col(OutboxRow.topic) == topic)).all())


def ok(response: httpx2.Response, status: int = 200) -> dict[str, Any]:
    """The answer's JSON, which must have that status."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    return dict(response.json())


def pointers(response: httpx2.Response) -> set[str]:
    """Where the faults of a 422 are."""
    assert response.status_code == 422, f"{response.status_code}: {response.text}"
    return {error["pointer"] for error in response.json()["errors"]}


def stranger(town: Town) -> TestClient:
    """The officer of another town."""
    other = town.world.local_government("となり市")
    return town.world.api(town.world.login(other, "buyer_officer", "buyer_approver"))
