"""In a browser without JavaScript, while the clock is moved: the mass expiry night, and a suspension with objection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from app.kit.clock import TOKYO, MovableClock
from app.kit.database import Database, create_engine
from app.listings.models import Entry
from app.main import create_app
from app.organisations.models import Organisation, Qualification
from app.outbox.publish import publish
from app.settings import Settings
from app.worker import Worker
from tests.catalogue.shelf import Shelf
from tests.conftest import START
from tests.journeys.site import free_port
from tests.support.browser import DESKTOP, PHONE, OpenPage, screenshot
from tests.support.smtp import plain_text
from tests.world import World


class Stage:
    """The site on real HTTP with a clock that the test moves, a worker that it calls, and a world of people."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.port = free_port()
        self.settings = Settings(
            site_origin=f"http://127.0.0.1:{self.port}",
            database_url=database_url,
            audit_heads=folder / "heads.jsonl",
            search_directory=folder / "search",
            files={"directory": folder / "files"},  # type: ignore[arg-type]  # pydantic reads the dict
            mail={"transport": "folder", "folder": folder / "mail"},  # type: ignore[arg-type]  # pydantic reads the dict
        )
        self.clock = MovableClock(START)
        self.database = Database(create_engine(self.settings.database_url))
        self.app = create_app(self.settings, clock=self.clock, database=self.database)
        self.worker = Worker(self.settings, clock=self.clock, database=self.database)
        self.shelf = Shelf(self.app, self.database, self.clock, self.worker.writer())

    def at(self, moment: datetime) -> None:
        """Move there and do what is due."""
        self.clock.set(moment)
        self.worker.schedule_sweep()
        self.worker.drain()

    def listing(self, owner: Organisation, name: str) -> str:
        """A public software that the index knows."""
        software_id = self.shelf.software(owner, name)
        with self.database.write() as session:
            publish(session, "catalogue.sync", software_id, at=self.clock.now())
        return software_id

    def mails(self) -> str:
        """All that was sent, as text."""
        folder = self.settings.mail.folder
        sent = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
        return "\n".join(f"{mail['To']} {mail['Subject']}\n{plain_text(mail)}" for mail in sent)


