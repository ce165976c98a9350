"""The whole path through the pages in a browser without JavaScript, as different people.

The vendor signs, registers and submits; the Agency accepts and approves; a visitor searches and compares; the body
assesses, selects and records a contract; the vendor confirms it. The key pages are looked at in two widths: pictures go
to build/screenshots, and none may be wider than a phone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

from app.kit.clock import SystemClock
from app.web.navigation import OWN
from catalogue_schema import Schema, load_schema
from tests.journeys.site import Site
from tests.support.browser import DESKTOP, PHONE, OpenPage, screenshot

FIRST = "まどぐちナビ（架空）"
SECOND = "かんたん窓口（架空）"
OFFER = "標準プラン（架空）"
PROJECT = "窓口支援サービスの導入"
REASON = "条件をすべて満たし、初年度の費用が見積りの範囲に収まるため。"
EXCLUDED_BECAUSE = "庁内の接続がAWSだけのため。"
NAMES = {
    "vendor-prime": ("GビズID", "架空 太郎"),
    "officer": ("地方公共団体", "町田 実"),
    "approver": ("地方公共団体", "決裁 恵"),
    "reviewer": ("デジタル庁", "審査 一"),
    "admin": ("デジタル庁", "管理 二"),
}


def test_from_signing_to_a_confirmed_contract(site: Site, open_page: OpenPage) -> None:
    schema = load_schema()
    vendor, admin, reviewer, officer, approver = (
        _log_in(site, open_page, subject)
        for subject in ("vendor-prime", "admin", "reviewer", "officer", "approver")
    )
    visitor = open_page(javascript=False)
    visitor.set_default_timeout(15_000)

    _agree(vendor, admin)
    first = schema.example("software", required_only=True) | {"name": FIRST}
    second = first | {"name": SECOND, "cloud_provider": ["google_cloud"]}
    _register(vendor, schema, "software", first)
    _approve(reviewer, FIRST)
    # The second one is only there to be compared and excluded: its form would show nothing new.
    made = vendor.request.post(
        f"{site.origin}/api/v1/software", data={"answers": second}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert made.status == 201, made.text()
    vendor.goto(f"{site.origin}/vendor/software/{made.json()['id']}")
    _submit(vendor)
    _approve(reviewer, SECOND)
    _go(vendor, "登録と公開")
    vendor.get_by_role("link", name=FIRST).click()
    _register(vendor, schema, "offer", schema.example("offer", required_only=True) | {"name": OFFER})
    _approve(reviewer, OFFER)

    _compare(site, visitor)
    project = _assess(site, officer)
    _confirm(approver)
    contract = _record_contract(officer, project)
    _answer(vendor)

    officer.goto(contract)
    expect(officer.get_by_role("main")).to_contain_text("事業者が第1版を確認しました。")
    expect(officer.locator(".tag").first).to_have_text("事業者確認済み")
    _look(officer, "contract")
    officer.goto(f"{project}/statement")
    statement = officer.get_by_role("main")
    for text in (REASON, EXCLUDED_BECAUSE, "総第1号", "決裁 恵", OFFER):
        expect(statement).to_contain_text(text)
    # Moments are in Japan's time, not as the record keeps them.
    assert re.search(r"[0-9]T[0-9]{2}:", statement.inner_text()) is None
    _look(officer, "statement")
    # What the journey made stays between the two sides.
    visitor.goto(contract)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("ログイン")


def _log_in(site: Site, open_page: OpenPage, subject: str) -> Page:
    """A page of that person, who chose the issuer on the login page and themselves at the provider."""
    issuer, name = NAMES[subject]
    page = open_page(javascript=False)
    page.set_default_timeout(15_000)
    page.goto(f"{site.origin}/login")
    _press(page, f"{issuer}でログイン")
    page.get_by_role("button", name=name).click()
    assert page.url.startswith(site.origin), page.url
    expect(page.get_by_role("banner")).to_contain_text(name)
    return page


def _press(page: Page, button: str) -> None:
    """Press the button of that very text; the page that follows must not be one of faults."""
    with page.expect_navigation() as following:
        page.get_by_role("button", name=button, exact=True).first.click()
    answer = following.value
    assert answer is not None
    assert answer.ok, (button, page.url, answer.status, page.get_by_role("main").inner_text()[:3000])


def _go(page: Page, place: str) -> None:
    """Follow the link of the navigation, through the group that it stands under where that is not open."""
    bar = page.get_by_role("navigation")
    link = bar.get_by_role("link", name=place, exact=True)
    if not link.count():
        groups = {one.group for one in OWN if one.label == place and one.group}
        opened = [bar.get_by_role("link", name=group, exact=True) for group in sorted(groups)]
        next(one for one in opened if one.count()).first.click()
    link.first.click()


def _look(page: Page, name: str) -> None:
    """Pictures in both widths; on a phone the page must not be moved sideways."""
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    screenshot(page, f"journey-{name}-desktop")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    screenshot(page, f"journey-{name}-phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0], f"{page.url} is {width} px wide on a phone of {PHONE[0]} px"
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def _agree(vendor: Page, admin: Page) -> None:
    _go(vendor, "基本契約")
    vendor.get_by_label("署名する方の職名").fill("代表取締役")
    _press(vendor, "上の文面に同意して署名する")
    expect(vendor.get_by_role("main")).to_contain_text("デジタル庁の承諾を待っています")
    _go(admin, "基本契約の管理")
    admin.get_by_role("link", name="旅程ソフト株式会社").click()
    _press(admin, "承諾する")
    vendor.reload()
    expect(vendor.get_by_role("main")).not_to_contain_text("承諾を待っています")


def _register(vendor: Page, schema: Schema, kind: str, answers: Mapping[str, Any]) -> None:
    """Register through the form, section after section, and submit. An offer starts at its software's page."""
    if kind == "software":
        _go(vendor, "登録と公開")
        vendor.get_by_role("link", name="ソフトウェアを登録する").last.click()
    else:
        vendor.get_by_role("link", name="サービスを登録する").click()
    filled = {name: values for name, values in schema.to_form(kind, answers).items() if any(values)}
    names = [group.name for group in schema.groups(kind)]
    for group in names:
        expect(vendor.locator(f"#section-{group}")).to_be_visible()
        wanted = {field.name for field in schema.fields(kind) if field.group == group}
        _fill(vendor, {name: values for name, values in filled.items() if name.split("-")[0] in wanted})
        if group == "responsibility":
            _look(vendor, "form")
        last = "保存して概要に戻る" if group == names[-1] else "保存して次へ進む"
        _press(vendor, "登録して次へ進む" if group == names[0] else last)
    _submit(vendor)


