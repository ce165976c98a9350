"""Several cases of one vendor in one act, or none of them: on both databases, since it rests on savepoints."""

from __future__ import annotations

from typing import Any

from tests.listings.market import Market
from tests.review.steps import post


def submitted(market: Market, *names: str) -> list[str]:
    return [market.submit(f"/software/{market.draft(name=name, name_en=name)['id']}") for name in names]


def statuses(market: Market, case_ids: list[str]) -> list[str]:
    return [market.reviewer.get(f"/api/v1/reviews/{one}").json()["status"] for one in case_ids]


def chosen(market: Market, case_ids: list[str]) -> list[dict[str, str]]:
    cases = [market.reviewer.get(f"/api/v1/reviews/{one}").json() for one in case_ids]
    return [
        {"case_id": case["id"], "revision_id": case["revision"]["id"], "content_hash": case["content_hash"]}
        for case in cases
    ]


def test_several_cases_of_one_vendor_or_none(market: Market) -> None:
    case_ids = submitted(market, "Alpha", "Bravo", "Charlie")
    market.claim(case_ids[1], market.second_reviewer)
    refused = post(market.reviewer, "/reviews/claims", {"cases": case_ids})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/batch-refused")
    assert [one["name"] for one in refused.json()["cases"]] == ["Bravo"]
    assert statuses(market, case_ids) == ["queued", "claimed", "queued"]
    post(market.second_reviewer, f"/reviews/{case_ids[1]}/release")
    done = post(market.reviewer, "/reviews/claims", {"cases": case_ids})
    assert [one["status"] for one in done.json()["items"]] == ["claimed"] * 3
    body: dict[str, Any] = {"cases": chosen(market, case_ids)}
    stale = {"cases": [*body["cases"][:2], {**body["cases"][2], "content_hash": "0" * 64}]}
    refused = post(market.reviewer, "/reviews/approvals", stale)
    assert [one["type"] for one in refused.json()["cases"]] == ["/problems/revision-changed"]
    assert statuses(market, case_ids) == ["claimed"] * 3
    # Four eyes hold for each of them, in one act as in many.
    assert post(market.second_reviewer, "/reviews/approvals", body).status_code == 409
    approved = post(market.reviewer, "/reviews/approvals", body)
    assert (approved.status_code, statuses(market, case_ids)) == (200, ["approved"] * 3)
    other = market.seller.post(
        "/api/v1/software", json={"answers": market.draft()["draft"]["answers"]}
    ).json()
    foreign = market.submit(f"/software/{other['id']}", market.seller)
    mixed = post(
        market.reviewer, "/reviews/claims", {"cases": [foreign, case_ids[0], case_ids[0], "case_no"]}
    )
    assert [one["code"] for one in mixed.json()["errors"]] == ["twice", "unknown", "several_vendors"]
    assert post(market.reviewer, "/reviews/claims", {"cases": []}).status_code == 422
    assert post(market.editor, "/reviews/claims", {"cases": [foreign]}).status_code == 403
