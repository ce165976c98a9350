"""Each role does what it comes for with Tab, Enter, Space and typing alone, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.keyboard import choose, enter, follow, reach, toggle, write
from tests.journeys.site import Site, running_site
from tests.support.browser import OpenPage
from tests.support.databases import Databases


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole product; keys do not depend on the database."""
    folder = tmp_path_factory.mktemp("keyboard")
    with Databases("sqlite", migrated_sqlite).fresh(folder) as url, running_site(folder, url) as running:
        yield running


def _heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def test_a_visitor_searches(site: Site, open_page: OpenPage) -> None:
    page = open_page(javascript=False, reduced_motion="reduce")
    page.goto(site.origin)
    reach(page, "本文へ移動")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    write(page, "サービスを探す", "住民")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    _heading(page, "サービスを探す")
    reach(page, "ほかの条件", "summary")
    shut = page.locator("details:not([open])").count()
    page.keyboard.press("Space")
    assert page.locator("details:not([open])").count() < shut
    follow(page, "全てのサービスを見る")


def test_a_vendor_registers_software(site: Site, open_page: OpenPage) -> None:
    page = enter(site, open_page, "vendor-prime")
    follow(page, "登録と公開")
    follow(page, "ソフトウェアを登録する")
    write(page, "ソフトウェア名", "鍵盤だけの窓口")
    follow(page, "登録して次へ進む", "Space")
    expect(page.get_by_role("main")).to_contain_text("鍵盤だけの窓口")
    page.goto(f"{site.origin}/vendor/agreement")
    write(page, "署名する方の職名", "代表取締役")
    follow(page, "上の文面に同意して署名する")
    expect(page.get_by_role("main")).to_contain_text("デジタル庁の承諾を待っています")


def test_an_officer_makes_a_project_and_mends_a_fault(site: Site, open_page: OpenPage) -> None:
    page = enter(site, open_page, "officer")
    follow(page, "調達の案件")
    follow(page, "新しい案件を作る")
    write(page, "件名", "鍵盤だけの案件")
    reach(page, "案件を作る", "button")
    with page.expect_navigation() as refused:
        page.keyboard.press("Enter")
    assert refused.value is not None
    assert refused.value.status == 422
    assert page.evaluate("document.activeElement.id") == "error-summary", "the faults are what is read first"
    reach(page, "", "a")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "business_area", "a fault leads into its input"
    page.keyboard.press("ArrowDown")
    write(page, "必要なこと", "窓口の待ち時間を減らしたい。")
    follow(page, "案件を作る", kind="button")
    _heading(page, "鍵盤だけの案件")


def test_an_approver_makes_a_department_and_ticks_a_role(site: Site, open_page: OpenPage) -> None:
    page = enter(site, open_page, "approver")
    page.goto(f"{site.origin}/organisation/departments")
    write(page, "部署の名前", "市民課")
    follow(page, "部署を作る", "Space")
    expect(page.get_by_role("main")).to_contain_text("市民課")
    page.goto(f"{site.origin}/organisation/members")
    toggle(page, "団体の担当者")


def test_a_supporter_looks_for_work(site: Site, open_page: OpenPage) -> None:
    page = enter(site, open_page, "helper")
    follow(page, "支援する案件")
    _heading(page, "支援する案件")


def test_a_reviewer_keeps_a_phrase(site: Site, open_page: OpenPage) -> None:
    page = enter(site, open_page, "reviewer")
    follow(page, "審査")
    follow(page, "定型文")
    write(page, "見出し", "期限を書く")
    choose(page, "理由の区分")
    write(page, "文", "有効期限を書いてください。")
    follow(page, "定型文を作る", "Space", kind="button")
    expect(page.get_by_role("table")).to_contain_text("期限を書く")


def test_the_agency_finds_an_organisation(site: Site, open_page: OpenPage) -> None:
    page = enter(site, open_page, "admin")
    page.goto(f"{site.origin}/agency/organisations")
    write(page, "名称", "八王子市")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    follow(page, "八王子市")
    _heading(page, "八王子市")


def test_an_auditor_reads_what_was_done(site: Site, open_page: OpenPage) -> None:
    page = enter(site, open_page, "auditor")
    page.goto(f"{site.origin}/audit")
    write(page, "操作", "login")
    follow(page, "絞り込む", "Space")
    _heading(page, "操作の記録")