def _submit(vendor: Page) -> None:
    """Submit what is filled, from its overview."""
    expect(vendor.get_by_role("main")).to_contain_text("必須の残り0件")
    vendor.get_by_role("link", name="確かめて申請する").click()
    _press(vendor, "第1版を申請する")
    expect(vendor.get_by_role("main")).to_contain_text("第1版（審査待ち）")


def _fill(page: Page, values: Mapping[str, list[str]]) -> None:
    """Type one section's answers; asks for more rows where the form shows too few, which must keep what was typed."""
    for name, texts in values.items():
        field = page.locator(f'main [name="{name}"]')
        if not field.count():
            rows = page.locator(f'button[name="action"][value*="{name.split("-")[0]}"]')
            _press(page, rows.inner_text())
        kind = field.first.evaluate("input => input.type")
        if kind in ("checkbox", "radio"):
            for text in texts:
                page.locator(f'[name="{name}"][value="{text}"]').check()
        elif kind == "select-one":
            field.select_option(texts[0])
        else:
            field.fill(texts[0])


def _approve(reviewer: Page, name: str) -> None:
    _go(reviewer, "審査")
    reviewer.get_by_role("link", name=name, exact=True).click()
    _press(reviewer, "この案件を担当する")
    reviewer.get_by_label("承認して公開する").check()
    reviewer.get_by_label("事業者へのコメント").fill("確認しました。")
    if name == OFFER:
        _look(reviewer, "review")
    _press(reviewer, "決定の内容を確かめる")
    _press(reviewer, "決定する")
    expect(reviewer.get_by_role("main")).not_to_contain_text(name)


def _search(site: Site, page: Page, text: str) -> None:
    """Search by the form until the worker has brought both into the index."""
    deadline = time.monotonic() + 20
    while True:
        page.goto(f"{site.origin}/search")
        page.get_by_label("探す言葉").fill(text)
        _press(page, "検索する")
        found = page.locator(".hit").count()
        if found == 2 and page.get_by_text("サービス1件").count():
            return
        assert time.monotonic() < deadline, page.get_by_role("main").inner_text()
        time.sleep(0.2)


