"""A vendor's way through its pages: register, fill in, submit, answer findings; stale saves lose nothing."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup, Tag
from starlette.testclient import TestClient

from tests.listings.market import SCHEMA, Market, offer_answers, software_answers
from tests.world import World


@pytest.fixture
def market(world: World) -> Market:
    """A vendor, a rival, the Agency."""
    return Market(world)


@pytest.fixture
def browser(market: Market) -> TestClient:
    """The vendor's browser."""
    return market.world.client(market.editor_login)


def page_of(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def form_of(text: str, action: str) -> dict[str, list[str]]:
    """What a browser would post for the form with that action, buttons left out."""
    form = page_of(text).find("form", action=action)
    assert isinstance(form, Tag), f"no form {action}"
    values: dict[str, list[str]] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = str(field.get("name", "")), str(field.get("type", "text"))
        if field.name == "select":
            chosen = field.find("option", selected=True)
            values.setdefault(name, []).append(str(chosen["value"]) if isinstance(chosen, Tag) else "")
        elif field.name == "textarea":
            values.setdefault(name, []).append(field.text.removeprefix("\n"))
        elif kind not in ("checkbox", "radio") or field.has_attr("checked"):
            values.setdefault(name, []).append(str(field.get("value", "")))
    return values


def filled(kind: str, group: str, base: dict[str, list[str]]) -> dict[str, list[str]]:
    """The form with the example's answers of one section typed in."""
    answers = software_answers() if kind == "software" else offer_answers()
    names = {field.name for field in SCHEMA.fields(kind) if field.group == group}
    section = {name: value for name, value in answers.items() if name in names}
    typed = SCHEMA.to_form(kind, section)
    return {**base, **{name: value for name, value in typed.items() if name.split("-")[0] in names}}


def test_from_nothing_to_a_submission(browser: TestClient, market: Market) -> None:
    desk = browser.get("/vendor")
    assert desk.status_code == 200
    assert "まだ何も登録されていません" in desk.text
    first, *others = [group.name for group in SCHEMA.groups("software")]
    new = browser.get("/vendor/software/new")
    made = browser.post(
        "/vendor/software/new", data=filled("software", first, form_of(new.text, "/vendor/software/new"))
    )
    assert made.status_code == 303, made.text
    entry_id = made.headers["location"].split("/")[3]
    check = browser.get(f"/vendor/software/{entry_id}/submission")
    links = [str(link["href"]) for link in page_of(check.text).select(".error-summary a")]
    assert f"/vendor/software/{entry_id}/edit/areas#business_areas" in links
    for group in others:
        address = f"/vendor/software/{entry_id}/edit/{group}"
        shown = browser.get(address)
        assert shown.status_code == 200, shown.text
        saved = browser.post(
            address, data=filled("software", group, form_of(shown.text, address)) | {"action": "save"}
        )
        assert saved.status_code == 303, saved.text
    stored = market.editor.get(f"/api/v1/software/{entry_id}").json()["draft"]["answers"]
    assert stored == SCHEMA.normalise("software", software_answers())
    ready = browser.get(f"/vendor/software/{entry_id}/submission")
    address = f"/vendor/software/{entry_id}/submission"
    sent = browser.post(address, data=form_of(ready.text, address))
    assert sent.status_code == 303, sent.text
    overview = browser.get(f"/vendor/software/{entry_id}")
    assert "申請を引き戻して編集する" in overview.text
    assert "審査に出ています" in browser.get("/vendor").text
    back = browser.post(
        f"/vendor/software/{entry_id}/recall",
        data=form_of(overview.text, f"/vendor/software/{entry_id}/recall"),
    )
    assert back.status_code == 303
    preview = page_of(browser.get(f"/vendor/software/{entry_id}/preview").text)
    assert "プレビュー" in preview.text
    assert {"#offers", "#contracts"} <= {str(link["href"]) for link in preview.select("main nav a")}
    assert preview.select("main a[href^='/compare'], main a[href^='/api']") == [], "it is not public"


def test_faults_keep_what_was_typed(browser: TestClient, market: Market) -> None:
    entry_id = market.draft()["id"]
    address = f"/vendor/software/{entry_id}/edit/operations"
    shown = browser.get(address)
    form = form_of(shown.text, address) | {
        "rpo_hours": ["三時間"],
        "rto_hours": ["5000000"],
        "action": ["save"],
    }
    answer = browser.post(address, data=form)
    assert answer.status_code == 422
    page = page_of(answer.text)
    for name in ("rpo_hours", "rto_hours"):
        field = page.find(id=name)
        assert isinstance(field, Tag)
        assert field["value"] == form[name][0]
        assert field["aria-invalid"] == "true"
    before = SCHEMA.normalise("software", software_answers())
    assert market.editor.get(f"/api/v1/software/{entry_id}").json()["draft"]["answers"] == before


def test_a_new_entry_needs_its_name_and_nothing_else(browser: TestClient, market: Market) -> None:
    address = "/vendor/software/new"
    form = form_of(browser.get(address).text, address)
    refused = browser.post(address, data=form | {"summary": ["書きかけの概要"]})
    assert refused.status_code == 422
    assert "「ソフトウェア名」は必要です" in refused.text
    assert form_of(refused.text, address)["summary"] == ["書きかけの概要"]
    assert (
        browser.post(address, data=form_of(refused.text, address) | {"name": ["仮の名前"]}).status_code == 303
    )


def test_a_stale_save_shows_the_difference_and_keeps_the_input(browser: TestClient, market: Market) -> None:
    entry_id = market.draft()["id"]
    address = f"/vendor/software/{entry_id}/edit/identity"
    mine = form_of(browser.get(address).text, address) | {"summary": ["私の概要です。"], "action": ["save"]}
    current = market.editor.get(f"/api/v1/software/{entry_id}")
    patch = {"answers": {"summary": "同僚の概要です。", "description": "同僚の説明です。"}}
    headers = {"If-Match": current.headers["etag"]}
    assert market.editor.patch(f"/api/v1/software/{entry_id}", json=patch, headers=headers).status_code == 200
    stale = browser.post(address, data=mine)
    assert stale.status_code == 412
    assert "同僚の概要です。" in page_of(stale.text).text
    again = form_of(stale.text, address)
    assert again["summary"] == ["私の概要です。"]
    # Only the other changed the description: it is theirs unless asked otherwise; the summary is both's.
    kept = {
        str(box["name"]): str(box["value"])
        for box in page_of(stale.text).select("input[type=radio][form=edit-form][checked]")
    }
    assert kept == {"take-summary": "typed", "take-description": "stored"}
    assert stale.text.count("両方が変更") == 1
    assert browser.post(address, data=again | kept | {"action": ["save"]}).status_code == 303
    now = market.editor.get(f"/api/v1/software/{entry_id}").json()["draft"]["answers"]
    assert (now["summary"], now["description"]) == ("私の概要です。", "同僚の説明です。")
    market.submit(f"/software/{entry_id}")
    late = browser.post(address, data=again | {"summary": ["遅れた概要です。"], "action": ["save"]})
    assert late.status_code in (409, 412)
    assert "遅れた概要です。" in late.text


def test_findings_stand_beside_their_fields(browser: TestClient, market: Market) -> None:
    entry_id = market.draft()["id"]
    case = market.claim(market.submit(f"/software/{entry_id}"))
    finding = {"field": "summary", "reason_code": "unclear", "text": "誰の業務か書いてください。"}
    written = market.reviewer.post(f"/api/v1/reviews/{case['id']}/findings", json=finding)
    assert written.status_code == 201, written.text
    assert "誰の業務か書いてください。" not in browser.get(f"/vendor/software/{entry_id}").text
    assert market.decide(case, "return", "直してください。").status_code == 200
    overview = browser.get(f"/vendor/software/{entry_id}").text
    assert "誰の業務か書いてください。" in overview
    assert "直してください。" in overview
    page = page_of(browser.get(f"/vendor/software/{entry_id}/edit/identity").text)
    remark = page.find(id="summary-error")
    assert isinstance(remark, Tag)
    assert "審査の指摘" in remark.text
    assert "誰の業務か書いてください。" in remark.text


def test_rows_can_be_added_without_saving(browser: TestClient, market: Market) -> None:
    software_id = market.published()
    offer_id = market.offer_draft(software_id)["id"]
    address = f"/vendor/offers/{offer_id}/edit/prices"
    form = form_of(browser.get(address).text, address)
    rows = {name.split("-")[1] for name in form if name.startswith("price_lines-")}
    more = browser.post(address, data=form | {"action": ["add-row:price_lines"]})
    assert more.status_code == 200
    after = {name.split("-")[1] for name in form_of(more.text, address) if name.startswith("price_lines-")}
    assert len(after) > len(rows)
    preview = browser.get(f"/vendor/offers/{offer_id}/preview")
    assert "単価（税込）" in preview.text
    assert browser.get(f"/vendor/offers/{offer_id}").status_code == 200


def test_leaving_and_coming_back(browser: TestClient, market: Market) -> None:
    software_id = market.published()
    place = f"/vendor/software/{software_id}"
    asked = browser.get(f"{place}/withdrawal")
    form = form_of(asked.text, f"{place}/withdrawal") | {"reason": ["統合のため"]}
    assert browser.post(f"{place}/withdrawal", data=form).status_code == 303
    assert "統合のため" not in market.visitor.get(f"/api/v1/software/{software_id}").text
    assert market.agency.get(f"/api/v1/software/{software_id}").json()["end_reason"] == "統合のため"
    overview = browser.get(place)
    assert (
        browser.post(f"{place}/resumption", data=form_of(overview.text, f"{place}/resumption")).status_code
        == 303
    )
    assert market.visitor.get(f"/api/v1/software/{software_id}").status_code == 200
    asked = browser.get(f"{place}/retirement")
    form = form_of(asked.text, f"{place}/retirement")
    bad = browser.post(f"{place}/retirement", data=form | {"last_day": ["令和0年1月1日"]})
    assert bad.status_code == 422
    assert "令和0年1月1日" in bad.text
    done = browser.post(f"{place}/retirement", data=form | {"last_day": ["令和9年3月31日"]})
    assert done.status_code == 303, done.text
    assert market.editor.get(f"/api/v1/software/{software_id}").json()["last_day"] == "2027-03-31"


def test_sellers_by_pages(browser: TestClient, market: Market) -> None:
    software_id = market.published()
    rival = market.world.client(market.rival_login)
    place = f"/vendor/software/{software_id}/sellers"
    form = form_of(browser.get(place).text, place)
    wrong = browser.post(place, data=form | {"seller": ["1234567890123"]})
    assert wrong.status_code == 422
    assert "1234567890123" in wrong.text
    named = browser.post(place, data=form | {"seller": [market.rival.corporate_number or ""]})
    assert named.status_code == 303, named.text
    desk = rival.get("/vendor")
    assert "販売者に指名されています" in desk.text
    accept = f"/vendor/selling/{software_id}/acceptance"
    assert rival.post(accept, data=form_of(desk.text, accept)).status_code == 303
    new = rival.get(f"/vendor/offers/new?software_id={software_id}")
    assert new.status_code == 200
    assert "まどぐちナビ" in new.text
    end = f"{place}/{market.rival.id}/ending"
    ended = browser.post(end, data=form_of(browser.get(end).text, end) | {"last_day": ["2026-12-31"]})
    assert ended.status_code == 303, ended.text


def test_strangers_find_nothing(browser: TestClient, market: Market, client: TestClient) -> None:
    entry_id = market.published()
    rival = market.world.client(market.rival_login)
    paths = [
        "",
        "/preview",
        "/submission",
        "/edit/identity",
        "/withdrawal",
        "/retirement",
        "/revisions/1",
        "/sellers",
    ]
    for path in paths:
        address = f"/vendor/software/{entry_id}{path}"
        assert browser.get(address).status_code == 200, address
        assert rival.get(address).status_code == 404, address
        assert re.match("/login", client.get(address).headers["location"]), address
    reviewer = market.world.client(market.reviewer_login)
    assert reviewer.get("/vendor").status_code == 403
