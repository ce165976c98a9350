"""The reviewers' desk: many at once, reassignment, absence, phrases, next case, overview, published in error."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.kit.working_days import working_days_between
from tests.listings.market import Market
from tests.review.steps import edit, post, running_market
from tests.support.databases import Databases
from tests.web.test_review_pages import press
from tests.web.test_vendor_pages import form_of


@pytest.fixture
def market(databases: Databases, tmp_path: Any) -> Any:
    with running_market(databases, tmp_path, standard_days=5) as market:
        yield market


def submitted(market: Market, *names: str) -> list[str]:
    return [market.submit(f"/software/{market.draft(name=name, name_en=name)['id']}") for name in names]


def statuses(market: Market, case_ids: list[str]) -> list[str]:
    return [market.reviewer.get(f"/api/v1/reviews/{one}").json()["status"] for one in case_ids]


def test_the_vendors_page_takes_and_approves_what_was_ticked(market: Market) -> None:
    first, second = submitted(market, "Alpha", "Bravo")
    page = f"/review/vendors/{market.vendor.id}"
    assert press(market.reviewer, page, f"{page}/claims")[0] == 422
    form = form_of(market.reviewer.get(page).text, f"{page}/claims")
    assert market.reviewer.post(f"{page}/claims", data=form | {"claim": [first, second]}).status_code == 303
    form = form_of(market.reviewer.get(page).text, f"{page}/approvals") | {"approve": [first, second]}
    market.editor.post(f"/api/v1/software/{_entry(market, second)}/recall")
    late = market.reviewer.post(f"{page}/approvals", data=form | {"comment": ["書いたコメント"]})
    assert late.status_code == 409
    assert "「Bravo」" in late.text
    assert statuses(market, [first]) == ["claimed"]
    form = form_of(market.reviewer.get(page).text, f"{page}/approvals") | {"approve": [first]}
    assert market.reviewer.post(f"{page}/approvals", data=form).status_code == 303
    assert statuses(market, [first]) == ["approved"]


def _entry(market: Market, case_id: str) -> str:
    found: str = market.reviewer.get(f"/api/v1/reviews/{case_id}").json()["entry_id"]
    return found


def test_a_case_goes_to_a_colleague_with_a_reason(market: Market) -> None:
    (case_id,) = submitted(market, "Alpha")
    colleague = market.second_reviewer_login.person_id
    page = f"/review/cases/{case_id}/reassignment"
    status, text = press(market.reviewer, page, page, reviewer=market.agency_login.person_id, reason="")
    assert (status, "その審査担当はいないか" in text, "理由」は必要" in text) == (422, True, True)
    done = press(market.reviewer, page, page, reviewer=colleague, reason="専門の担当へ")
    assert done == (303, f"/review/cases/{case_id}")
    case = market.second_reviewer.get(f"/api/v1/reviews/{case_id}").json()
    assert (case["status"], case["mine"]) == ("claimed", True)
    assert "専門の担当へ" in case["notes"][0]["text"]
    again = {"reviewer": colleague, "reason": "x"}
    assert (
        post(market.reviewer, f"/reviews/{case_id}/reassignment", again).json()["errors"][0]["code"]
        == "has_it"
    )
    market.world.join(market.reviewer_login, market.vendor)
    back = {"reviewer": market.reviewer_login.person_id, "reason": "x"}
    refused = post(market.second_reviewer, f"/reviews/{case_id}/reassignment", back)
    assert refused.json()["errors"][0]["code"] == "four_eyes"


def test_an_absent_reviewer_hands_over_and_is_offered_nothing(market: Market) -> None:
    first, second, third = submitted(market, "Alpha", "Bravo", "Charlie")
    market.claim(first)
    market.claim(second)
    page = "/review/absences"
    status, text = press(
        market.reviewer, page, page, until="2026-11-01", deputy=market.reviewer_login.person_id
    )
    assert (status, "過去です" in text, "不在でないほかの審査担当" in text) == (422, True, True)
    # The deputy belongs to the vendor: four eyes send the cases back to the queue instead.
    market.world.join(market.second_reviewer_login, market.vendor)
    body = {"until": "2026-12-04", "deputy": market.second_reviewer_login.person_id}
    begun = post(market.reviewer, "/review-absences", body)
    assert (begun.status_code, begun.json()["passed"], begun.json()["queued"]) == (201, 0, 2)
    assert statuses(market, [first, second, third]) == ["queued"] * 3
    assert post(market.reviewer, "/review-absences", body).status_code == 409
    assert post(market.reviewer, f"/reviews/{third}/claim").status_code == 409
    assert market.reviewer.get("/api/v1/reviews/next").json() == {"case_id": None}
    assert "2026年12月4日" in market.second_reviewer.get(page).text
    ended = post(market.reviewer, f"/review-absences/{begun.json()['id']}/ending")
    assert (ended.status_code, ended.json()["current"]) == (200, False)
    assert market.reviewer.get("/api/v1/reviews/next").json() == {"case_id": first}
    # With a deputy who may decide, the cases go there; the day after the last one, the reviewer is back by itself.
    third_reviewer = market.world.login(market.world.agency(), "reviewer")
    market.claim(first)
    passed = press(market.reviewer, page, page, until="令和8年11月25日", deputy=third_reviewer.person_id)
    assert passed == (303, page)
    assert market.world.client(third_reviewer).get(f"/api/v1/reviews/{first}").json()["mine"] is True
    market.world.clock.move(days=2)
    fresh = market.world.client(market.world.login(market.world.agency(), "reviewer"))
    away = [one["away_until"] for one in fresh.get("/api/v1/reviewers").json()["items"]]
    assert away == [None] * 4


def test_phrases_are_kept_and_put_into_a_finding_without_script(market: Market) -> None:
    page = "/review/phrases"
    status, text = press(market.reviewer, page, page, title="概要", text="残る文")
    assert (status, "残る文" in text) == (422, True)
    assert press(market.reviewer, page, page, title="概要", reason_code="unclear", text="誰の業務か。") == (
        303,
        page,
    )
    (phrase,) = market.reviewer.get("/api/v1/review-phrases").json()["items"]
    path = f"/api/v1/review-phrases/{phrase['id']}"
    body = {"title": "概要", "reason_code": "unclear", "text": "誰のどの業務かを書いてください。"}
    assert market.reviewer.patch(path, json=body).status_code == 428
    assert market.reviewer.patch(path, json=body, headers={"If-Match": phrase["etag"]}).status_code == 200
    assert market.reviewer.patch(path, json=body, headers={"If-Match": phrase["etag"]}).status_code == 412
    assert market.agency.post("/api/v1/review-phrases", json=body).status_code == 403
    (case_id,) = submitted(market, "Alpha")
    market.claim(case_id)
    case = f"/review/cases/{case_id}"
    form = form_of(market.reviewer.get(case).text, f"{case}/findings")
    typed = form | {
        "phrase": [phrase["id"]],
        "text": ["書きかけ"],
        "field": ["summary"],
        "action": ["insert"],
    }
    shown = market.reviewer.post(f"{case}/findings", data=typed)
    assert shown.status_code == 200
    filled = form_of(shown.text, f"{case}/findings")
    assert filled["text"][-1].strip().split() == ["書きかけ", "誰のどの業務かを書いてください。"]
    filled.pop("action", None)
    assert market.reviewer.post(f"{case}/findings", data=filled).status_code == 303
    (found,) = market.reviewer.get(f"/api/v1/reviews/{case_id}").json()["findings"]
    assert (found["field"], found["reason_code"]) == ("summary", "unclear")
    assert press(market.reviewer, page, f"{page}/{phrase['id']}/retirement") == (303, page)
    assert market.reviewer.get("/api/v1/review-phrases").json()["items"] == []
    assert phrase["id"] not in market.reviewer.get(case).text


def test_queue_place_standard_time_and_stages(market: Market) -> None:
    first, second = submitted(market, "Alpha", "Bravo")
    path = f"/software/{_entry(market, second)}"

    def waiting() -> tuple[int | None, str]:
        found = market.editor.get(f"/api/v1{path}/submission").json()["open"]
        return found["place"], found["due_on"]

    assert waiting() == (2, "2026-12-01")
    own = market.world.client(market.editor_login)
    assert "受付待ちの2番目です" in own.get(f"/vendor{path}").text
    market.claim(first)
    assert waiting() == (1, "2026-12-01")
    market.world.clock.move(minutes=6)
    case = market.claim(second)
    assert waiting()[0] is None
    body = {"field": "summary", "reason_code": "unclear", "text": "直してください。"}
    assert post(market.reviewer, f"/reviews/{second}/findings", body).status_code == 201
    market.world.clock.move(minutes=3)
    assert market.decide(case, "return").status_code == 200
    market.world.clock.move(days=1, minutes=30)
    edit(market, path, summary="直した概要です。")
    market.submit(path)
    reviewer = market.world.client(market.world.login(market.world.agency(), "reviewer"))
    view = reviewer.get("/api/v1/reviews/overview").json()
    stages = {one["stage"]: one for one in view["stages"]}
    assert (stages["queued"]["now"], stages["queued"]["median_hours"]) == (1, 0.1)
    assert (stages["claimed"]["now"], stages["claimed"]["ended"]) == (1, 1)
    assert (stages["vendor"]["median_hours"], stages["vendor"]["median_working_days"]) == (24.5, 1.0)
    assert view["oldest"][0]["case"]["id"] == first
    assert (view["open_cases"], view["overdue"]) == (2, 0)
    market.world.clock.move(days=10)
    reviewer = market.world.client(market.world.login(market.world.agency(), "reviewer"))
    assert reviewer.get("/api/v1/reviews/overview").json()["overdue"] == 2
    page = BeautifulSoup(reviewer.get("/review/overview").text, "html.parser").get_text()
    assert "過ぎています" in page
    assert reviewer.get("/review/next").headers["location"].startswith("/review/cases/")
    assert market.world.api(market.editor_login).get("/api/v1/reviews/overview").status_code == 403


def test_published_in_error(market: Market) -> None:
    software_id = market.published()
    path, page = f"/software/{software_id}", f"/agency/listings/software/{software_id}/revocation"
    edit(market, path, summary="誤って公開された概要です。")
    market.approve(path)
    body = {"revision_id": "rev_no", "reason": "取違え", "note": "お知らせ"}
    assert post(market.reviewer, f"{path}/revocation", body).status_code == 403
    assert post(market.agency, f"{path}/revocation", body).status_code == 409
    status, text = press(market.agency, page, page, note="残るお知らせ")
    assert (status, "残るお知らせ" in text, "第1版を、すぐに公開" in text) == (422, True, True)
    assert press(market.agency, page, page, reason="取違え", note="別の版を公開していました。")[0] == 303
    assert market.visitor.get(f"/api/v1{path}").json()["live"]["number"] == 1
    assert "別の版を公開していました。" in market.visitor.get(f"/listings/{software_id}").text
    own = market.world.client(market.editor_login).get(f"/vendor{path}").text
    assert "理由：取違え" in own
    # Without an earlier revision nothing is left to show but the note, and nothing to resume.
    live = market.visitor.get(f"/api/v1{path}").json()["live"]["id"]
    body = {"revision_id": live, "reason": "取違え", "note": "誤りでした。"}
    assert post(market.agency, f"{path}/revocation", body).status_code == 200
    gone = market.visitor.get(f"/api/v1{path}")
    assert (gone.status_code, gone.json()["note"]) == (410, "誤りでした。")
    assert post(market.agency, f"{path}/revocation", body).status_code == 409
    assert post(market.agency, f"{path}/resumption").status_code == 409
    edit(market, path, summary="正しい概要です。")
    market.approve(path)
    assert market.visitor.get(f"/api/v1{path}").status_code == 410
    assert post(market.agency, f"{path}/resumption").status_code == 200
    assert market.visitor.get(f"/api/v1{path}").json()["live"]["number"] == 3


def test_working_days_between() -> None:
    from datetime import date

    assert working_days_between(date(2026, 11, 20), date(2026, 11, 24)) == 1  # a weekend and 勤労感謝の日
    assert working_days_between(date(2026, 12, 28), date(2027, 1, 4)) == 1
    assert working_days_between(date(2026, 11, 24), date(2026, 11, 24)) == 0