def _compare(site: Site, visitor: Page) -> None:
    _search(site, visitor, "窓口")
    _look(visitor, "search")
    visitor.locator(".hit").get_by_role("link", name=FIRST, exact=True).click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(FIRST)
    expect(visitor.get_by_role("main")).to_contain_text("電子申請の処理")
    _look(visitor, "listing")
    visitor.go_back()
    for name in (FIRST, SECOND):
        visitor.locator(".hit", has_text=name).get_by_role("link", name="比較に加える").click()
    visitor.get_by_role("link", name="並べて比べる").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("2件の比較")
    expect(visitor.locator("tr.differs")).to_contain_text(["Google"])
    _look(visitor, "comparison")


def _assess(site: Site, officer: Page) -> str:
    """Open the project and lead it up to the proposed selection; returns its address."""
    _go(officer, "調達の案件")
    officer.get_by_role("link", name="新しい案件を作る").click()
    officer.get_by_label("件名").fill(PROJECT)
    officer.get_by_label("業務").select_option("counter_dx_saas")
    officer.get_by_label("必要なこと").fill("転入手続の待ち時間を減らす。")
    officer.get_by_text("希望日・規模・調達方法").click()
    officer.locator('[name="method"]').select_option("quotation_comparison")
    officer.locator('[name="ground"]').select_option("local_167_2_1_1")
    officer.get_by_label("その方法とする理由").fill("予定価格が規則の額を超えないため。")
    _press(officer, "案件を作る")
    project = officer.url.split("#")[0]

    officer.get_by_role("link", name="予定価格のページ").click()
    officer.locator('[name="amount"]').fill("1987654")
    officer.locator('[name="basis"]').fill("参考見積")
    officer.locator('[name="decided_by"]').fill("総務課長")
    _press(officer, officer.locator("main form button[type=submit]").first.inner_text())
    assert "1987654" not in officer.content()
    assert "1,987,654" not in officer.content()

    _search(site, officer, "窓口")
    officer.get_by_role("link", name="この検索を案件に保存する").click()
    officer.get_by_label(PROJECT).check()
    _press(officer, "この案件に保存する")
    _press(officer, "この検索を確定する")
    officer.get_by_role("link", name="条件を加える").click()
    officer.get_by_role("link", name="稼働するクラウド").first.click()
    officer.locator('[name="wanted"][value="aws"]').check()
    _press(officer, "条件を加える")
    officer.get_by_label("除外の理由").fill(EXCLUDED_BECAUSE)
    _look(officer, "project")
    _press(officer, "この条件で除外する")
    expect(officer.locator("#assessment")).to_contain_text(f"{EXCLUDED_BECAUSE}：{SECOND}")
    _press(officer, "候補に加える")
    officer.locator("#shortlist select").select_option(index=1)
    _press(officer, "このサービスにする")
    officer.get_by_label(f"{FIRST}・{OFFER}").check()
    officer.locator("#selection-reason").fill(REASON)
    _press(officer, "選定を申し出る")
    expect(officer.locator("#decision")).to_contain_text("承認者の確定を待っています。")
    return project


def _confirm(approver: Page) -> None:
    _go(approver, "調達の案件")
    approver.get_by_role("link", name=PROJECT).click()
    approver.get_by_role("link", name="内容を確かめて確定する").click()
    expect(approver.get_by_role("main")).to_contain_text(REASON)
    approver.get_by_label("決裁日").fill(SystemClock().today().isoformat())
    approver.get_by_label("決裁者の職").fill("市長")
    approver.get_by_label("文書番号").fill("総第1号")
    _press(approver, "選定を確定する")
    expect(approver.locator("#decision")).to_contain_text("総第1号")


def _record_contract(officer: Page, project: str) -> str:
    """Record the contract from the offer's price table; returns its address."""
    officer.goto(project)
    officer.get_by_role("link", name="契約を記録する", exact=True).click()
    officer.get_by_label("契約番号").fill("契-1")
    for row in officer.locator("#lines fieldset").all():
        quantity = row.get_by_label("数量")
        if row.get_by_label("費目").input_value() and not quantity.input_value():
            quantity.fill("1500")
    officer.locator("p.actions").get_by_role("button", name="計算する").click()
    expect(officer.locator("#totals")).to_contain_text("税込の計")
    total = officer.locator("#totals dd").last.inner_text()
    _press(officer, "契約を記録する")
    expect(officer.get_by_role("heading", level=1)).to_have_text("個別契約 契-1")
    expect(officer.get_by_role("main")).to_contain_text(f"{total}（税込）")
    return officer.url


def _answer(vendor: Page) -> None:
    _go(vendor, "受けた契約")
    vendor.get_by_role("link", name="契-1").click()
    expect(vendor.get_by_role("main")).to_contain_text("八王子市")
    _press(vendor, "内容を確認した")
    expect(vendor.locator(".tag").first).to_have_text("事業者確認済み")
