"""Projects: opened, revised by ETag, read by the own body only, cancelled and reopened."""

from __future__ import annotations

import json
from typing import Any

from tests.procurement.town import DECISION, PROJECT, Town, ok, pointers, stranger


def test_open_read_list_and_revise(town: Town) -> None:
    made = town.officer.post("/api/v1/projects", json=PROJECT)
    project = ok(made, 201)
    path = f"/api/v1/projects/{project['id']}"
    assert project["status"] == "assessing"
    assert project["organisation_id"] == town.body.id
    listed = ok(town.officer.get("/api/v1/projects"))
    assert [item["id"] for item in listed["items"]] == [project["id"]]
    assert "need" not in listed["items"][0]
    assert town.officer.patch(path, json={"users": 50}).status_code == 428
    tag = made.headers["ETag"]
    revised = town.officer.patch(path, json={"users": 50, "desired_start": None}, headers={"If-Match": tag})
    assert ok(revised)["users"] == 50
    assert revised.json()["desired_start"] is None
    assert revised.headers["ETag"] != tag
    stale = town.officer.patch(path, json={"users": 51}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert stale.json()["current"] == revised.headers["ETag"]
    assert ok(town.officer.get(path))["users"] == 50
    assert [event.details["fields"] for event in town.events("project.revised")] == [
        ["desired_start", "users"]
    ]


def test_a_repeated_key_opens_one_project(town: Town) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = ok(town.officer.post("/api/v1/projects", json=PROJECT, headers=headers), 201)
    again = ok(town.officer.post("/api/v1/projects", json=PROJECT, headers=headers), 201)
    assert first["id"] == again["id"]
    assert len(ok(town.officer.get("/api/v1/projects"))["items"]) == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"title": " "}, "/title"),
    ({"title": "a\u0007b"}, "/title"),
    ({"title": "\ud800"}, "/title"),
    ({"need": "x" * 4001}, "/need"),
    ({"business_area": "counter_dx_sas"}, "/business_area"),
    ({"fiscal_year": 8}, "/fiscal_year"),
    ({"desired_start": "2026-02-30"}, "/desired_start"),
    ({"desired_start": "令和0年4月1日"}, "/desired_start"),
    ({"desired_start": "2058-01-01"}, "/desired_start"),
    ({"desired_start": 0}, "/desired_start"),
    ({"users": -1}, "/users"),
    ({"users": 1.5}, "/users"),
    ({"method": "lottery", "ground": ""}, "/method"),
    ({"method": "open_tender"}, "/ground"),
    ({"ground": "local_167_1"}, "/ground"),
    ({"method": ""}, "/method"),
    ({"surprise": 1}, "/surprise"),
]


def test_bad_input_names_field_reason_and_remedy(town: Town) -> None:
    for changes, pointer in BAD:
        # json.dumps escapes a lone surrogate, as a hostile client would; httpx refuses to send one.
        body = json.dumps(PROJECT | changes)
        answer = town.officer.post(
            "/api/v1/projects", content=body, headers={"Content-Type": "application/json"}
        )
        assert pointer in pointers(answer), (changes, answer.text)
        assert all(error["message"] and error["remedy"] for error in answer.json()["errors"])
    assert ok(town.officer.get("/api/v1/projects"))["items"] == []


def test_the_nearest_business_area_is_named(town: Town) -> None:
    answer = town.officer.post("/api/v1/projects", json=PROJECT | {"business_area": "窓口"})
    assert "counter_dx_saas" in answer.json()["errors"][0]["remedy"]