@pytest.fixture
def stage(tmp_path: Path, database_url: str) -> Iterator[Stage]:
    """The site, running."""
    stage = Stage(tmp_path, database_url)
    server = uvicorn.Server(uvicorn.Config(stage.app, host="127.0.0.1", port=stage.port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield stage
    server.should_exit = True
    thread.join(timeout=20)
    stage.worker.close()
    stage.database.dispose()


@pytest.fixture
def people(stage: Stage) -> Iterator[World]:
    """Factories of organisations and people on that site."""
    with World(stage.database, stage.clock, stage.app, stage.settings.site_origin) as world:
        yield world


def enter(page: Page, stage: Stage, world: World, organisation: Organisation, role: str) -> None:
    """Somebody of that role who has just logged in uses the browser from here on."""
    login = world.login(organisation, role)
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": stage.settings.session_cookie, "value": login.cookie, "url": stage.settings.site_origin}]
    )


def look(page: Page, name: str) -> None:
    """Keep pictures; nothing is wider than the screen."""
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        screenshot(page, f"standing-{name}-{width}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], f"{page.url} is {wide} px wide on a screen of {size[0]} px"
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def test_the_night_on_which_the_qualifications_end(stage: Stage, people: World, open_page: OpenPage) -> None:
    last = date(2028, 3, 31)
    firms = [people.vendor(f"架空{number}株式会社") for number in range(11)]
    listings = {firm.id: stage.listing(firm, f"{firm.name}の製品") for firm in firms}
    with stage.database.write() as session:
        for firm in firms:
            session.add(
                Qualification(
                    id=f"qua_{firm.id.removeprefix('org_')}",
                    organisation_id=firm.id,
                    number="0000123456",
                    kinds=["sale"],
                    valid_from=date(2025, 4, 1),
                    valid_until=last,
                    created_at=stage.clock.now(),
                )
            )
    page = open_page(javascript=False)
    page.set_default_timeout(10_000)
    origin = stage.settings.site_origin
    stage.at(datetime(2028, 3, 1, 10, tzinfo=TOKYO))

    # A vendor was reminded, finds it in its list, and declares that it is renewing.
    enter(page, stage, people, firms[0], "vendor_admin")
    page.goto(f"{origin}/vendor/expiring")
    look(page, "expiring")
    page.get_by_role("button", name="更新の手続中と届け出る").click()
    expect(page.get_by_text("届け出ました")).to_be_visible()

    # The Agency is asked; midnight takes nothing away before it has decided.
    stage.at(datetime(2028, 4, 1, 0, 0, tzinfo=TOKYO))
    page.context.clear_cookies()
    page.goto(f"{origin}/search")
    assert page.locator("ol.hits > li").count() >= 10
    expect(page.locator("ol.hits .tag-warning").first).to_have_text("更新手続中")
    page.goto(f"{origin}/listings/{listings[firms[5].id]}")
    expect(page.get_by_text("手続が終わるまで、新しい契約はできません")).to_be_visible()
    enter(page, stage, people, people.agency(), "agency_admin")
    page.goto(f"{origin}/agency/expiries")
    page.get_by_role("link", name="2028年3月31日").click()
    expect(page.locator("tbody tr")).to_have_count(10)  # all but the one that declared
    look(page, "expiry")
    page.get_by_label("そのまま終了させる").check()
    page.get_by_role("button", name="決定する").click()
    expect(page.get_by_text("1件の誤り").or_(page.get_by_text("（1件）"))).to_be_visible()
    page.get_by_label("決定の理由").fill("6か月前から通知した後のため")
    page.get_by_role("button", name="決定する").click()
    expect(page.get_by_text("決定を記録しました。")).to_be_visible()
    stage.worker.drain()
    page.goto(f"{origin}/search")
    assert page.locator("ol.hits > li").count() == 1
    page.goto(f"{origin}/listings/{listings[firms[5].id]}")
    expect(page.get_by_text("事業者の資格の期限切れ")).to_be_visible()


def test_a_suspension_with_an_objection(stage: Stage, people: World, open_page: OpenPage) -> None:
    vendor, agency = people.vendor("架空開発株式会社"), people.agency()
    software_id = stage.listing(vendor, "窓口ひとつ（架空）")
    page = open_page(javascript=False)
    page.set_default_timeout(10_000)
    origin = stage.settings.site_origin
    today = stage.clock.today()

    enter(page, stage, people, agency, "agency_admin")
    page.goto(f"{origin}/agency/listings?kind=software")
    page.get_by_role("link", name="「窓口ひとつ（架空）」の停止の手続を始める").click()
    page.get_by_label("停止を予定する理由").fill("証書を確認できないため")
    page.get_by_label("弁明の期限").fill((today + timedelta(days=3)).isoformat())
    page.get_by_label("停止の予定日").fill((today + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="停止を予告する").click()
    expect(page.locator("#statement_due-error")).to_contain_text("7日以上")
    look(page, "notice")
    page.get_by_label("弁明の期限").fill((today + timedelta(days=10)).isoformat())
    page.get_by_role("button", name="停止を予告する").click()
    expect(page.get_by_text("の停止を予告しました")).to_be_visible()
    case = page.url.rpartition("/")[2]

    enter(page, stage, people, vendor, "vendor_admin")
    page.goto(f"{origin}/vendor/suspensions/{case}")
    page.get_by_label("弁明").fill("証書は更新中で、来月発行されます。")
    page.get_by_role("button", name="弁明を出す").click()
    expect(page.get_by_text("弁明を出しました")).to_be_visible()

    stage.at(stage.clock.now() + timedelta(days=20))
    enter(page, stage, people, agency, "agency_admin")
    page.goto(f"{origin}/agency/suspensions/{case}")
    page.get_by_label("停止する", exact=True).check()
    page.get_by_label("決定の理由").fill("発行まで確認できないため")
    page.get_by_label("公開するお知らせ（定型文）").select_option(index=2)
    look(page, "case")
    page.get_by_role("button", name="決定する").click()
    expect(page.get_by_text("決定を記録し")).to_be_visible()
    stage.worker.drain()
    page.context.clear_cookies()
    page.goto(f"{origin}/listings/{software_id}")
    expect(page.get_by_text("登録または資格を確認するため、公開を停止しています。")).to_be_visible()
    expect(page.get_by_text("発行まで確認できないため")).to_have_count(0)

    enter(page, stage, people, vendor, "vendor_admin")
    page.goto(f"{origin}/vendor/suspensions/{case}")
    look(page, "vendor-case")
    page.get_by_label("不服の理由").fill("新しい証書が発行されました。")
    page.get_by_role("button", name="不服を申し出る").click()
    expect(page.get_by_text("不服を申し出ました")).to_be_visible()
    stage.worker.drain()
    enter(page, stage, people, agency, "agency_admin")
    page.goto(f"{origin}/agency/suspensions/{case}")
    page.get_by_label("認める（再開する）").check()
    page.get_by_label("回答の理由").fill("新しい証書を確認したため")
    page.get_by_label("公開するお知らせ（定型文）").select_option(index=2)
    page.get_by_role("button", name="答える").click()
    expect(page.get_by_text("回答を記録し")).to_be_visible()
    stage.worker.drain()
    page.context.clear_cookies()
    page.goto(f"{origin}/listings/{software_id}")
    expect(page.get_by_text("申出を受けて確認し、公開を再開しました。")).to_be_visible()
    look(page, "public-again")
    with stage.database.read() as session:
        assert session.get_one(Entry, software_id).status == "published"
    mails = stage.mails()
    for subject in (
        "停止の予告:",
        "停止の手続での弁明:",
        "公開を停止しました:",
        "停止への不服の申出:",
        "停止が終わりました:",
    ):
        assert subject in mails
