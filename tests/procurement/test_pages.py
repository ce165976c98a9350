"""The buyer's and the vendor's pages: the whole path by forms, as a browser without JavaScript would walk it."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup, Tag

from tests.procurement.browser import Browser
from tests.procurement.town import PROJECT, SUBTOTAL, TAX, Town

NEW: dict[str, Any] = {name: str(value) for name, value in PROJECT.items()}


def _opened(town: Town) -> tuple[Browser, str]:
    browser = Browser(town.officer_page).get("/projects/new")
    browser.press("案件を作る", **NEW)
    return browser, browser.path


def _proposed(town: Town) -> tuple[Browser, str]:
    browser, path = _opened(town)
    browser.press("探して保存する", search__q="窓口")
    browser.press("この検索を確定する")
    browser.get(f"{path}/conditions/new?field=software.accessibility_level")
    browser.press("条件を加える", wanted=["aa"])
    reason = next(name for name, _ in browser.form("この条件で除外する")[1] if name.endswith("-reason"))
    flag = reason.replace("-reason", "-include_unanswered")
    excluded: dict[str, Any] = {reason: "必須のため。", flag: "true"}
    browser.press("この条件で除外する", **excluded)
    browser.press("候補に加える")
    select = next(name for name, _ in browser.form("このサービスにする")[1] if name.endswith("offer_id"))
    offer: dict[str, Any] = {select: town.offer}
    browser.press("このサービスにする", **offer)
    choice = browser.soup.select_one("input[name=selection-choice]")
    assert choice is not None
    browser.press(
        "選定を申し出る", selection__choice=str(choice["value"]), selection__reason="唯一、条件を満たす。"
    )
    return browser, path


def test_the_whole_path_by_pages(town: Town) -> None:
    officer, path = _proposed(town)
    assert "決裁待ち" in officer.text
    approver = Browser(town.approver_page).get(path)
    approver.get(f"{path}/confirmation")
    assert "唯一、条件を満たす。" in approver.text
    approver.press("選定を確定する", decision_post="町長", decision_document="れいじ総第1号")
    assert "選定済み" in approver.text
    assert "れいじ総第1号" in approver.text
    forms = [str(form["action"]) for form in approver.soup.select("main form")]
    assert forms == [f"{path}/outcomes"], "a closed project offers to tell the vendors, and nothing else"
    statement = approver.get(f"{path}/statement")
    for words in (
        "唯一、条件を満たす。",
        "必須のため。",
        "地方自治法施行令第167条の2第1項第1号",
        "町長",
        "SHA-256",
    ):
        assert words in statement.text
    officer.get(path)
    link = officer.soup.find("a", string="契約を記録する")
    assert isinstance(link, Tag)
    officer.get(str(link["href"]))
    assert officer.soup.select_one("input[name=lines-0-name]")
    officer.press("計算する", status=422, number="れいじ-1")
    assert "「明細3行目の数量」：数がありません。" in officer.text, "how many cases nobody knows but the town"
    officer.press("計算する", status=200, **{"lines-2-quantity": "1501"})
    totals = officer.soup.select_one("#totals")
    assert totals is not None
    assert "円" in totals.text
    assert dict(officer.form("契約を記録する")[1])["number"] == "れいじ-1"
    officer.press("契約を記録する")
    assert "確認待ち" in officer.text
    contract = officer.path
    vendor = Browser(town.vendor_page).get("/vendor/contracts")
    vendor.get(f"/vendor{contract}")
    vendor.press("異議を申し出る", status=422, reason=" ")
    vendor.press("異議を申し出る", reason="単価が違います。")
    assert "単価が違います。" in officer.get(contract).text
    officer.get(f"{contract}/amendment").press("契約を変更する", reason="単価を直すため。")
    assert "第2版に変更しました。理由：単価を直すため。" in officer.text
    vendor.get(vendor.path).press("内容を確認した")
    assert "事業者確認済み" in vendor.text
    assert "唯一、条件を満たす" not in vendor.answer.text
    approver.get(contract).press("団体として確認する（承認者）")
    assert "団体の承認者が第2版を確認しました" in approver.text
    officer.get(contract).press("終了を記録する", status=422, ended_on="2020-01-01", reason="x")
    officer.press("終了を記録する", ended_on="2027-09-30", reason="統合のため。")
    assert "中途終了" in officer.text
    assert "統合のため。" in vendor.get(vendor.path).text


def test_the_contract_form_keeps_everything_and_says_the_right_sum(town: Town) -> None:
    project_id = town.awarded()
    browser = Browser(town.officer_page).get(f"/contracts/new?project_id={project_id}")
    typed: dict[str, Any] = {"number": "番-1", "ends_on": "令和9年3月31日", "starts_on": "令和9年4月1日"}
    typed |= {"lines-0-unit_price": "12.34567", "lines-1-quantity": "たくさん"}
    browser.press("契約を記録する", status=422, **typed)
    kept = dict(browser.form("契約を記録する")[1])
    assert {name: kept[name] for name in typed} == typed
    assert len(browser.soup.select(".error-summary li")) == 3
    fixed: dict[str, Any] = {"lines-0-unit_price": "600000", "lines-1-quantity": "12"}
    fixed["lines-2-quantity"] = "1501"
    browser.press("契約を記録する", status=422, **fixed)
    assert "開始日より前です" in browser.text
    rows = len(browser.soup.select("input[name$='-unit_price']"))
    browser.press("明細の行を追加", status=200, ends_on="2028-03-31")
    assert len(browser.soup.select("input[name$='-unit_price']")) > rows
    given: dict[str, Any] = {}
    for index, (name, price, quantity) in enumerate(
        (
            ("初期設定", "600000", "1"),
            ("基本利用料", "１２０，０００円", "1"),
            ("処理", "8.8", "1501"),
            ("割引", "-10000", "1"),
        )
    ):
        given |= {
            f"lines-{index}-name": name,
            f"lines-{index}-unit_price": price,
            f"lines-{index}-quantity": quantity,
            f"lines-{index}-billing": "monthly" if quantity == "1" and index else "once",
        }
    for index in range(4, 20):
        given |= {f"lines-{index}-{column}": "" for column in ("name", "unit", "unit_price", "quantity")}
    browser.press("計算する", status=200, **given)
    assert f"{SUBTOTAL + TAX:,}円" in browser.text
    assert browser.soup.select_one("#totals + details") is not None, "twelve invoices"
    browser.press("契約を記録する")
    assert f"{SUBTOTAL + TAX:,}円" in browser.text
    again = Browser(town.officer_page).get(f"/contracts/new?project_id={project_id}")
    again.press("契約を記録する", status=409, number="番-1", **{"lines-2-quantity": "1"})
    assert dict(again.form("契約を記録する")[1])["number"] == "番-1"


def test_an_officer_saves_a_search_at_one_press_and_chooses_a_condition_among_few(town: Town) -> None:
    project_id = town.project(title="検討中の案件")
    page = BeautifulSoup(town.officer_page.get("/search?q=窓口&area=counter_dx_saas").text, "html.parser")
    button = next(one for one in page.select("button[form]") if one.text == "「検討中の案件」に保存する")
    form = page.select_one(f"form#{button['form']}")
    assert form is not None
    assert form.find_parent("form") is None
    values = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    answer = town.officer_page.post(str(form["action"]), data=values, follow_redirects=False)
    assert answer.headers["location"] == f"/projects/{project_id}#searches"
    [saved] = town.officer.get(f"/api/v1/projects/{project_id}/searches").json()["items"]
    assert saved["query"] == {"q": ["窓口"], "area": ["counter_dx_saas"]}
    # What opens first is a short list, and a word narrows the whole.
    browser = Browser(town.officer_page).get(f"/projects/{project_id}")
    assert browser.soup.select("#conditions select") == []
    browser.get(f"/projects/{project_id}/conditions/new")
    assert browser.soup.select("details[open]") == []
    browser.get(f"/projects/{project_id}/conditions/new?q=クラウド")
    links = [str(link["href"]) for link in browser.soup.select("main li a")]
    assert f"/projects/{project_id}/conditions/new?field=software.cloud_provider" in links
    assert len(links) < 10
    browser.get(links[0])
    assert "当てはまる項目はありません" in browser.get(f"/projects/{project_id}/conditions/new?q=ぴよ").text


def test_a_visitors_search_survives_the_login(town: Town) -> None:
    visitor = town.world.client().get("/search?q=窓口&area=counter_dx_saas")
    link = BeautifulSoup(visitor.text, "html.parser").find("a", string="この検索を案件に保存する")
    assert isinstance(link, Tag)
    answer = town.world.client().get(str(link["href"]))
    assert answer.status_code == 303
    assert re.match(r"/login\?next=%2Fprojects%2Fsave-search%3Fq%3D", answer.headers["location"])
    assert "area%3Dcounter_dx_saas" in answer.headers["location"]
    browser = Browser(town.officer_page).get(str(link["href"]))
    assert "窓口" in browser.text
    new = browser.soup.find("a", string="新しい案件を作って保存する")
    assert isinstance(new, Tag)
    browser.get(str(new["href"]))
    browser.press("案件を作る", status=422, **NEW | {"title": ""})
    assert dict(browser.form("案件を作る")[1])["need"] == NEW["need"]
    browser.press("案件を作る", **NEW)
    assert "案件を作り、検索を保存しました。" in browser.text
    assert "3件" in browser.text
    path = browser.path
    browser.get(str(link["href"]))
    browser.press("この案件に保存する", status=422)
    browser.press("この案件に保存する", project_id=path.rpartition("/")[2])
    assert len(browser.soup.select("#searches tbody tr")) == 2


def test_refused_forms_of_the_project_page_keep_what_was_typed(town: Town) -> None:
    browser, path = _opened(town)
    browser.press("内容を保存する", status=422, project__title="", project__need="長い説明をここに")
    kept = dict(browser.form("内容を保存する")[1])
    assert kept["project-need"] == "長い説明をここに"
    other = Browser(town.officer_page).get(path)
    other.press("内容を保存する", project__title="先に直した")
    browser.press("内容を保存する", status=412, project__title="後から直した")
    assert dict(browser.form("内容を保存する")[1])["project-title"] == "後から直した"
    browser.press("選定を申し出る", status=409, selection__reason="この理由を残す")
    assert dict(browser.form("選定を申し出る")[1])["selection-reason"] == "この理由を残す"
    assert "確定した検索がありません。" in browser.text
    browser.press("案件を中止する", status=422, cancellation__reason="")
    browser.get(path).press("探して保存する", search__q="窓口")
    browser.press("この検索を確定する")
    browser.press("候補に加える")
    button = browser.form("候補から外す")
    reason = next(name for name, _ in button[1] if name.endswith("-reason"))
    for status, words in ((422, " "), (303, "誤りのため。")):
        given: dict[str, Any] = {reason: words}
        browser.press("候補から外す", status=status, **given)
    assert "誤りのため。" in browser.text
    exclude = next(name for name, _ in browser.form("除外する")[1] if name.endswith("-reason"))
    for status, words in ((422, ""), (303, "実地で遅かった。")):
        given = {exclude: words}
        browser.press("除外する", status=status, **given)
    assert "実地で遅かった。" in browser.text
    browser.press("除外を取り消す")
    assert "取消し" in browser.text
    browser.press("案件を中止する", cancellation__reason="見直すため。")
    assert "見直すため。" in browser.text


def test_reopening_and_none_suitable_by_pages(town: Town) -> None:
    officer, path = _proposed(town)
    officer.press("検討中に戻す", status=422, reopening__reason="")
    officer.press("検討中に戻す", reopening__reason="理由を書き足すため。")
    officer.press("選定を申し出る", selection__choice="none_suitable", selection__reason="予算に合わない。")
    approver = Browser(town.approver_page).get(f"{path}/confirmation")
    approver.press("選定を確定する", status=422, decision_post="", decision_document="1")
    approver.press("選定を確定する", decision_post="町長")
    assert "該当なし" in approver.text


def test_the_estimated_price_has_a_page_of_its_own(town: Town) -> None:
    _, path = _opened(town)
    price = Browser(town.officer_page).get(f"{path}/estimated-price")
    price.press("予定価格を記録する", status=422, amount="1,987,654.5", decided_by="総務課長")
    assert dict(price.form("予定価格を記録する")[1])["amount"] == "1,987,654.5"
    price.press("予定価格を記録する", amount="１，９８７，６５４")
    assert "記録済み" in price.text
    assert "987" not in price.answer.text.replace(path, "")
    shown = Browser(town.officer_page).get(f"{path}/estimated-price")
    assert dict(shown.form("予定価格を記録する")[1])["amount"] == "1987654"
    assert shown.answer.headers["cache-control"] == "no-store"


def test_a_project_that_was_given_up_claims_no_price_and_awaits_nothing(town: Town) -> None:
    _, path = _opened(town)
    project = Browser(town.officer_page).get(path)
    project.press("案件を中止する", cancellation__reason="予算が付かないため。")
    assert "行わずに終了" in project.text
    steps = project.soup.select_one(".steps")
    assert steps is not None
    assert "まだ" not in steps.text
    price = Browser(town.officer_page).get(f"{path}/estimated-price")
    assert "予定価格を記録せずに終わりました。" in price.text
    assert "定めた日" not in price.text


def test_pages_of_others_are_404_and_visitors_log_in(town: Town) -> None:
    project_id = town.awarded()
    contract = town.contract(project_id)
    near = town.neighbour()
    for part in ("", "/statement", "/estimated-price", f"/results/{town.good}"):
        assert near.officer_page.get(f"/projects/{project_id}{part}").status_code == 404, part
    for part in ("", "/amendment"):
        assert near.officer_page.get(f"/contracts/{contract['id']}{part}").status_code == 404, part
    assert near.officer_page.get(f"/contracts/new?project_id={project_id}").status_code == 404
    stranger = town.world.client(town.world.login(town.world.vendor(), "vendor_admin"))
    assert stranger.get(f"/vendor/contracts/{contract['id']}").status_code == 404
    assert stranger.get(f"/projects/{project_id}").status_code == 403
    for path in (f"/projects/{project_id}", "/projects", "/contracts", f"/vendor/contracts/{contract['id']}"):
        assert town.world.client().get(path).headers["location"].startswith("/login?next="), path


def test_the_agency_reads_facts_and_auditors_everything_by_pages(town: Town) -> None:
    contract = town.contract()
    agency = town.world.agency()
    admin = Browser(town.world.client(town.world.login(agency, "agency_admin")))
    assert contract["number"] in admin.get("/contracts").text
    facts = admin.get(f"/contracts/{contract['id']}")
    assert "登録された事実だけ" in facts.text
    assert contract["project_id"] not in facts.answer.text
    auditor = Browser(town.world.client(town.world.login(agency, "auditor")))
    auditor.get(f"/contracts/{contract['id']}")
    project = auditor.get(f"/projects/{contract['project_id']}")
    assert not project.soup.select("main form")
    auditor.get(f"/projects/{contract['project_id']}/statement")
    auditor.get(f"/projects/{contract['project_id']}/results/{town.good}")
    assert len(town.events("project.read")) == 3
    assert len(town.events("contract.read")) == 1


def test_saved_searches_and_pinned_results_have_pages(town: Town) -> None:
    project_id = town.project()
    saved = town.locked(project_id)
    browser = Browser(town.officer_page).get(f"/projects/{project_id}/searches/{saved['id']}")
    assert "まどぐちナビ（架空）" in browser.text
    town.shelf.revise(town.good, name="変わった名前")
    town.shelf.end(town.good, "suspended")
    pinned = browser.get(f"/projects/{project_id}/results/{town.good}")
    assert "まどぐちナビ（架空）（第1版）" in pinned.text
    assert "標準プラン（架空）" in pinned.text
    browser.get(f"/projects/{project_id}/results/sw_other", status=404)
    browser.get("/projects?status=assessing")
    browser.get("/projects?status=lost", status=422)
