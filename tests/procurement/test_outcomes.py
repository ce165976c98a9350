"""After a decision: each vendor of a candidate is told its own reason and nobody else's, and may ask once."""

from __future__ import annotations

from typing import Any

import pytest

from app.notifications import outcomes as notices
from app.procurement import outcomes
from app.procurement.outcome_words import doubts, names_in, tells_amount
from app.settings import Settings
from tests.procurement.browser import Browser
from tests.procurement.town import DECISION, Town, ok, pointers, stranger
from tests.world import Login

PRICE = {"amount": 1_987_654, "basis": "参考見積", "decided_on": "2026-11-24", "decided_by": "総務課長"}


class Rival:
    """A second vendor with a software of its own on the town's shelf, and somebody there."""

    def __init__(self, town: Town) -> None:
        self.vendor = town.world.vendor("ライバル情報株式会社")
        self.software = town.shelf.software(
            self.vendor, "窓口ライバル（架空）", accessibility_level="aa", main_functions="窓口の受付"
        )
        town.shelf.rebuild()
        self.login: Login = town.world.login(self.vendor, "vendor_editor")


def _decided(town: Town, rival: Rival, reason: str = "条件を満たすため。") -> str:
    """A project in which both vendors were candidates and the town's own vendor was selected."""
    project_id, item_id = town.assessed_with(rival.software)
    path = f"/api/v1/projects/{project_id}"
    ok(town.officer.put(f"{path}/estimated-price", json=PRICE))
    given = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": reason}
    ok(town.officer.post(f"{path}/selection", json=given), 201)
    assert ok(town.officer.get(f"{path}/outcomes"))["items"] == [], "nothing before the decision"
    assert town.officer.post(f"{path}/outcomes/notification").status_code == 409
    ok(town.approver_page.post(f"{path}/selection/confirmation", json=DECISION))
    return project_id


def _of(town: Town, project_id: str, vendor_id: str) -> dict[str, Any]:
    found = ok(town.officer.get(f"/api/v1/projects/{project_id}/outcomes"))["items"]
    return next(item for item in found if item["vendor_id"] == vendor_id)


