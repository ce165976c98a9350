"""Two journeys through the year in a browser without JavaScript, on one site whose clock the test moves:

a union that buys for its members with a supporter's help, and the handover of a member's officer on 1 April.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from app.kit.clock import MovableClock
from app.organisations.models import Membership, Organisation
from app.outbox.publish import publish
from tests.catalogue.shelf import Shelf
from tests.journeys.driving import go, log_in, look, press
from tests.journeys.people import log_in as arrive
from tests.journeys.site import MUNICIPALITY, UNION_NUMBER, Site, running_site
from tests.support.browser import OpenPage
from tests.support.databases import Databases
from tests.world import World

UNION = "旅程広域連合"
AREA = "elderly_medical_care"
AREA_NAME = "後期高齢者医療"
SOFTWARE = "いきいき医療（架空）"
OFFER = "広域プラン（架空）"
PROJECT = "後期高齢者医療システムの更新"
BOUGHT = f"この業務は{UNION}が構成団体のために調達しています。"
OPENING = datetime(2026, 11, 25, 1, tzinfo=UTC)
LAST_EVENING = datetime(2027, 3, 31, 14, 40, tzinfo=UTC)
"""23:40 of 31 March in Japan."""
APRIL = datetime(2027, 3, 31, 15, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def clock(databases: Databases) -> MovableClock:
    """Anew for each database."""
    return MovableClock(OPENING)


@pytest.fixture(scope="module")
def year(
    clock: MovableClock, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The product with one software and its offer."""
    folder: Path = tmp_path_factory.mktemp("year")
    with databases.fresh(folder) as url, running_site(folder, url, clock=clock) as site:
        world = World(site.database, clock, site.app, site.origin)
        shelf = Shelf(site.app, site.database, clock, None)  # type: ignore[arg-type]  # the worker writes the index
        vendor = world.vendor("旅程ソフト株式会社")
        software = shelf.software(vendor, SOFTWARE, business_areas=[AREA])
        shelf.offer(vendor, software, OFFER)
        with site.database.write() as session:
            publish(session, "catalogue.sync", software, at=clock.now())
        yield site


def test_a_union_buys_for_its_members(year: Site, clock: MovableClock, open_page: OpenPage) -> None:
    admin = log_in(year, open_page, "admin")
    _admit(admin)
    approver, officer = _join(year, open_page, admin)
    project = _open_project(officer)
    expect(officer.get_by_role("main")).to_contain_text("構成団体のための調達です（2団体）")

    # A member sees that the union buys, before it opens a project of its own and on it; of the union's it sees nothing.
    member = log_in(year, open_page, "officer")
    go(member, "所属の情報")
    expect(member.get_by_role("main")).to_contain_text(BOUGHT)
    member.goto(f"{year.origin}/projects/new")
    expect(member.get_by_role("main")).to_contain_text(BOUGHT)
    _fill_project(member, "市だけの検討")
    press(member, "案件を作る")
    expect(member.locator("main .notice-warning", has_text=BOUGHT)).to_be_visible()
    refused = member.goto(project)
    assert refused is not None
    assert refused.status == 404

    helper = _invite(year, open_page, approver)
    helper.goto(project)
    helper.locator("#comment-text").fill("他県の広域連合は5年の総額で比べています。")
    press(helper, "加える")
    assert helper.get_by_role("button", name="選定を申し出る").count() == 0
    tried = helper.goto(f"{project}/confirmation")
    assert tried is not None
    assert tried.status == 403

    _select(officer, project)
    helper.goto(project)
    assert helper.get_by_role("link", name="内容を確かめて確定する").count() == 0
    approver.goto(project)
    expect(approver.locator("#comments")).to_contain_text("支援 助（東京都・支援者）")
    approver.get_by_role("link", name="内容を確かめて確定する").click()
    approver.get_by_label("決裁日").fill("2026-11-25")
    approver.get_by_label("決裁者の職").fill("広域連合長")
    approver.get_by_label("文書番号").fill("旅広第1号")
    press(approver, "選定を確定する")
    expect(approver.locator("#decision")).to_contain_text("旅広第1号")
    look(approver, "union-project")

    # The day after the supporter's last one: the project is gone for them.
    clock.set(datetime(2026, 12, 31, 15, 1, tzinfo=UTC))
    late = log_in(year, open_page, "helper")
    past = late.goto(project)
    assert past is not None
    assert past.status == 404
    go(late, "支援する案件")
    expect(late.get_by_role("main")).to_contain_text("支援する案件はありません。")


