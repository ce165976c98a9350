"""The reviewers' and the Agency's pages: queue, case, decision on what the form showed, suspension."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.listings.market import Market
from tests.web.test_vendor_pages import form_of
from tests.world import World


@pytest.fixture
def market(world: World) -> Market:
    """A vendor, a rival, the Agency."""
    return Market(world)


def press(client: TestClient, page: str, action: str, **typed: str) -> tuple[int, str]:
    """Open a page, fill in the form with that action, send it; status and where it leads or what it says."""
    shown = client.get(page)
    assert shown.status_code == 200, shown.text
    answer = client.post(action, data=form_of(shown.text, action) | {k: [v] for k, v in typed.items()})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_from_the_queue_to_an_approval(market: Market, client: TestClient) -> None:
    software_id = market.published()
    path = f"/api/v1/software/{software_id}"
    etag = market.editor.get(path).headers["etag"]
    market.editor.patch(path, json={"answers": {"summary": "次の概要です。"}}, headers={"If-Match": etag})
    case_id = market.submit(f"/software/{software_id}")
    page = f"/review/cases/{case_id}"
    queue = market.reviewer.get("/review")
    assert page in [link.get("href") for link in BeautifulSoup(queue.text, "html.parser").find_all("a")]
    assert press(market.reviewer, page, f"{page}/claim") == (303, page)
    case = market.reviewer.get(page).text
    for said in ("次の概要です。", "公開中の第1版との違い（1件）", "自動の確認", "基本契約"):
        assert said in case
    assert f"{page}/decision" not in market.second_reviewer.get(page).text
    status, text = press(market.reviewer, page, f"{page}/decision/confirmation", comment="書きかけのコメント")
    assert status == 422
    assert "書きかけのコメント" in text
    asked = f"{page}/decision/confirmation"
    status, text = press(market.reviewer, page, asked, verdict="return", comment="指摘なし")
    assert (status, "差戻しには指摘が必要です" in text) == (422, True)
    status, text = press(market.reviewer, page, f"{page}/findings", reason_code="unclear", text="")
    assert status == 422
    # What was left out is in sight: nothing of the form opened it, as both were sent empty.
    status, text = press(market.reviewer, page, f"{page}/findings", reason_code="", text="")
    assert (status, "<details open><summary>指摘を書く" in text) == (422, True)
    finding = press(
        market.reviewer, page, f"{page}/findings", field="summary", reason_code="unclear", text="指摘の本文"
    )
    assert finding == (303, f"{page}#findings")
    assert press(market.reviewer, page, f"{page}/notes", note="内輪のメモ") == (303, f"{page}#notes")
    shown = market.reviewer.get(page).text
    assert "指摘の本文" in shown
    assert "内輪のメモ" in shown
    # The change is marked word by word; the decision is said back before it is taken, and can be mended.
    changed = BeautifulSoup(shown, "html.parser").select(
        "#changes ~ div td, section[aria-labelledby=changes] td"
    )
    assert [cell.select_one("del, ins") is not None for cell in changed] == [True, True]
    status, text = press(market.reviewer, page, asked, verdict="approve", comment="よい")
    assert status == 200
    assert "押すと、すぐに公開されます" in text
    assert market.visitor.get(path).json()["live"]["answers"]["summary"] != "次の概要です。"
    back = market.reviewer.post(asked, data=form_of(text, asked) | {"action": ["back"]}).text
    assert form_of(back, asked)["comment"] == ["よい"]
    done = market.reviewer.post(f"{page}/decision", data=form_of(text, f"{page}/decision"))
    assert (done.status_code, done.headers["location"]) == (303, "/review")
    assert market.visitor.get(path).json()["live"]["answers"]["summary"] == "次の概要です。"
    assert "承認" in market.reviewer.get(page).text
    assert client.get(page).headers["location"].startswith("/login")
    assert market.world.client(market.editor_login).get(page).status_code == 403


def test_the_queue_is_narrowed_by_a_part_of_a_vendors_name(market: Market) -> None:
    case_id = market.submit(f"/software/{market.draft()['id']}")
    part = market.vendor.name[1:3]
    for vendor, found in ((part, True), (market.vendor.id, True), ("ない名前", False), ("%", False)):
        assert (case_id in market.reviewer.get("/review", params={"vendor": vendor}).text) is found, vendor


def test_the_form_decides_only_on_what_it_showed(market: Market) -> None:
    path = f"/software/{market.draft()['id']}"
    case_id = market.submit(path)
    page = f"/review/cases/{case_id}"
    press(market.reviewer, page, f"{page}/claim")
    form = form_of(market.reviewer.get(page).text, f"{page}/decision/confirmation") | {"verdict": ["approve"]}
    assert market.editor.post(f"/api/v1{path}/recall").status_code == 200
    etag = market.editor.get(f"/api/v1{path}").headers["etag"]
    body = {"answers": {"summary": "すり替えた概要"}}
    assert market.editor.patch(f"/api/v1{path}", json=body, headers={"If-Match": etag}).status_code == 200
    market.submit(path)
    late = market.reviewer.post(f"{page}/decision", data=form)
    assert late.status_code == 409
    assert market.visitor.get(f"/api/v1{path}").status_code == 404


def test_giving_a_case_back_and_taking_a_finding_back(market: Market) -> None:
    page = f"/review/cases/{market.submit('/software/' + market.draft()['id'])}"
    press(market.reviewer, page, f"{page}/claim")
    press(market.reviewer, page, f"{page}/findings", field="name", reason_code="other", text="取り消す指摘")
    case_id = page.rsplit("/", 1)[1]
    found = market.reviewer.get(f"/api/v1/reviews/{case_id}").json()["findings"][0]["id"]
    address = f"{page}/findings/{found}/withdrawal"
    assert press(market.reviewer, page, address) == (303, f"{page}#findings")
    assert "取り消す指摘" not in market.reviewer.get(page).text
    assert press(market.reviewer, page, f"{page}/release") == (303, page)
    assert "受付待ち" in market.reviewer.get(page).text


def test_the_agency_suspends_urgently_with_ground_reason_and_note(market: Market) -> None:
    software_id = market.published()
    address = f"/agency/listings/software/{software_id}/suspension"
    listed = market.agency.get("/agency/listings?kind=software").text
    assert address in listed
    page = f"{address}?urgent=1"
    assert page in market.agency.get(address).text
    status, text = press(market.agency, page, address, note="お知らせの文")
    assert status == 422
    assert "お知らせの文" in text
    assert "「停止の理由」は必要です" in text
    done, where = press(
        market.agency, page, address, ground="security", reason="失効の疑い", phrase="", note="確認中です。"
    )
    assert done == 303
    assert "失効の疑い" in market.agency.get(where).text
    assert market.visitor.get(f"/api/v1/software/{software_id}").json()["note"] == "確認中です。"
    own = market.world.client(market.editor_login).get(f"/vendor/software/{software_id}").text
    assert "失効の疑い" in own
    again = "/agency/listings?status=suspended"
    action = f"/agency/listings/software/{software_id}/resumption"
    assert press(market.agency, again, action)[0] == 303
    assert market.visitor.get(f"/api/v1/software/{software_id}").status_code == 200
    assert market.reviewer.get("/agency/listings").status_code == 403