def test_the_officer_mends_sends_and_answers_and_the_vendor_asks_once(town: Town, settings: Settings) -> None:
    rival = Rival(town)
    project_id = _decided(town, rival, "まどぐちナビ（架空）が最も安く、198点だったため。")
    path = f"/api/v1/projects/{project_id}/outcomes"
    mine, theirs = (_of(town, project_id, id_) for id_ in (town.vendor.id, rival.vendor.id))
    assert (mine["result"], theirs["result"]) == ("selected", "not_selected")
    assert theirs["reason"] == "", "a reason that names another vendor's product or a score is not taken over"
    vendor = town.world.api(rival.login)
    assert ok(vendor.get("/api/v1/outcomes"))["items"] == [], "not before it is sent"
    assert vendor.get(f"/api/v1/outcomes/{theirs['id']}").status_code == 404

    page = Browser(town.officer_page).get(f"/projects/{project_id}")
    mine_name, theirs_name = f"outcome-{mine['id']}", f"outcome-{theirs['id']}"
    texts: dict[str, Any] = {
        mine_name: "条件を全て満たすため。",
        theirs_name: "架空ソフト株式会社より劣り、予定価格1,987千円を超えた。",
    }
    texts[theirs_name] = "架空ソフト株式会社より高く、１，９８７，６５４円を超えたため。"
    page.press("通知する", status=422, **texts)
    assert "架空ソフト株式会社より高く" in page.text, "nothing typed is lost"
    assert "ほかの事業者または製品の名称「架空ソフト株式会社」" in page.text
    assert "予定価格の額があります" in page.text
    assert _of(town, project_id, rival.vendor.id)["status"] == "prepared"
    texts[theirs_name] = "利用人数の条件に合わなかったため。"
    page.press("理由を保存する", **texts)
    assert _of(town, project_id, rival.vendor.id)["status"] == "prepared"
    page.press("通知する")
    assert town.officer.post(f"{path}/notification").status_code == 409
    one = town.officer.get(f"{path}/{theirs['id']}")
    late = {"reason": "やはり別の理由。"}
    tag = {"If-Match": one.headers["etag"]}
    assert town.officer.patch(f"{path}/{theirs['id']}", json=late, headers=tag).status_code == 409

    told = ok(vendor.get("/api/v1/outcomes"))["items"]
    assert [(item["reason"], item["project_id"]) for item in told] == [
        ("利用人数の条件に合わなかったため。", None)
    ]
    assert "架空ソフト" not in str(told)
    assert "まどぐちナビ" not in str(told)
    with town.world.read() as session:
        notice = notices.sent(session, theirs["id"])
        assert notice is not None
        assert [to.person_id for to in notice.recipients] == [rival.login.person_id]
        assert "まどぐちナビ" not in str(notice.facts)

    asking = Browser(town.world.client(rival.login)).get("/vendor/outcomes")
    asking.get(f"/vendor/outcomes/{theirs['id']}").press("質問を送る", status=422, question=" ")
    asking.press("質問を送る", question="何人分が足りませんでしたか。")
    again = vendor.post(f"/api/v1/outcomes/{theirs['id']}/question", json={"question": "もう一つ"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/outcome-asked")
    assert "1回だけ" in again.json()["detail"]
    assert [row.key for row in town.messages("notify.outcome-asked")] == [theirs["id"]]

    answered = f"{path}/{theirs['id']}/answer"
    assert pointers(town.officer.post(answered, json={"answer": "まどぐちナビ（架空）は45人分です。"})) == {
        "/answer"
    }
    given: dict[str, Any] = {f"answer-{theirs['id']}": "20人分です。"}
    Browser(town.officer_page).get(f"/projects/{project_id}").press("回答を送る", **given)
    assert town.officer.post(answered, json={"answer": "x"}).status_code == 409
    assert ok(vendor.get(f"/api/v1/outcomes/{theirs['id']}"))["answer"] == "20人分です。"
    record = ok(town.officer.get(f"/api/v1/projects/{project_id}/evidence"))
    assert [item["answer"] for item in record["outcomes"] if item["question"]] == ["20人分です。"]
    for action in ("outcome.revised", "outcome.sent", "outcome.asked", "outcome.answered"):
        assert town.events(action), action
    assert "20人分です。" in Browser(town.officer_page).get(f"/projects/{project_id}/statement").text
    assert stranger(town).get(path).status_code == 404
    assert town.world.api(town.vendor_login).get(f"/api/v1/outcomes/{theirs['id']}").status_code == 404


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # no query of its own
def test_developer_and_seller_are_both_told_and_may_be_told_of_each_other(town: Town) -> None:
    rival = Rival(town)
    seller = town.world.vendor("架空販売代理株式会社")
    town.shelf.seller(town.good, seller)
    offer = town.shelf.offer(seller, town.good, "代理店プラン（架空）")
    town.shelf.rebuild()
    project_id = town.project()
    town.locked(project_id)
    path = f"/api/v1/projects/{project_id}"
    chosen = {"software_id": town.good, "offer_id": offer}
    item = ok(town.officer.post(f"{path}/shortlist", json=chosen), 201)
    for left_out in (
        {"condition_id": town.condition(project_id), "include_unanswered": True},
        {"software_ids": [rival.software]},
    ):
        ok(town.officer.post(f"{path}/exclusions", json=left_out | {"reason": "必須のため。"}), 201)
    given = {"outcome": "awarded", "shortlist_item_id": item["id"], "reason": "条件を満たすため。"}
    ok(town.officer.post(f"{path}/selection", json=given), 201)
    ok(town.approver_page.post(f"{path}/selection/confirmation", json=DECISION))
    ids = {town.vendor.id: town.vendor_login, seller.id: town.world.login(seller, "vendor_admin")}
    rows = {row["vendor_id"]: row for row in ok(town.officer.get(f"{path}/outcomes"))["items"]}
    assert {vendor: row["result"] for vendor, row in rows.items()} == dict.fromkeys(ids, "selected")
    reason = f"「まどぐちナビ（架空）」を、{town.vendor.name}の販売者である{seller.name}から調達するため。"
    for row in rows.values():
        address, tag = f"{path}/outcomes/{row['id']}", {"If-Match": "*"}
        wrong = {"reason": f"{rival.vendor.name}より優れるため。"}
        assert pointers(town.officer.patch(address, json=wrong, headers=tag)) == {"/reason"}
        ok(town.officer.patch(address, json={"reason": reason}, headers=tag))
    ok(town.officer.post(f"{path}/outcomes/notification"))
    for vendor, login in ids.items():
        (told,) = ok(town.world.api(login).get("/api/v1/outcomes"))["items"]
        assert (told["vendor_id"], told["reason"]) == (vendor, reason)
    assert ok(town.world.api(rival.login).get("/api/v1/outcomes"))["items"] == [], "it was no candidate"


def test_questions_end_and_the_body_is_reminded_once(town: Town, settings: Settings) -> None:
    rival = Rival(town)
    project_id = _decided(town, rival)
    for days, reminded in ((6, 0), (2, 1), (9, 1)):
        town.world.clock.move(days=days)
        with town.world.database.write() as session:
            outcomes.remind(session, settings, town.world.clock)
        assert len(town.messages("notify.outcome-unsent")) == reminded, days
    officer = town.world.api(town.world.login(town.body, "buyer_officer"))
    sent = ok(officer.post(f"/api/v1/projects/{project_id}/outcomes/notification"))["items"]
    assert {item["reason"] for item in sent} == {"条件を満たすため。"}, "what names nobody is taken over"
    theirs = next(item for item in sent if item["vendor_id"] == rival.vendor.id)
    assert theirs["ask_until"] == "2027-01-15", "20 working days after 11 December"
    town.world.clock.move(days=40)
    late = town.world.api(town.world.login(rival.vendor, "vendor_admin")).post(
        f"/api/v1/outcomes/{theirs['id']}/question", json={"question": "遅れました"}
    )
    assert (late.status_code, late.json()["type"]) == (409, "/problems/outcome-question-late")


def test_a_cancelled_project_tells_those_who_were_candidates(town: Town) -> None:
    project_id, item_id = town.assessed()
    path = f"/api/v1/projects/{project_id}"
    ok(town.officer.post(f"{path}/shortlist/{item_id}/removal", json={"reason": "端末で使えないため。"}))
    ok(town.officer.post(f"{path}/cancellation", json={"reason": "予算が付かなかったため。"}))
    (only,) = ok(town.officer.get(f"{path}/outcomes"))["items"]
    assert (only["result"], only["reason"]) == ("cancelled", "端末で使えないため。")
    empty = town.officer.patch(
        f"{path}/outcomes/{only['id']}", json={"reason": ""}, headers={"If-Match": "*"}
    )
    assert empty.status_code == 200, "a draft may be empty"
    assert pointers(town.officer.post(f"{path}/outcomes/notification")) == {f"/{only['id']}/reason"}


@pytest.mark.parametrize(
    "text",
    [
        "1987654",
        "1,987,654円",
        "１，９８７，６５４",
        "1_987_654",
        "198万7654円",
        "198.7654万円",
        "1987.654千円",
    ],
)
def test_the_estimated_price_is_known_in_every_shape(text: str) -> None:
    assert tells_amount(f"上限の{text}を超えたため。", 1_987_654)
    assert not tells_amount(f"上限の{text}を超えたため。", 987_654)


def test_names_within_the_own_name_are_no_others() -> None:
    others = {"窓口ひとつ", "ＡＢＣ社"}
    assert names_in("窓口ひとつプラスは条件に合わない。", others, {"窓口ひとつプラス"}) == []
    assert names_in("abc社と窓口ひとつに劣る。", others, {"窓口ひとつプラス"}) == ["窓口ひとつ", "ＡＢＣ社"]
    assert len(doubts("85点、月額12万円のため。")) == 2
