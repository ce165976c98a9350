"""Every page, looked at by axe-core, by the Nu HTML checker and for sideways movement.

`make test` looks at each page as one role on a phone, and at no colours. `make pages-check` (DMP_ALL_PAGES=1) looks as
every role, on a phone and on a desktop, at the forms with faults and at the pages of refusals as well.
DMP_PAGES=/part/of/a/path narrows both.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import Response
from playwright.sync_api import Browser

from tests.access.asking import Asking
from tests.access.conftest import issuers
from tests.access.routes import RouteFacts, routes_of
from tests.access.rules import ROLES
from tests.access.stage import Stage
from tests.pages import crawl, tools
from tests.pages.crawl import NO_PAGES, Seen
from tests.pages.showing import LONG_WORDS, MOVES_SIDEWAYS, shown
from tests.support.application import application
from tests.support.browser import DESKTOP, PHONE
from tests.support.databases import Databases

ALL = os.environ.get("DMP_ALL_PAGES") == "1"
ONLY = os.environ.get("DMP_PAGES", "")
"""Part of a path: look only at pages that have it in theirs (while mending one)."""
ZOOMED = (320, 740)
"""What a window of 1280 px shows at 400 %."""


@dataclass(frozen=True)
class Crawled:
    """What was seen, what was answered to odd questions, and the routes that there are."""

    seen: tuple[Seen, ...]
    odd: tuple[tuple[str, Response], ...]
    routes: frozenset[RouteFacts]


@pytest.fixture(scope="module")
def crawled(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """The crawl, once for all judges; what the pages look like does not depend on the database."""
    folder = tmp_path_factory.mktemp("pages")
    with application(Databases("sqlite", migrated_sqlite), folder, issuers=issuers()) as running:
        stage = Stage(running)
        stage.index()
        stage.seal()
        running.database.forgets = True
        asking = Asking(stage, {})
        seen = crawl.everything(asking, ONLY) if ALL else list(crawl.pages(asking, ONLY, one_role=True))
        odd = tuple(crawl.odd_requests(asking, ONLY))
        routes = frozenset(
            route for route in routes_of(running.app) if route.method == "GET" and not route.is_api
        )
        if ALL and not ONLY:
            seen += crawl.failures(asking)
    return Crawled(tuple(seen), odd, routes)


@pytest.mark.skipif(bool(ONLY), reason="DMP_PAGES names some of the pages")
def test_every_page_is_visited(crawled: Crawled) -> None:
    found = {one.route for one in crawled.seen if not one.state or one.state.startswith("?")}
    wanted = {f"GET {route.path}" for route in crawled.routes if route.path not in NO_PAGES}
    assert sorted(wanted - found) == [], "pages that nobody looked at"
    assert sorted(set(NO_PAGES) - {route.path for route in crawled.routes}) == []
    assert {one.role for one in crawled.seen} == set(ROLES)
    assert len(found) >= 100
    assert [one.name for one in crawled.seen if one.status >= 500 and one.state not in crawl.FAILURES] == []
    if ALL:
        states = {one.state for one in crawled.seen}
        assert states >= {
            *crawl.FAILURES,
            "401",
            "403",
            "403, an old login",
            "404",
            "409",
            "410",
            "413",
            "422",
        }
        assert len([one for one in crawled.seen if one.state == "422"]) >= 60


def test_odd_questions_get_a_page(crawled: Crawled) -> None:
    wrong = [
        f"{name}: {answer.status_code} {answer.headers.get('content-type', '')}"
        for name, answer in crawled.odd
        if answer.status_code not in (200, 303, 400, 404, 422)
        or (answer.status_code != 303 and not crawl.is_page(answer))
    ]
    assert not wrong, "\n".join(wrong)
    assert len(crawled.odd) >= 100 or ONLY


def test_nothing_typed_becomes_script(crawled: Crawled) -> None:
    """Neither what a person wrote nor the page itself brings script or style that no file of ours holds."""
    answers = [(one.name, one.html) for one in crawled.seen]
    answers += [(name, answer.text) for name, answer in crawled.odd]
    inline = re.compile(r"<script(?![^>]* src=)|<style| style=\"| on[a-z]+=\"|<script>alert")
    wrong = [f"{name}: {found[0]}" for name, html in answers if (found := inline.search(html))]
    assert not wrong, "\n".join(wrong)


def test_the_markup_is_valid(crawled: Crawled, tmp_path: Path) -> None:
    complaints = tools.vnu(tmp_path, [(one.name, one.html) for one in crawled.seen])
    assert not complaints, "\n".join(map(str, complaints))


def test_everybody_can_use_it(crawled: Crawled, browser: Browser) -> None:
    """No violation of WCAG 2.2 A and AA; nothing moves sideways at 400 %, whatever people typed."""
    wrong = []
    with shown(browser) as show:
        for one in crawled.seen:
            page = show(one)
            for width, height in (DESKTOP, PHONE) if ALL else (PHONE,):
                page.set_viewport_size({"width": width, "height": height})
                wrong += [str(each) for each in tools.axe(page, f"{one.name}, {width} px", colours=ALL)]
            page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
            for how, script in (("", ""), (" with words of 300 letters", LONG_WORDS)):
                if script:
                    page.evaluate(script)
                wider = page.evaluate(MOVES_SIDEWAYS)
                if wider:
                    wrong.append(f"{one.name}: {wider} px wider than a window of {ZOOMED[0]} px{how}")
    assert not wrong, "\n".join(wrong)
