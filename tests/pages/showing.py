"""Pages that were fetched before, shown in a real browser without a server: every request is answered from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route

from app.web.assets import assets
from tests.pages.crawl import Seen
from tests.pages.tools import axe_script
from tests.support.browser import DESKTOP

Show = Callable[[Seen], Page]
_KEPT = ("content-type", "content-security-policy", "referrer-policy", "x-content-type-options")

MOVES_SIDEWAYS = "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"
"""How many pixels a page is wider than its window."""

LONG_WORDS = """
() => {
  const fixed = "button, .button, .tag, .unit, legend, label, option, .visually-hidden";
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) if (walk.currentNode.data.trim()) texts.push(walk.currentNode);
  for (const text of texts)
    if (!text.parentElement.closest(fixed)) text.data = "W".repeat(300);
}
"""
"""Puts a word that cannot be broken at any blank in the place of every text that may come from a person."""


@contextmanager
def shown(browser: Browser) -> Iterator[Show]:
    """`show(seen)` opens that page with its own headers, so that its policy of content is in force."""
    context = browser.new_context(
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
        reduced_motion="reduce",
    )
    context.add_init_script(path=axe_script())
    here: list[Seen] = []

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if route.request.is_navigation_request():
            headers = {name: value for name, value in here[-1].headers.items() if name in _KEPT}
            route.fulfill(status=here[-1].status, headers=headers, body=here[-1].html)
        elif path.startswith("/static/") and (asset := assets().get(path.split("/", 3)[3])) is not None:
            route.fulfill(content_type=asset.media_type, body=asset.content)
        else:
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()

    def show(seen: Seen) -> Page:
        here.append(seen)
        page.goto(seen.url)
        return page

    try:
        yield show
    finally:
        context.close()
