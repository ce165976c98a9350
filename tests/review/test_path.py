"""The whole way of a listing by API: draft, submission, review, public."""

from __future__ import annotations

from tests.listings.market import Market


def test_from_draft_to_the_public(market: Market) -> None:
    made = market.draft()
    path = f"/api/v1/software/{made['id']}"
    assert market.visitor.get(path).status_code == 404
    case = market.claim(market.submit(f"/software/{made['id']}"))
    assert {check["code"] for check in case["checks"]} >= {"agreement", "near_duplicates", "required"}
    answer = market.decide(case, "approve")
    assert answer.status_code == 200, answer.text
    seen = market.visitor.get(path)
    assert seen.status_code == 200, seen.text
    assert seen.json()["live"]["number"] == 1
    assert seen.json()["draft"] is None
    assert seen.json()["completeness"] is None
    assert [item["id"] for item in market.visitor.get("/api/v1/software").json()["items"]] == [made["id"]]
    offer_id = market.published_offer(made["id"])
    assert market.visitor.get(f"/api/v1/offers/{offer_id}").json()["software_id"] == made["id"]