def _admit(admin: Page) -> None:
    go(admin, "組織の管理")
    admin.get_by_role("link", name="国の一覧にない団体を登録する").click()
    admin.get_by_label("広域連合").check()
    admin.get_by_label("名称", exact=False).first.fill(UNION)
    admin.locator('[name="name_kana"]').fill("リョテイコウイキレンゴウ")
    wrong = str((int(UNION_NUMBER[0]) + 1) % 10) + UNION_NUMBER[1:]
    admin.locator('[name="corporate_number"]').fill(wrong)
    admin.locator('[name="members"]').fill(f"{MUNICIPALITY}\n131016\n999999")
    admin.get_by_text("構成団体のために調達する業務を選ぶ").click()
    admin.get_by_label(AREA_NAME).check()
    admin.locator('[name="starts_on"]').fill("2026-04-01")
    press(admin, "登録する", status=422)
    for fault in (f"先頭は{UNION_NUMBER[0]}です", "「999999」という団体は登録されていません"):
        expect(admin.get_by_role("main")).to_contain_text(fault)
    admin.locator('[name="corporate_number"]').fill(UNION_NUMBER)
    admin.locator('[name="members"]').fill(f"{MUNICIPALITY}\n131016")
    press(admin, "登録する")
    expect(admin.get_by_role("heading", level=1)).to_have_text(UNION)
    admin.get_by_role("link", name="構成団体と引継ぎ").click()
    expect(admin.get_by_role("table")).to_contain_text("八王子市")
    look(admin, "union-members")


def _join(site: Site, open_page: OpenPage, admin: Page) -> tuple[Page, Page]:
    """The approver is let in by the Agency, the officer by the approver."""
    with arrive(site, "lg", "union-approver"):
        pass
    go(admin, "組織の管理")
    admin.get_by_role("link", name=UNION).first.click()
    admin.get_by_label("承認者").check()
    press(admin, "この役割で認める")
    with arrive(site, "lg", "union-officer"):
        pass
    approver = log_in(site, open_page, "union-approver")
    approver.goto(f"{site.origin}/organisation/members")
    press(approver, "この役割で認める")
    return approver, log_in(site, open_page, "union-officer")


def _fill_project(page: Page, title: str) -> None:
    page.get_by_label("件名").fill(title)
    page.get_by_label("業務").select_option(AREA)
    page.get_by_label("必要なこと").fill("標準仕様に沿ったシステムへ移る。")
    page.get_by_text("希望日・規模・調達方法").click()
    page.locator('[name="method"]').select_option("open_tender")
    page.get_by_label("その方法とする理由").fill("競争によるため。")


def _open_project(officer: Page) -> str:
    go(officer, "調達の案件")
    officer.get_by_role("link", name="新しい案件を作る").click()
    _fill_project(officer, PROJECT)
    press(officer, "案件を作る")
    return officer.url.split("#")[0]


def _invite(site: Site, open_page: OpenPage, approver: Page) -> Page:
    approver.goto(f"{site.origin}/supporters")
    approver.get_by_label(PROJECT).check()
    approver.locator('[name="ends_on"]').fill("2026-12-31")
    press(approver, "招待のリンクを作る")
    link = approver.locator("code.token-secret").inner_text()
    helper = log_in(site, open_page, "helper")
    helper.goto(link)
    helper.get_by_label("なし", exact=True).check()
    helper.locator('[name="declaration"]').fill("利害関係はありません。")
    press(helper, "申告して招待を受ける")
    approver.goto(f"{site.origin}/supporters")
    approver.get_by_role("link", name="支援 助").click()
    press(approver, "支援を認める")
    return helper


