"""Answers taken over between own entries, and new entries from last year's, by API and by page."""

from __future__ import annotations

from tests.listings.market import Market
from tests.web.test_vendor_pages import form_of


def test_only_the_chosen_groups_are_copied_and_twice_changes_nothing(market: Market) -> None:
    source = market.draft(name="去年の製品", support_hours="平日の9時から18時まで", rto_hours=12)
    target = market.editor.post("/api/v1/software", json={"answers": {"name": "今年の製品"}}).json()
    path = f"/api/v1/software/{target['id']}"
    body = {"source": source["id"], "groups": ["operations"]}
    assert market.editor.post(f"{path}/copies", json=body).status_code == 428
    copied = market.editor.post(f"{path}/copies", json=body, headers={"If-Match": target["draft"]["etag"]})
    assert copied.status_code == 200, copied.text
    answers = copied.json()["draft"]["answers"]
    assert answers["name"] == "今年の製品"
    assert answers["support_hours"] == "平日の9時から18時まで"
    assert set(answers) < set(source["draft"]["answers"])
    stale = market.editor.post(f"{path}/copies", json=body, headers={"If-Match": target["draft"]["etag"]})
    assert stale.status_code == 412
    again = market.editor.post(f"{path}/copies", json=body, headers={"If-Match": "*"})
    assert again.json()["draft"]["etag"] == copied.json()["draft"]["etag"]


def test_faults_of_a_copy_all_at_once(market: Market) -> None:
    own = market.draft()
    other = market.seller.post("/api/v1/software", json={"answers": {"name": "他社"}}).json()
    for source in (other["id"], "sw_unknown"):
        body = {"source": source, "groups": ["operations", "operation"]}
        refused = market.editor.post(
            f"/api/v1/software/{own['id']}/copies", json=body, headers={"If-Match": "*"}
        )
        assert refused.status_code == 422
        assert {fault["pointer"] for fault in refused.json()["errors"]} == {"/source", "/groups/1"}
    assert (
        market.editor.post("/api/v1/software", json={"answers": {}, "copy_of": other["id"]}).status_code
        == 422
    )


def test_a_new_offer_from_last_years(market: Market) -> None:
    software = market.published()
    old = market.published_offer(software, name="2026年度プラン")
    body = {"software_id": software, "copy_of": old, "answers": {"name": "2027年度プラン", "options": None}}
    made = market.editor.post("/api/v1/offers", json=body)
    assert made.status_code == 201, made.text
    before = market.editor.get(f"/api/v1/offers/{old}").json()["live"]["answers"]
    expected = {**before, "name": "2027年度プラン"}
    del expected["options"]
    assert made.json()["draft"]["answers"] == expected
    assert made.json()["status"] == "unpublished"


def test_the_pages_show_what_changes_before_it_does(market: Market) -> None:
    browser = market.world.client(market.editor_login)
    source = market.draft(name="元の製品")
    target = market.editor.post("/api/v1/software", json={"answers": {"name": "先の製品"}}).json()
    address = f"/vendor/software/{target['id']}"
    assert "元の製品" in browser.get(f"{address}/copies").text
    none = browser.get(f"{address}/copies", params={"source": source["id"]})
    assert none.status_code == 422
    assert "写す節が選ばれていません" in none.text
    shown = browser.get(
        f"{address}/copies", params={"source": source["id"], "groups": ["security", "support"]}
    )
    assert shown.status_code == 200
    assert "変わるところ" in shown.text
    assert market.editor.get(f"/api/v1/software/{target['id']}").json()["draft"]["answers"] == {
        "name": "先の製品"
    }
    done = browser.post(f"{address}/copies", data=form_of(shown.text, f"{address}/copies"))
    assert done.status_code == 303, done.text
    copied = market.editor.get(f"/api/v1/software/{target['id']}").json()["draft"]["answers"]
    assert "security_registrations" in copied
    assert copied["name"] == "先の製品"

    page = browser.get(f"/vendor/software/{source['id']}")
    new = browser.post(
        f"/vendor/software/{source['id']}/duplication",
        data=form_of(page.text, f"/vendor/software/{source['id']}/duplication"),
    )
    assert new.status_code == 303
    made = market.editor.get(f"/api/v1/software/{new.headers['location'].split('/')[3]}").json()
    assert made["draft"]["answers"] == source["draft"]["answers"]
