"""The buyer's desk: each thing stands there while it waits, and for whom it waits."""

from __future__ import annotations

from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.procurement.town import Town, ok, stranger


def _tasks(client: TestClient) -> str:
    page = BeautifulSoup(client.get("/buyer").text, "html.parser")
    return " ".join(item.text for item in page.select(".tasks > li"))


def test_what_waits_stands_on_the_desk_until_it_is_done(town: Town) -> None:
    assert "今すぐ必要なことはありません" in town.officer_page.get("/buyer").text
    mine = town.project(title="検討中のもの")
    proposed = town.proposed(title="確定を待つもの")
    desk = ok(town.officer.get("/api/v1/buyer-desk"))
    assert [one["id"] for one in desk["to_confirm"]] == [proposed]
    assert mine in {one["id"] for one in desk["mine"]}
    assert {one["status"]: one["projects"] for one in desk["stages"]} == {
        "assessing": 1,
        "proposed": 1,
        "awarded": 0,
        "none_suitable": 0,
        "cancelled": 0,
    }
    assert "承認者の確定を待っています" in _tasks(town.officer_page)
    assert f"/projects/{proposed}/confirmation" in town.approver_page.get("/buyer").text
    assert "検討中のもの" in _tasks(town.officer_page)
    assert "検討中のもの" not in _tasks(town.approver_page), "somebody else's"
    assert "確定を待つもの" not in ok(stranger(town).get("/api/v1/buyer-desk")).__str__()

    awarded = town.awarded(title="契約を待つもの")
    assert [one["id"] for one in ok(town.officer.get("/api/v1/buyer-desk"))["to_contract"]] == [awarded]
    contract = town.contract(awarded, ends_on="2027-09-30", starts_on="2026-12-01", lines=[
        {"name": "利用料", "unit": "式", "unit_price": "100000", "quantity": "1"}
    ], total=110000)  # fmt: skip
    desk = ok(town.officer.get("/api/v1/buyer-desk"))
    assert desk["to_contract"] == []
    assert [one["id"] for one in desk["to_approve"]] == [contract["id"]]
    assert [(one["id"], one["days_left"]) for one in desk["ending"]] == [(contract["id"], 310)]
    assert "団体としての確認を待っています" in _tasks(town.approver_page)
    assert desk["disputed"] == []
    town.world.clock.move(days=30)
    [late] = ok(town.world.api(town.officer_login).get("/api/v1/buyer-desk"))["disputed"]
    assert late["id"] == contract["id"], "the vendor has not answered in ten working days"
