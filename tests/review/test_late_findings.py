"""What was visible the first time cannot be a new finding the second time, unless the reviewer says why."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.listings.market import Market
from tests.review.steps import edit, post, running_market
from tests.support.databases import Databases
from tests.web.test_review_pages import press
from tests.web.test_vendor_pages import form_of


@pytest.fixture
def market(databases: Databases, tmp_path: Any) -> Any:
    with running_market(databases, tmp_path) as market:
        yield market


def finding(market: Market, case_id: str, field: str, **more: str) -> Any:
    body = {"field": field, "reason_code": "unclear", "text": "直してください。", **more}
    return post(market.reviewer, f"/reviews/{case_id}/findings", body)


def test_a_second_review_holds_to_what_the_first_saw(market: Market) -> None:
    path = f"/software/{market.draft()['id']}"
    first = market.claim(market.submit(path))
    withdrawn = finding(market, first["id"], "description").json()
    assert (
        post(market.reviewer, f"/reviews/{first['id']}/findings/{withdrawn['id']}/withdrawal").status_code
        == 200
    )
    assert finding(market, first["id"], "summary").status_code == 201
    assert market.decide(first, "return").status_code == 200
    edit(market, path, contact_phone="03-0000-1111", name_en="Changed")
    second = market.claim(market.submit(path))
    # A finding stood on the summary, and the telephone number is another: both may be said freely.
    for field in ("summary", "contact_phone", "name_en"):
        assert finding(market, second["id"], field).status_code == 201, field
    for field in ("name", "description"):
        refused = finding(market, second["id"], field)
        assert refused.status_code == 422, field
        assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
            ("/late_reason", "late_finding")
        ]
    both = finding(market, second["id"], "name", reason_code="no_such")
    assert {one["pointer"] for one in both.json()["errors"]} == {"/reason_code", "/late_reason"}
    assert finding(market, second["id"], "name", late_reason="  ").status_code == 422
    given = finding(market, second["id"], "name", late_reason="商標の照会の回答が今日届いたため")
    assert given.json()["late_reason"] == "商標の照会の回答が今日届いたため"
    # Something changed, so a word on the whole is no late one.
    assert finding(market, second["id"], "").status_code == 201
    assert market.decide(second, "return").status_code == 200
    told = market.editor.get(f"/api/v1{path}/decision").json()["decision"]["findings"]
    assert [row["late_reason"] for row in told if row["field"] == "name"] == [
        "商標の照会の回答が今日届いたため"
    ]
    assert all(row["late_reason"] == "" for row in told if row["field"] != "name")
    own = market.world.client(market.editor_login).get(f"/vendor{path}").text
    assert "最初の審査では指摘していませんでした。後から指摘する理由：商標の照会の回答" in own
    # The third time, what the second review found stands too; what neither found is late as before.
    third = market.claim(market.submit(path))
    assert finding(market, third["id"], "name").status_code == 201
    assert finding(market, third["id"], "description").status_code == 422


def test_an_unchanged_resubmission_is_late_as_a_whole(market: Market) -> None:
    path = f"/software/{market.draft()['id']}"
    first = market.claim(market.submit(path))
    finding(market, first["id"], "summary")
    market.decide(first, "return")
    second = market.claim(market.submit(path))
    assert finding(market, second["id"], "").json()["errors"][0]["code"] == "late_finding"
    assert finding(market, second["id"], "summary").status_code == 201


def test_another_revision_begins_anew(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    edit(market, path, summary="次の概要です。")
    case = market.claim(market.submit(path))
    assert finding(market, case["id"], "description").status_code == 201


def test_the_page_warns_and_asks_for_the_reason(market: Market) -> None:
    path = f"/software/{market.draft()['id']}"
    first = market.claim(market.submit(path))
    finding(market, first["id"], "summary")
    market.decide(first, "return")
    edit(market, path, summary="直した概要です。")
    second = market.claim(market.submit(path))
    page = f"/review/cases/{second['id']}"
    shown = market.reviewer.get(page).text
    assert "最初の審査からの違い（1件）" in shown
    assert "直した概要です。" in shown
    assert "late_reason" not in form_of(shown, f"{page}/findings")
    typed = {"field": "name", "reason_code": "unclear", "text": "書いた指摘"}
    status, text = press(market.reviewer, page, f"{page}/findings", **typed)
    assert status == 422
    assert "そのときは指摘がありませんでした" in text
    again = form_of(text, f"{page}/findings")
    assert again["text"][-1].strip() == "書いた指摘"
    assert "late_reason" in again
    answer = market.reviewer.post(f"{page}/findings", data=again | {"late_reason": ["照会の結果が届いた"]})
    assert answer.status_code == 303
    listed = BeautifulSoup(market.reviewer.get(page).text, "html.parser").get_text()
    assert "後から指摘する理由：照会の結果が届いた" in listed
