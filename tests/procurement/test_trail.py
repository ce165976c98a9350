"""What the trail tells of a procurement, and to whom: the Agency reads contracts' facts, never deliberations."""

from __future__ import annotations

import json

from tests.procurement.town import PROJECT, Town, ok

LIST = "/api/v1/audit-events?limit=100"
DELIBERATIONS = {
    "project.opened", "search.saved", "search.locked", "condition.added", "candidate.shortlisted",
    "results.excluded", "selection.proposed",
}  # fmt: skip


def test_the_agency_reads_no_deliberation_in_the_trail(town: Town) -> None:
    project_id = town.proposed()
    assert town.officer_page.post(f"/projects/{project_id}/confirmation", data={}).status_code == 403
    contract = town.contract()
    agency = town.world.agency()
    auditor = town.world.client(town.world.login(agency, "auditor"))
    admin = town.world.client(town.world.login(agency, "agency_admin"))
    both = town.world.client(town.world.login(agency, "agency_admin", "auditor"))

    everything = ok(auditor.get(LIST))["items"]
    assert {event["action"] for event in everything} >= DELIBERATIONS
    assert [event["object_id"] for event in everything if event["action"] == "access.refused"]
    assert {event["action"] for event in ok(both.get(LIST))["items"]} >= DELIBERATIONS

    seen = ok(admin.get(LIST))["items"]
    assert {event["action"] for event in seen} == {"contract.recorded"}
    assert project_id not in json.dumps(seen)
    assert contract["project_id"] not in json.dumps(seen)
    assert set(seen[0]["details"]) == {"number", "version", "vendor_id"}
    for narrowed in ("object_type=project", f"object_id={project_id}", "action=selection.proposed"):
        assert ok(admin.get(f"{LIST}&{narrowed}"))["items"] == []
    hidden = next(event for event in everything if event["action"] == "selection.proposed")
    for path in (f"/api/v1/audit-events/{hidden['id']}", f"/audit/{hidden['id']}"):
        assert admin.get(path).status_code == 404
        assert auditor.get(path).status_code == 200
    page = admin.get("/audit").text
    assert "selection.proposed" not in page
    assert "contract.recorded" in page
    assert "監査担当だけが読めます" in page
    # Narrowed by words: one word may stand for several codes, and none shows more than the reader may see.
    for query, found, left in (
        ("deed=recorded", "contract.recorded", "selection.proposed"),
        ("deed=proposed", "selection.proposed", "contract.recorded"),
        ("object_type=contract", "contract.recorded", "selection.proposed"),
    ):
        narrow = auditor.get(f"/audit?{query}").text
        assert (found in narrow, left in narrow) == (True, False), query
    assert "selection.proposed" not in admin.get("/audit?deed=proposed").text
    single = admin.get(f"/audit/{seen[0]['id']}")
    assert contract["project_id"] not in single.text


def test_the_chain_keeps_no_free_text_of_a_project(town: Town) -> None:
    project_id = town.awarded()
    with_title = [event for event in town.events("project.opened") if event.object_id == project_id]
    assert [event.details for event in with_title] == [{}]
    auditor = town.world.api(town.world.login(town.world.agency(), "auditor"))
    trail = auditor.get(f"{LIST}&object_id={project_id}").text
    for words in (PROJECT["title"], PROJECT["need"], PROJECT["method_reason"], "条件を満たす唯一のもの。"):
        assert str(words) not in trail
