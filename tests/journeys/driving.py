"""What a person does in a browser without JavaScript: log in, press, go somewhere, and look in both widths."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from app.web.navigation import OWN
from tests.journeys.site import PEOPLE, Site
from tests.support.browser import DESKTOP, PHONE, OpenPage, screenshot

ISSUERS = {"gbizid": "GビズID", "lg": "地方公共団体", "agency": "デジタル庁"}


def log_in(site: Site, open_page: OpenPage, subject: str) -> Page:
    """A page of that person, who chose the issuer on the login page and themselves at the provider."""
    person = next(each for each in PEOPLE if each.sub == subject)
    name = f"{person.last_name} {person.first_name}"
    page = open_page(javascript=False)
    page.set_default_timeout(15_000)
    page.goto(f"{site.origin}/login")
    press(page, f"{ISSUERS[person.issuer]}でログイン")
    page.get_by_role("button", name=name).click()
    assert page.url.startswith(site.origin), page.url
    expect(page.get_by_role("banner")).to_contain_text(name)
    return page


def press(page: Page, button: str, status: int = 200) -> None:
    """Press the first button of that very text; the page that follows has this status."""
    with page.expect_navigation() as following:
        page.get_by_role("button", name=button, exact=True).first.click()
    answer = following.value
    assert answer is not None
    assert answer.status == status, (
        button, page.url, answer.status, page.get_by_role("main").inner_text()[:3000],
    )  # fmt: skip


def go(page: Page, place: str) -> None:
    """Follow the link of the navigation, through the group that it stands under where that is not open."""
    bar = page.get_by_role("navigation")
    link = bar.get_by_role("link", name=place, exact=True)
    if not link.count():
        groups = {one.group for one in OWN if one.label == place and one.group}
        opened = [bar.get_by_role("link", name=group, exact=True) for group in sorted(groups)]
        next(one for one in opened if one.count()).first.click()
    link.first.click()


def look(page: Page, name: str) -> None:
    """Pictures in both widths; on a phone the page must not be moved sideways."""
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        screenshot(page, f"{name}-{width}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE[0], f"{page.url} is {wide} px wide on a phone of {PHONE[0]} px"
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
