"""重複投資: what is there already is shown, going on alone needs a reason, neighbours show what they allow."""

from __future__ import annotations

import json

from tests.procurement.browser import Browser
from tests.procurement.town import PROJECT, Town, ok

AREA: dict[str, object] = {"business_areas": ["counter_dx_saas"]}


def _found(town: Town, project_id: str) -> list[tuple[str, str, str]]:
    items = ok(town.officer.get(f"/api/v1/projects/{project_id}/overlaps"))["items"]
    return [(item["kind"], item["software_name"], item["ends"]) for item in items]


def test_what_is_there_needs_a_reason_that_is_frozen(town: Town) -> None:
    listings: dict[str, dict[str, object]] = {
        "国の窓口（架空）": {"route": "state_provided"},
        "県の窓口（架空）": {"route": "joint_procurement", "joint_prefectures": ["13"]},
        "他県の窓口（架空）": {"route": "joint_procurement", "joint_prefectures": ["27"]},
        "国の別業務（架空）": {"route": "state_provided", "business_areas": ["rpa_no_code"]},
    }
    for name, answers in listings.items():
        town.shelf.software(town.vendor, name, **(AREA | answers))
    with town.world.database.write() as session:
        town.body.code = "131016"
        session.merge(town.body)
    town.contract(number="れいじ-1")
    page = Browser(town.officer_page).get("/projects/new")
    page.press("案件を作る", title="二つ目", business_area="counter_dx_saas", need="x", fiscal_year="2026")
    project_id = page.path.rpartition("/")[2]
    assert _found(town, project_id) == [
        ("state_provided", "国の窓口（架空）", ""),
        ("joint_procurement", "県の窓口（架空）", ""),
        ("own_contract", "まどぐちナビ（架空）", "2028-03-31"),
    ]
    assert "県の窓口（架空）" in page.text
    refused = town.officer.post(f"/api/v1/projects/{project_id}/selection", json={"outcome": "none_suitable"})
    assert "alone_reason" in {item["code"] for item in refused.json()["missing"]}
    page.press("理由を保存する", status=422, project__alone_reason="一行目\n二行目")
    assert "改行は使えません" in page.text
    page.press("理由を保存する", project__alone_reason="国提供の機能に、外国語の案内がないため。")
    again = town.officer.post(f"/api/v1/projects/{project_id}/selection", json={"outcome": "none_suitable"})
    assert "alone_reason" not in {item["code"] for item in again.json()["missing"]}
    ok(town.officer.post(f"/api/v1/projects/{project_id}/cancellation", json={"reason": "やめる。"}))
    town.world.clock.move(days=800)
    officer = town.world.client(town.world.login(town.body, "buyer_officer"))
    frozen = ok(officer.get(f"/api/v1/projects/{project_id}/evidence"))["document"]["overlaps"]
    assert (frozen["reason"], len(frozen["items"])) == ("国提供の機能に、外国語の案内がないため。", 3)
    assert "外国語の案内がない" in Browser(officer).get(f"/projects/{project_id}/statement").text


def test_neighbours_show_what_they_allow_and_no_more(town: Town) -> None:
    near = town.neighbour()
    contract = near.contract(number="となり-極秘番号")
    project_id = town.project(alone_reason="")
    assert _found(town, project_id) == [], "not before its approver allows it"
    approver = Browser(near.approver_page).get("/organisation")
    approver.press("保存する", show_to_neighbours="true")
    assert _found(town, project_id) == [], "not before its approver confirmed the contract"
    ok(near.approver_page.post(f"/api/v1/contracts/{contract['id']}/confirmation", json={}))
    assert _found(town, project_id) == [("neighbour_contract", "まどぐちナビ（架空）", "2028-03")]
    answers = [
        town.officer.get(f"/api/v1/projects/{project_id}/overlaps").text,
        town.officer_page.get(f"/projects/{project_id}").text,
        json.dumps(ok(town.officer.get(f"/api/v1/projects/{project_id}/evidence")), ensure_ascii=False),
    ]
    for text in answers:
        assert near.body.id in text or "れいじ町" in text
        for secret in ("極秘番号", contract["id"], "2028-03-31", "2028年3月31日", f"{contract['total']:,}"):
            assert secret not in text, secret
    other = town.project(alone_reason="", business_area="rpa_no_code")
    assert _found(town, other) == [], "another area"
    far = town.world.local_government("とおく市", prefecture="遠い県")
    far_api = town.world.api(town.world.login(far, "buyer_officer"))
    own = ok(far_api.post("/api/v1/projects", json=PROJECT), 201)["id"]
    assert ok(far_api.get(f"/api/v1/projects/{own}/overlaps"))["items"] == [], "another prefecture"
    long_one = near.contract(number="となり-2", starts_on="2027-04-01", ends_on="2029-03-31")
    ok(near.approver_page.post(f"/api/v1/contracts/{long_one['id']}/confirmation", json={}))
    assert len(_found(town, project_id)) == 1, "ends later than in 24 months"
