"""A town records what it found out itself about a candidate's conformance; the evidence keeps it."""

from __future__ import annotations

from app.conformance.models import ConformanceClaim
from app.kit.ids import new_id
from tests.procurement.town import DECISION, Town, ok
from tests.specifications.ministry import Ministry, requirement


def test_the_towns_own_confirmation_is_kept_in_the_evidence(town: Town) -> None:
    world = town.world
    ministry = Ministry(world)
    first = ministry.draft(ministry.register(), "1.0", [requirement("0010001", "要件1ができること。")])
    version = str(ministry.publish(first)["id"])
    with world.database.write() as session:
        session.add(
            ConformanceClaim(
                id=new_id("cfm"),
                entry_id=town.good,
                version_id=version,
                revision_number=1,
                states="y",
                updated_at=world.clock.now(),
                updated_by="",
            )
        )
    project_id, item_id = town.assessed()
    path = f"/api/v1/projects/{project_id}/conformance-confirmations"
    page = f"/projects/{project_id}/conformance"
    given = {
        "software_id": town.good,
        "version_id": version,
        "outcome": "partly",
        "looked_at": "デモ環境で操作した。",
        "remaining": "帳票は改めて確かめる。",
        "confirmed_on": "2026-11-20",
    }
    wrong = town.officer.post(
        path, json={**given, "version_id": "spv_x", "remaining": "", "confirmed_on": "2099-01-01"}
    )
    assert {each["pointer"] for each in wrong.json()["errors"]} == {
        "/version_id", "/remaining", "/confirmed_on",
    }  # fmt: skip
    other = town.officer.post(path, json={**given, "software_id": town.poor})
    assert [each["code"] for each in other.json()["errors"]] == ["unknown_candidate"]
    made = ok(town.officer.post(path, json=given), 201)
    assert (made["level"], made["revision_number"], made["newest"]) == ("self_declared", 1, True)

    # By the page: what was typed stays; the later record stands before the earlier.
    form = {"about": f"{town.good} {version}", "outcome": "confirmed", "looked_at": "帳票も操作した。"}
    kept = town.officer_page.post(page, data={**form, "confirmed_on": "いつか"})
    assert kept.status_code == 422
    assert 'value="いつか"' in kept.text
    nothing = town.officer_page.post(page, data={})
    assert (nothing.status_code, nothing.text.count("候補と版が選ばれていません。")) == (422, 2)
    assert town.officer_page.post(page, data={**form, "confirmed_on": "令和8年11月21日"}).status_code == 303
    items = ok(town.officer.get(path))["items"]
    assert [(one["outcome"], one["newest"]) for one in items] == [("confirmed", True), ("partly", False)]
    shown = town.officer_page.get(page).text
    assert "国が適合を保証するものではありません。適合の確認は各団体が行います。" in shown
    assert town.vendor_page.get(path).status_code == 403

    # Frozen with the decision, and then nothing is added.
    selection = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": "適合を確かめたため。"}
    ok(town.officer.post(f"/api/v1/projects/{project_id}/selection", json=selection), 201)
    ok(town.approver_page.post(f"/api/v1/projects/{project_id}/selection/confirmation", json=DECISION))
    document = ok(town.officer.get(f"/api/v1/projects/{project_id}/evidence"))
    document = document.get("document", document)
    assert [(one["outcome"], one["looked_at"], one["newest"]) for one in document["conformance"]] == [
        ("partly", "デモ環境で操作した。", False),
        ("confirmed", "帳票も操作した。", True),
    ]
    assert town.officer.post(path, json=given).status_code == 409
    statement = town.officer_page.get(f"/projects/{project_id}/statement").text
    assert "帳票も操作した。" in statement
    assert town.officer_login.name in statement