def _select(officer: Page, project: str) -> None:
    officer.goto(f"{project}/estimated-price")
    officer.locator('[name="amount"]').fill("9876543")
    officer.locator('[name="basis"]').fill("参考見積")
    officer.locator('[name="decided_by"]').fill("事務局長")
    press(officer, officer.locator("main form button[type=submit]").first.inner_text())
    officer.goto(project)
    officer.get_by_text("言葉だけで探して、すぐ保存する").click()
    press(officer, "探して保存する")
    press(officer, "この検索を確定する")
    press(officer, "候補に加える")
    officer.locator("#shortlist select").select_option(index=1)
    press(officer, "このサービスにする")
    officer.get_by_label(f"{SOFTWARE}・{OFFER}").check()
    officer.locator("#selection-reason").fill("必要な機能を満たすため。")
    press(officer, "選定を申し出る")


def test_the_april_handover(year: Site, clock: MovableClock, open_page: OpenPage) -> None:
    clock.set(LAST_EVENING)
    with arrive(year, "lg", "successor"):
        pass  # whose name is known from now on
    leaver = log_in(year, open_page, "officer")
    go(leaver, "調達の案件")
    leaver.get_by_role("link", name="新しい案件を作る").click()
    _fill_project(leaver, "引き継ぐ案件")
    press(leaver, "案件を作る")
    leaver.get_by_text("言葉だけで探して、すぐ保存する").click()
    press(leaver, "探して保存する")

    approver = log_in(year, open_page, "approver")
    approver.goto(f"{year.origin}/organisation/members")
    row = approver.get_by_role("row").filter(has_text="町田 実")
    row.get_by_text("最後の日を決める").click()
    row.get_by_label("町田 実さんの最後の日").fill("2027-03-31")
    with approver.expect_navigation():
        row.get_by_role("button", name="最後の日を保存する").click()

    leaver.goto(f"{year.origin}/organisation/members")
    leaver.get_by_role("link", name="引継ぎ", exact=True).click()
    expect(leaver.get_by_role("main")).to_contain_text("引き継ぐ案件")
    chosen = leaver.locator('[name="successor_id"]')
    assert "連合" not in chosen.inner_text(), "nobody outside is offered"
    own = chosen.locator("option", has_text="後任 次").get_attribute("value")
    assert own is not None
    # Somebody of another body, by a form that was tampered with.
    chosen.locator("option", has_text="後任 次").evaluate(
        "(option, other) => { option.value = other }", _membership(year, UNION)
    )
    chosen.select_option(label=chosen.locator("option", has_text="後任 次").inner_text())
    press(leaver, "全て引き継ぐ", status=422)
    expect(leaver.get_by_role("main")).to_contain_text("この組織で所属が有効な、別の人ではありません。")
    look(leaver, "april-refused")
    leaver.locator('[name="successor_id"]').select_option(own)
    press(leaver, "全て引き継ぐ")
    # Late at night one more project is opened, and handed over to nobody.
    leaver.goto(f"{year.origin}/projects/new")
    _fill_project(leaver, "忘れられた案件")
    press(leaver, "案件を作る")

    clock.set(APRIL)
    leaver.goto(f"{year.origin}/projects")
    expect(leaver.get_by_role("heading", level=1)).not_to_have_text("調達の案件")
    assert "引き継ぐ案件" not in leaver.content()
    successor = log_in(year, open_page, "successor")
    go(successor, "調達の案件")
    successor.get_by_role("link", name="引き継ぐ案件").click()
    expect(successor.get_by_role("main")).to_contain_text("担当 後任 次")
    expect(successor.locator("#searches")).to_contain_text("1件")
    approver = log_in(year, open_page, "approver")
    go(approver, "調達の案件")
    expect(approver.get_by_role("row").filter(has_text="忘れられた案件")).to_contain_text("担当者なし")
    expect(approver.get_by_role("row").filter(has_text="引き継ぐ案件")).not_to_contain_text("担当者なし")
    look(approver, "april-vacant")
    press(approver, "引き受ける")
    expect(approver.get_by_role("main")).to_contain_text("担当 決裁 恵")


def _membership(site: Site, organisation: str) -> str:
    with site.database.read() as session:
        return session.exec(
            select(col(Membership.id))
            .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
            .where(col(Organisation.name) == organisation, col(Membership.status) == "active")
            .limit(1)
        ).one()
