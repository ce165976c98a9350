"""Sellers: named, accepted, ended with a date; offers come and go with them."""

from __future__ import annotations

from typing import Any

from tests.listings.market import Market, offer_answers


def name_seller(market: Market, software_id: str) -> Any:
    return market.editor.post(
        f"/api/v1/software/{software_id}/sellers", json={"seller": market.rival.corporate_number}
    )


def act(market: Market, software_id: str, verb: str, client: Any, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/v1/software/{software_id}/sellers/{market.rival.id}/{verb}", json=body)


def test_an_offer_of_a_seller_lives_as_long_as_the_authorisation(market: Market) -> None:
    software_id = market.published()
    body = {"software_id": software_id, "answers": offer_answers()}
    refused = market.seller.post("/api/v1/offers", json=body)
    assert refused.status_code == 403
    assert "開発者" in refused.json()["detail"]
    assert name_seller(market, software_id).status_code == 201
    # Named but not accepted: a draft, no submission.
    offer = market.offer_draft(software_id, market.seller)
    early = market.seller.post(f"/api/v1/offers/{offer['id']}/submission")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/seller-not-authorised")
    assert act(market, software_id, "acceptance", market.editor).status_code == 403
    assert act(market, software_id, "acceptance", market.seller).status_code == 200
    again = act(market, software_id, "acceptance", market.seller)
    assert (again.status_code, again.json()["state"]) == (409, "accepted")
    market.approve(f"/offers/{offer['id']}", market.seller)
    path = f"/api/v1/offers/{offer['id']}"
    assert market.visitor.get(path).status_code == 200
    assert act(market, software_id, "ending", market.editor, {"last_day": "2026-11-23"}).status_code == 422
    assert act(market, software_id, "ending", market.editor, {"last_day": "2056-11-25"}).status_code == 422
    ended = act(market, software_id, "ending", market.editor, {"last_day": "2026-11-30"})
    assert (ended.status_code, ended.json()["ends_on"]) == (200, "2026-11-30")
    market.world.clock.move(days=6)
    assert market.visitor.get(path).status_code == 200
    market.world.clock.move(days=1)
    gone = market.visitor.get(path)
    assert gone.status_code == 410
    assert (gone.json()["kind"], gone.json()["ended_on"]) == ("seller", "2026-11-30")
    assert market.visitor.get(f"/api/v1/software/{software_id}").status_code == 200
    # A new authorisation brings it back.
    assert name_seller(market, software_id).status_code == 201
    unaccepted = market.visitor.get(path)
    assert (unaccepted.status_code, unaccepted.json()["ended_on"]) == (410, "2026-11-30")
    assert act(market, software_id, "acceptance", market.seller).status_code == 200
    assert market.visitor.get(path).status_code == 200


def test_the_sellers_own_agreement_counts_too(market: Market) -> None:
    software_id = market.published()
    third = market.world.vendor("契約なし販売", agreement=False)
    client = market.world.api(market.world.login(third, "vendor_editor"))
    named = market.editor.post(f"/api/v1/software/{software_id}/sellers", json={"seller": third.id})
    assert named.status_code == 201
    accepted = client.post(f"/api/v1/software/{software_id}/sellers/{third.id}/acceptance")
    assert accepted.status_code == 200
    offer = market.offer_draft(software_id, client)
    refused = client.post(f"/api/v1/offers/{offer['id']}/submission")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/agreement-inactive")


def test_naming_is_checked(market: Market) -> None:
    software_id = market.draft()["id"]
    path = f"/api/v1/software/{software_id}/sellers"
    for given in ("1234567890123", "9999999999999", "org_nobody", "", "１２３"):
        answer = market.editor.post(path, json={"seller": given})
        assert answer.status_code == 422, (given, answer.text)
        assert answer.json()["errors"][0]["pointer"] == "/seller"
    assert market.editor.post(path, json={"seller": market.vendor.id}).status_code == 409
    assert name_seller(market, software_id).status_code == 201
    assert name_seller(market, software_id).status_code == 409
    assert market.seller.post(path, json={"seller": market.vendor.id}).status_code == 404


def test_who_sees_the_sellers(market: Market) -> None:
    software_id = market.draft()["id"]
    path = f"/api/v1/software/{software_id}/sellers"
    assert market.seller.get(path).status_code == 404
    assert name_seller(market, software_id).status_code == 201
    third = market.world.api(market.world.login(market.world.vendor(), "vendor_editor"))
    assert third.get(path).status_code == 404
    assert market.visitor.get(path).status_code == 401
    assert [row["seller"]["id"] for row in market.seller.get(path).json()["items"]] == [market.rival.id]
    mine = market.seller.get("/api/v1/sellers").json()["items"]
    assert [(row["software_id"], row["status"]) for row in mine] == [(software_id, "offered")]
    assert third.get("/api/v1/sellers").json()["items"] == []
    # What the seller is told of an unpublished software is its name, not its draft.
    assert market.seller.get(f"/api/v1/software/{software_id}").status_code == 404


def test_offers_need_a_published_software(market: Market) -> None:
    software_id = market.draft()["id"]
    offer = market.offer_draft(software_id)
    early = market.editor.post(f"/api/v1/offers/{offer['id']}/submission")
    assert early.status_code == 409
    assert "ソフトウェア" in early.json()["detail"]
    stranger = market.seller.post(
        "/api/v1/offers", json={"software_id": software_id, "answers": offer_answers()}
    )
    assert stranger.status_code == 404
    unknown = market.editor.post("/api/v1/offers", json={"software_id": "sw_no", "answers": {}})
    assert unknown.status_code == 404
