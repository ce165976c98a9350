"""Drafts by API: registering, editing with ETag, all faults at once, repeats by Idempotency-Key."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, func, select

from app.listings.models import Entry, Revision
from tests.listings.market import SCHEMA, Market, software_answers


def test_a_draft_may_be_nearly_empty_and_is_the_owners_alone(market: Market) -> None:
    answer = market.editor.post("/api/v1/software", json={"answers": {"name": "  下書きの名前 "}})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["draft"]["answers"] == {"name": "下書きの名前"}
    assert made["live"] is None
    assert (made["status"], made["visible"], made["draft"]["status"]) == ("unpublished", False, "draft")
    assert made["completeness"]["answered"] == 1
    assert "summary" in made["completeness"]["required_missing"]
    assert answer.headers["location"] == f"/api/v1/software/{made['id']}"
    assert answer.headers["etag"] == '"1-1"'
    path = f"/api/v1/software/{made['id']}"
    assert market.editor.get(path).json() == made
    assert market.reviewer.get(path).json()["draft"]["answers"] == {"name": "下書きの名前"}
    for stranger in (market.visitor, market.seller):
        assert stranger.get(path).status_code == 404
        assert stranger.get(f"{path}/revisions").status_code == 404
        assert stranger.get(f"{path}/revisions/1").status_code == 404
    assert market.editor.get(f"/api/v1/offers/{made['id']}").status_code == 404


def test_every_fault_at_once_with_pointer_and_remedy(market: Market) -> None:
    answers = {
        "name": "名\u0007前",
        "business_areas": ["resident_registre"],
        "april_order_by": "2026-02-30",
        "rto_hours": 1.5,
        "no_such_field": 1,
        "security_registrations": [
            {
                "scheme": "ismap",
                "number": "C1",
                "scope": "全て",
                "valid_from": "2026-04-01",
                "valid_until": "2026-03-31",
            }
        ],
    }
    answer = market.editor.post("/api/v1/software", json={"answers": answers})
    assert answer.status_code == 422
    faults = {fault["pointer"]: fault for fault in answer.json()["errors"]}
    assert set(faults) == {
        "/answers/name",
        "/answers/business_areas/0",
        "/answers/april_order_by",
        "/answers/rto_hours",
        "/answers/no_such_field",
        "/answers/security_registrations/0/valid_until",
    }
    assert "resident_register" in faults["/answers/business_areas/0"]["remedy"]
    assert all(fault["message"] and fault["remedy"] for fault in faults.values())
    assert _count(market, Entry) == 0


def test_lone_surrogates_and_odd_names_are_refused_not_crashed_on(market: Market) -> None:
    body = b'{"answers": {"name": "\\ud800", "\\udfff/~x": 1}}'
    answer = market.editor.post(
        "/api/v1/software", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text
    assert len(answer.json()["errors"]) == 2


def test_only_vendors_register(market: Market) -> None:
    body = {"answers": {"name": "名前"}}
    assert market.visitor.post("/api/v1/software", json=body).status_code == 401
    assert market.reviewer.post("/api/v1/software", json=body).status_code == 403
    town = market.world.api(market.world.login(market.world.local_government(), "buyer_officer"))
    assert town.post("/api/v1/software", json=body).status_code == 403


def test_unknown_members_are_named(market: Market) -> None:
    answer = market.editor.post("/api/v1/software", json={"answers": {}, "status": "published"})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/status"]


def _patch(market: Market, path: str, answers: dict[str, Any], etag: str | None) -> Any:
    headers = {"Content-Type": "application/merge-patch+json"} | ({"If-Match": etag} if etag else {})
    return market.editor.patch(path, json={"answers": answers}, headers=headers)


def test_editing_wants_the_current_etag(market: Market) -> None:
    made = market.draft(website="https://example.jp/")
    path = f"/api/v1/software/{made['id']}"
    assert _patch(market, path, {"summary": "新"}, None).status_code == 428
    answer = _patch(market, path, {"summary": "新しい概要", "website": None}, '"1-1"')
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"1-2"'
    answers = answer.json()["draft"]["answers"]
    assert answers["summary"] == "新しい概要"
    assert "website" not in answers
    assert answer.json()["draft"]["content_hash"] != made["draft"]["content_hash"]
    stale = _patch(market, path, {"summary": "遅い"}, '"1-1"')
    assert (stale.status_code, stale.json()["current"]) == (412, '"1-2"')
    bad = _patch(market, path, {"summary": "長" * 1000}, '"1-2"')
    assert bad.status_code == 422
    assert market.editor.get(path).json()["draft"]["answers"] == answers


def test_a_rival_cannot_edit_and_does_not_learn_of_it(market: Market) -> None:
    path = f"/api/v1/software/{market.draft()['id']}"
    body = {"answers": {"summary": "他社"}}
    assert market.seller.patch(path, json=body, headers={"If-Match": '"1-1"'}).status_code == 404
    assert (
        market.seller.patch("/api/v1/software/sw_x", json=body, headers={"If-Match": '"1-1"'}).status_code
        == 404
    )
    assert market.reviewer.patch(path, json=body, headers={"If-Match": '"1-1"'}).status_code == 403


def test_the_next_draft_begins_from_the_live_revision(market: Market) -> None:
    software_id = market.published()
    path = f"/api/v1/software/{software_id}"
    live = market.editor.get(path)
    assert live.headers["etag"].startswith('"1-')
    edited = _patch(market, path, {"summary": "次の版の概要"}, live.headers["etag"])
    assert edited.status_code == 200, edited.text
    body = edited.json()
    assert (body["live"]["number"], body["draft"]["number"], body["draft"]["status"]) == (1, 2, "draft")
    assert body["draft"]["answers"] == body["live"]["answers"] | {"summary": "次の版の概要"}
    seen = market.visitor.get(path).json()
    assert seen["live"]["answers"]["summary"] == live.json()["live"]["answers"]["summary"]
    assert seen["draft"] is None
    # The live revision is not a draft: what it was edited from is stale now.
    assert _patch(market, path, {"summary": "別"}, live.headers["etag"]).status_code == 412
    market.approve(f"/software/{software_id}")
    seen = market.visitor.get(path).json()
    assert (seen["live"]["number"], seen["live"]["answers"]["summary"]) == (2, "次の版の概要")


def test_a_repeat_makes_nothing_twice(market: Market) -> None:
    body = {"answers": {"name": "一度だけ"}}
    first = market.editor.post("/api/v1/software", json=body, headers={"Idempotency-Key": "k-1"})
    second = market.editor.post("/api/v1/software", json=body, headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = market.editor.post("/api/v1/software", json={"answers": {}}, headers={"Idempotency-Key": "k-1"})
    assert other.status_code == 409
    assert _count(market, Entry) == 1


def test_own_list_in_every_state_and_paging(market: Market) -> None:
    ids = [market.draft(name=f"製品{number}")["id"] for number in range(5)]
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = market.editor.get(f"/api/v1/software?mine=true&limit=2{cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert seen == ids[::-1]
    assert page["next"] is None
    assert market.visitor.get("/api/v1/software").json() == {"items": [], "next": None}
    assert market.visitor.get("/api/v1/software?mine=true").status_code == 401
    assert market.seller.get("/api/v1/software?mine=true").json()["items"] == []


@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_queries_does_not_grow_with_rows(
    market: Market, count: int, query_counter: Any
) -> None:
    for number in range(count):
        market.draft(name=f"製品{number}")
    with query_counter() as seen:
        assert len(market.editor.get("/api/v1/software?mine=true&limit=50").json()["items"]) == count
    assert len(seen) <= 12, seen


def test_an_older_schema_does_not_stand_in_the_way(market: Market) -> None:
    made = market.draft()
    with market.world.database.write() as session:
        revision = session.exec(select(Revision).where(col(Revision.entry_id) == made["id"])).one()
        revision.answers = dict(revision.answers) | {"long_gone_field": "x"}
        revision.schema_version = 0
        session.add(revision)
    answer = _patch(market, f"/api/v1/software/{made['id']}", {"summary": "今の概要"}, '"1-1"')
    assert answer.status_code == 200, answer.text
    draft = answer.json()["draft"]
    assert draft["schema_version"] == SCHEMA.version
    assert draft["answers"] == SCHEMA.normalise("software", software_answers(summary="今の概要"))


def _count(market: Market, model: Any) -> int:
    with market.world.read() as session:
        return session.exec(select(func.count()).select_from(model)).one()


def test_only_the_vendor_sees_how_complete_it_is(market: Market) -> None:
    made = market.draft()
    path = f"/api/v1/software/{made['id']}"
    assert market.editor.get(path).json()["completeness"]["answered"] > 1
    auditor = market.world.client(market.world.login(market.world.agency(), "auditor"))
    for reader in (market.reviewer, market.agency, auditor):
        seen = reader.get(path)
        assert (seen.status_code, seen.json()["draft"]["number"]) == (200, 1)
        assert seen.json()["completeness"] is None


def test_a_status_that_does_not_exist_is_refused(market: Market) -> None:
    refused = market.editor.get("/api/v1/software?mine=true&status=nonsense")
    assert refused.status_code == 422
    assert "suspended" in refused.json()["errors"][0]["remedy"]
