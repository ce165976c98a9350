"""The selection: everything missing at once, the body's decision, and evidence that stays."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from app.procurement.evidence import canonical
from app.procurement.evidence_check import verify_evidence
from app.procurement.models import Evidence
from tests.procurement.town import DECISION, Town, ok, pointers


def _missing(answer: Any) -> set[str]:
    assert answer.status_code == 409, answer.text
    assert answer.json()["type"] == "/problems/selection-incomplete"
    assert all(item["message"] and item["remedy"] and item["where"] for item in answer.json()["missing"])
    return {item["code"] for item in answer.json()["missing"]}


def test_everything_missing_is_named_at_once(town: Town) -> None:
    project_id = town.project(method="", ground="", method_reason="")
    path = f"/api/v1/projects/{project_id}"
    bare = town.officer.post(f"{path}/selection", json={"outcome": "awarded"})
    assert _missing(bare) == {"method", "method_reason", "locked_search", "shortlist_item", "reason"}
    town.locked(project_id)
    ok(town.officer.patch(path, json={"method": "sole_source"}, headers={"If-Match": "*"}))
    item = ok(town.officer.post(f"{path}/shortlist", json={"software_id": town.good}), 201)
    given = {"outcome": "awarded", "shortlist_item_id": item["id"], "reason": " "}
    more = town.officer.post(f"{path}/selection", json=given)
    assert _missing(more) == {"ground", "method_reason", "open_results", "offer", "reason"}
    assert "窓口ひとつ" in more.text
    assert ok(town.officer.get(path))["status"] == "assessing"
    assert town.messages("notify.selection-proposed") == []


def test_no_ground_is_asked_for_an_open_tender(town: Town) -> None:
    project_id, item_id = town.assessed(method="open_tender", ground="")
    given = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": "落札した。"}
    ok(town.officer.post(f"/api/v1/projects/{project_id}/selection", json=given), 201)


def test_a_candidate_of_another_project_is_refused(town: Town) -> None:
    _, other_item = town.assessed()
    project_id, _ = town.assessed()
    given = {"outcome": "awarded", "shortlist_item_id": other_item, "reason": "x"}
    answer = town.officer.post(f"/api/v1/projects/{project_id}/selection", json=given)
    assert pointers(answer) == {"/shortlist_item_id"}


def test_proposing_tells_the_approver_and_only_once(town: Town) -> None:
    project_id = town.proposed()
    assert [row.key for row in town.messages("notify.selection-proposed")] == [project_id]
    again = {"outcome": "none_suitable", "reason": "x"}
    assert town.officer.post(f"/api/v1/projects/{project_id}/selection", json=again).status_code == 409


def test_confirmation_needs_the_approver_in_person_and_a_fresh_login(town: Town) -> None:
    project_id = town.proposed()
    path = f"/api/v1/projects/{project_id}/selection/confirmation"
    assert town.officer_page.post(path, json=DECISION).status_code == 403
    assert town.approver.post(path, json=DECISION).status_code == 403
    town.world.clock.move(minutes=11)
    late = town.approver_page.post(path, json=DECISION)
    assert (late.status_code, late.json()["type"]) == (403, "/problems/step-up-required")
    fresh = town.world.client(town.world.login(town.body, "buyer_approver"))
    assert pointers(fresh.post(path, json=DECISION | {"decision_date": "2026-11-25"})) == {"/decision_date"}
    assert pointers(fresh.post(path, json=DECISION | {"decision_document": ""})) == {"/decision_document"}
    assert fresh.post(path, json=DECISION | {"selection_id": "sel_other"}).status_code == 409
    done = ok(fresh.post(path, json=DECISION | {"decision_date": "令和8年11月24日"}))
    assert (done["decision_date"], done["decision_post"], done["same_person"]) == (
        "2026-11-24",
        "町長",
        False,
    )
    assert fresh.post(path, json=DECISION).status_code == 409
    assert len(town.events("selection.confirmed")) == 1


@pytest.mark.parametrize("allowed", [False, True])
def test_one_person_may_do_both_only_by_the_bodys_setting(town: Town, allowed: bool) -> None:
    small = town.neighbour(single_person=allowed)
    both = small.world.login(small.body, "buyer_officer", "buyer_approver")
    small.officer = small.world.api(both)
    project_id = small.proposed()
    answer = small.world.client(both).post(
        f"/api/v1/projects/{project_id}/selection/confirmation", json=DECISION
    )
    if allowed:
        assert ok(answer)["same_person"] is True
        document = ok(small.officer.get(f"/api/v1/projects/{project_id}/evidence"))["document"]
        assert document["selections"][0]["same_person"] is True
    else:
        assert answer.status_code == 403
        assert ok(small.officer.get(f"/api/v1/projects/{project_id}"))["status"] == "proposed"


def test_after_the_decision_the_evidence_is_read_only(town: Town) -> None:
    project_id, item_id = town.assessed()
    path = f"/api/v1/projects/{project_id}"
    condition = ok(town.officer.get(f"{path}/conditions"))["items"][0]["id"]
    exclusion = ok(town.officer.get(f"{path}/exclusions"))["items"][0]["id"]
    search = ok(town.officer.get(f"{path}/searches"))["items"][0]["id"]
    given = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": "条件を満たす。"}
    ok(town.officer.post(f"{path}/selection", json=given), 201)
    ok(town.approver_page.post(f"{path}/selection/confirmation", json=DECISION))
    price = {"amount": 1, "decided_on": "2026-11-24", "decided_by": "x"}
    writes: list[tuple[str, str, dict[str, Any] | None]] = [
        ("PATCH", "", {"title": "x"}),
        ("PUT", "/estimated-price", price),
        ("POST", "/conditions", {"field": "api_available", "operator": "answered"}),
        ("DELETE", f"/conditions/{condition}", None),
        ("POST", "/searches", {"query": {"q": "x"}}),
        ("POST", f"/searches/{search}/lock", None),
        ("POST", "/exclusions", {"reason": "x", "software_ids": [town.good]}),
        ("POST", f"/exclusions/{exclusion}/withdrawal", None),
        ("POST", "/shortlist", {"software_id": town.good}),
        ("PATCH", f"/shortlist/{item_id}", {"note": "x"}),
        ("POST", f"/shortlist/{item_id}/removal", {"reason": "x"}),
        ("POST", "/selection", given),
        ("POST", "/reopening", {"reason": "x"}),
        ("POST", "/cancellation", {"reason": "x"}),
    ]
    before = town.officer.get(f"{path}/evidence").content
    for method, part, body in writes:
        answer = town.officer.request(method, path + part, json=body, headers={"If-Match": "*"})
        assert answer.status_code == 409, (method, part, answer.text)
    town.shelf.revise(town.good, name="変わった名前")
    town.shelf.end(town.poor, "withdrawn")
    assert town.officer.get(f"{path}/evidence").content == before


def test_evidence_holds_every_reason_and_its_digest(town: Town) -> None:
    project_id = town.awarded()
    path = f"/api/v1/projects/{project_id}/evidence"
    pack = ok(town.officer.get(path))
    document = pack["document"]
    assert pack["digest"] == hashlib.sha256(canonical(document).encode()).hexdigest()
    assert json.loads(canonical(document)) == document
    assert document["method"]["ground_article"] == "地方自治法施行令第167条の2第1項第1号"
    assert document["selections"][0]["decision_document"] == "れいじ総第123号"
    assert len(document["searches"][0]["results"]) == 3
    assert {row["place"] for row in document["assessment"]} == {"shortlisted", "excluded"}
    assert [row["reason"] for row in document["exclusions"]] == ["必須のため。"]
    table = town.officer.get(f"{path}?format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("\ufeff順位")
    assert pack["digest"] in table.text
    assert "不適合" in table.text


def test_evidence_names_removed_conditions(town: Town) -> None:
    project_id = town.project()
    town.locked(project_id)
    path = f"/api/v1/projects/{project_id}"
    condition = town.condition(project_id)
    given = {"condition_id": condition, "reason": "必須のため。", "include_unanswered": True}
    exclusion = ok(town.officer.post(f"{path}/exclusions", json=given), 201)
    ok(town.officer.post(f"{path}/exclusions/{exclusion['id']}/withdrawal"))
    assert town.officer.delete(f"{path}/conditions/{condition}").status_code == 204
    town.condition(project_id, wanted="a")
    document = ok(town.officer.get(f"{path}/evidence"))["document"]
    assert [c["removed_at"] is not None for c in document["conditions"]] == [True, False]
    assert document["exclusions"][0]["condition_id"] == document["conditions"][0]["id"]
    header = town.officer.get(f"{path}/evidence?format=csv").text.splitlines()[0]
    assert header.count("JIS X 8341-3") == 1, "columns are of the conditions that stand"
    statement = town.officer_page.get(f"/projects/{project_id}/statement").text
    assert "途中で取り消した条件" in statement
    assert "条件1" in statement
    assert "条件2" not in statement


def test_the_trail_holds_the_evidences_digest(town: Town) -> None:
    awarded, cancelled = town.awarded(), town.project()
    ok(town.officer.post(f"/api/v1/projects/{cancelled}/cancellation", json={"reason": "見直し"}))
    for project_id, action in ((awarded, "selection.confirmed"), (cancelled, "project.cancelled")):
        digest = ok(town.officer.get(f"/api/v1/projects/{project_id}/evidence"))["digest"]
        assert [event.details["evidence"] for event in town.events(action)] == [digest]
    database = town.world.database
    assert verify_evidence(database) == []
    with database.write() as session:
        row = session.get_one(Evidence, awarded)
        row.document = row.document.replace("必須のため。", "別の理由。")
        row.digest = hashlib.sha256(row.document.encode()).hexdigest()
        session.add(row)
        session.delete(session.get_one(Evidence, cancelled))
    faults = [fault.split(" (")[0] for fault in verify_evidence(database)]
    assert faults == [f"evidence changed: project {awarded}", f"evidence missing: project {cancelled}"]


def test_csv_makes_formulas_harmless(town: Town) -> None:
    town.shelf.software(town.vendor, "=HYPERLINK(1)窓口")
    town.shelf.rebuild()
    project_id = town.project()
    town.locked(project_id)
    table = town.officer.get(f"/api/v1/projects/{project_id}/evidence?format=csv").text
    assert "'=HYPERLINK(1)窓口" in table


def test_none_suitable_is_an_outcome_with_a_reason(town: Town) -> None:
    project_id, _ = town.assessed()
    path = f"/api/v1/projects/{project_id}"
    ok(
        town.officer.post(
            f"{path}/selection", json={"outcome": "none_suitable", "reason": "予算に合わない。"}
        ),
        201,
    )
    ok(town.approver_page.post(f"{path}/selection/confirmation", json=DECISION))
    assert ok(town.officer.get(path))["status"] == "none_suitable"
    contract = town.terms(project_id=project_id, number="1")
    assert town.officer.post("/api/v1/contracts", json=contract).status_code == 409