def test_another_body_a_vendor_and_the_agency_see_nothing(town: Town) -> None:
    project_id = town.awarded()
    contract = town.contract(project_id)
    assert contract["project_id"] == project_id
    search_id = ok(town.officer.get(f"/api/v1/projects/{project_id}/searches"))["items"][0]["id"]
    path = f"/api/v1/projects/{project_id}"
    parts: tuple[str, ...] = (
        "",
        "/estimated-price",
        "/conditions",
        "/searches",
        f"/searches/{search_id}",
        "/assessment",
    )
    parts += ("/exclusions", "/shortlist", "/selection", "/evidence", "/evidence?format=csv")
    other = stranger(town)
    for part in parts:
        assert other.get(path + part).status_code == 404, part
        assert town.world.api(town.vendor_login).get(path + part).status_code == 403, part
        assert town.world.api().get(path + part).status_code == 401, part
    assert ok(other.get("/api/v1/projects"))["items"] == []
    agency = town.world.api(town.world.login(town.world.agency(), "agency_admin"))
    assert agency.get(path).status_code == 403
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("PATCH", "", {"title": "x"}),
        ("PUT", "/estimated-price", {"amount": 1, "decided_on": "2026-11-24", "decided_by": "x"}),
        ("POST", "/conditions", {"field": "api_available", "operator": "answered"}),
        ("POST", "/searches", {"query": {"q": "x"}}),
        ("POST", f"/searches/{search_id}/lock", {}),
        ("POST", "/shortlist", {"software_id": town.good}),
        ("POST", "/exclusions", {"reason": "x", "software_ids": [town.good]}),
        ("POST", "/selection", {"outcome": "none_suitable", "reason": "x"}),
        ("POST", "/cancellation", {"reason": "x"}),
        ("POST", "/reopening", {"reason": "x"}),
    ]
    for method, part, body in writes:
        answer = other.request(method, path + part, json=body, headers={"If-Match": "*"})
        assert answer.status_code == 404, (method, part, answer.text)
    hostile = town.world.client(town.world.login(town.world.local_government("よそ市"), "buyer_approver"))
    assert hostile.post(f"{path}/selection/confirmation", json=DECISION).status_code == 404


def test_an_auditor_reads_all_and_each_read_is_written_down(town: Town) -> None:
    project_id = town.proposed()
    auditor = town.world.api(town.world.login(town.world.agency(), "auditor"))
    path = f"/api/v1/projects/{project_id}"
    assert [p["id"] for p in ok(auditor.get("/api/v1/projects"))["items"]] == [project_id]
    ok(auditor.get(path))
    ok(auditor.get(f"{path}/evidence"))
    ok(town.officer.get(path))
    reads = town.events("project.read")
    assert [event.details["path"] for event in reads] == [path, f"{path}/evidence"]
    assert {event.owner_organisation_id for event in reads} == {town.body.id}
    assert auditor.patch(path, json={"title": "x"}, headers={"If-Match": "*"}).status_code == 403


def test_cancel_ends_a_project_with_its_reason(town: Town) -> None:
    project_id = town.proposed()
    path = f"/api/v1/projects/{project_id}"
    assert pointers(town.officer.post(f"{path}/cancellation", json={"reason": " "})) == {"/reason"}
    done = ok(town.officer.post(f"{path}/cancellation", json={"reason": "予算が付かなかったため。"}))
    assert (done["status"], done["cancellation_reason"]) == ("cancelled", "予算が付かなかったため。")
    assert town.officer.post(f"{path}/cancellation", json={"reason": "x"}).status_code == 409
    evidence = ok(town.officer.get(f"{path}/evidence"))
    assert evidence["frozen_at"]
    assert evidence["document"]["project"]["status"] == "cancelled"


def test_reopening_keeps_the_withdrawn_selection_in_the_record(town: Town) -> None:
    project_id = town.proposed()
    path = f"/api/v1/projects/{project_id}"
    closed = town.officer.post(f"{path}/conditions", json={"field": "api_available", "operator": "answered"})
    assert (closed.status_code, closed.json()["type"]) == (409, "/problems/evidence-closed")
    assert (
        ok(town.approver.post(f"{path}/reopening", json={"reason": "理由が足りない。"}))["status"]
        == "assessing"
    )
    assert town.officer.get(f"{path}/selection").status_code == 404
    evidence = ok(town.officer.get(f"{path}/evidence"))["document"]
    assert [s["withdrawal_reason"] for s in evidence["selections"]] == ["理由が足りない。"]
    assert town.officer.post(f"{path}/reopening", json={"reason": "x"}).status_code == 409
