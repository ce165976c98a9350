"""`make screenshots`: a picture of every page, on a desktop and on a phone, and the comparison as PDF, for looking at.

They go to build/screenshots/demo, which is not kept; with --docs, the few of the README go to docs/screenshots instead.
The sample data is walked by its links as one person of each role; pages to which no link leads there (invitations, a
form kept for later) are named at the end.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.journeys.people import log_in
from tests.pages.crawl import NO_PAGES
from tests.pages.demo import BUILD, measured_pages, running_demo
from tests.pages.exploring import explore, page_routes
from tests.support.browser import DESKTOP, PHONE, find_chromium

FOLDER = BUILD / "screenshots" / "demo"
PEOPLE = {
    "vendor-admin": ("gbizid", "prime-kaguya"),
    "vendor-editor": ("gbizid", "minoru"),
    "buyer-officer": ("lg", "aoi"),
    "buyer-approver": ("lg", "manabu"),
    "supporter": ("lg", "sasae"),
    "reviewer": ("agency", "shiori"),
    "agency-admin": ("agency", "kanri"),
    "auditor": ("agency", "kansa"),
}
"""The sample's people, by role: how they log in, and their key there."""
DOCS = BUILD.parent / "docs" / "screenshots"
SMALL = {
    "home": ("visitor", "/"),
    "search": ("visitor", "/search"),
    "comparison": ("visitor", "/compare"),
    "project": ("buyer-officer", "/projects/{project_id}"),
    "vendor": ("vendor-admin", "/vendor"),
    "review-case": ("reviewer", "/review/cases/{case_id}"),
}
"""The pictures of the README: who looks, and at which kind of page."""
SMALL_SIZE = (1280, 860)
SMALL_SCALE = 0.5


@dataclass(frozen=True)
class Demo:
    """The running demo."""

    origin: str


def name_of(route: str) -> str:
    """A file's name for a route: `/projects/{project_id}` → `projects-project_id`."""
    return re.sub(r"[^a-z0-9_]+", "-", route).strip("-") or "home"


def _context(
    browser: Browser, origin: str, client: httpx.Client, size: tuple[int, int], scale: float = 1
) -> BrowserContext:
    context = browser.new_context(
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=scale,
    )
    for cookie in client.cookies.jar:
        if cookie.value and cookie.name != "dmp-flash":
            context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": origin}])
    return context


def _take(browser: Browser, origin: str, role: str, client: httpx.Client, paths: dict[str, str]) -> None:
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        context = _context(browser, origin, client, size)
        page = context.new_page()
        for name, path in paths.items():
            page.goto(origin + path)
            page.screenshot(path=FOLDER / f"{role}-{name}-{width}.png", full_page=True, animations="disabled")
        context.close()


def _as_pdf(browser: Browser, origin: str, path: str) -> Path:
    page = browser.new_page(locale="ja-JP", timezone_id="Asia/Tokyo")
    page.goto(origin + path)
    written = FOLDER / "comparison.pdf"
    page.pdf(path=written, prefer_css_page_size=True, print_background=True, display_header_footer=False)
    page.close()
    return written


def _clients(origin: str) -> Iterator[tuple[str, httpx.Client]]:
    with httpx.Client(base_url=origin, timeout=60) as visitor:
        yield "visitor", visitor
    for role, (issuer, key) in PEOPLE.items():
        with log_in(Demo(origin), issuer, key) as client:
            yield role, client


def _small(browser: Browser, origin: str) -> None:
    """The pictures of the README."""
    DOCS.mkdir(parents=True, exist_ok=True)
    known, routes = measured_pages(origin), page_routes()
    for role, client in _clients(origin):
        wanted = {name: route for name, (who, route) in SMALL.items() if who == role}
        if not wanted:
            continue
        found = explore(client, ["/", known["search"], known["comparison"], "/account"], routes)
        context = _context(browser, origin, client, SMALL_SIZE, SMALL_SCALE)
        page = context.new_page()
        for name, route in wanted.items():
            page.goto(origin + (known["comparison"] if name == "comparison" else found[route].path))
            page.screenshot(path=DOCS / f"{name}.png", animations="disabled")
        context.close()


def _all(browser: Browser, origin: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    routes, taken = page_routes(), set[str]()
    known = measured_pages(origin)
    for role, client in _clients(origin):
        start = ["/", *known.values()] if role == "visitor" else ["/", "/account"]
        found = explore(client, start, routes)
        new = {name_of(one.route): one.path for one in found.values() if one.route not in taken}
        taken.update(found)
        sys.stdout.write(f"{role}: {len(found)} kinds of pages, {len(new)} of them new\n")
        sys.stdout.flush()
        _take(browser, origin, role, client, {"home": "/"} | new)
    sys.stdout.write(f"{_as_pdf(browser, origin, known['comparison'])}\n")
    pictures = len(list(FOLDER.glob("*.png")))
    sys.stdout.write(f"{pictures} pictures of {len(taken)} kinds of pages in {FOLDER}\n")
    missed = sorted(set(routes) - taken - set(NO_PAGES))
    sys.stdout.write(f"no link of the sample data led to: {', '.join(missed) or 'none missed'}\n")


def main() -> int:
    """Take them; prints where they are and which pages were not found."""
    with running_demo() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), env=dict(os.environ))
        (_small if "--docs" in sys.argv[1:] else _all)(browser, origin)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
