"""A real Chromium for the journeys, driven by Playwright; nothing is downloaded, the machine's own browser is used.

Found by `DMP_CHROMIUM`, on the PATH, or at the usual places of macOS. Where there is none the tests are skipped and say
why; with DMP_REQUIRE_BROWSER=1 they fail.

Every page belongs to a `Watch`: an error on the console, an uncaught exception, or a request to another machine fails
the test that opened the page. Requests to other machines do not even leave: only loopback names can be resolved.

The browser lives as long as the tests of one file, not longer: while it does, Playwright keeps an event loop running in
the test's thread, and `asyncio.run` in the same file would be refused.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
MACOS_PROGRAMS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
DESKTOP = (1280, 900)
PHONE = (375, 740)
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"

OpenPage = Callable[..., Page]
"""`open_page(size=DESKTOP, javascript=True) -> Page`: a page of a person of its own (its own cookies)."""


class BrowserUnavailable(Exception):
    """There is no browser to drive; the text says what would help."""


def find_chromium(environ: Mapping[str, str] = os.environ) -> Path:
    """The browser's program. Raises BrowserUnavailable where there is none, or `DMP_CHROMIUM` names none."""
    named = environ.get("DMP_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise BrowserUnavailable(f"DMP_CHROMIUM={named} is not a program.")
        return Path(found)
    for program in PROGRAMS:
        found = shutil.which(program, path=environ.get("PATH"))
        if found is not None:
            return Path(found)
    if sys.platform == "darwin":
        for place in MACOS_PROGRAMS:
            if Path(place).is_file():
                return Path(place)
    raise BrowserUnavailable(
        "no Chromium found: install chromium or Google Chrome, or name one by DMP_CHROMIUM"
    )


def is_loopback(url: str) -> bool:
    """Whether a request for this URL stays on this machine (or makes no connection at all: data:, blob:, about:)."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ws", "wss"):
        return True
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Watch:
    """What went wrong on the pages of one test, apart from what the test itself looks at."""

    def __init__(self) -> None:
        self._console: list[tuple[str, str]] = []
        self._faults: list[str] = []
        self._refused_pages: set[str] = set()

    def observe(self, context: BrowserContext) -> None:
        """Watch every page of this context, present and future."""
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._faults.append(f"uncaught: {error.error}"))
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def faults(self) -> list[str]:
        """One line for each fault.

        The browser writes an error on its console when a page itself answers 4xx or 5xx. Journeys go to such pages on
        purpose and check them, so only those of images, styles, scripts and fetches count.
        """
        console = [
            f"console: {text} ({url})"
            for text, url in self._console
            if not (text.startswith("Failed to load resource") and url in self._refused_pages)
        ]
        return self._faults + console

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._console.append((message.text, message.location["url"]))

    def _on_request(self, request: Request) -> None:
        if not is_loopback(request.url):
            self._faults.append(f"request to another machine: {request.method} {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            self._refused_pages.add(response.url)


def screenshot(page: Page, name: str, folder: Path = SCREENSHOTS) -> Path:
    """A picture of the whole page as `folder/name.png`, for people to look at. Returns its path."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise ValueError(f"the name of a picture is of a-z, 0-9 and hyphens, not: {name}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True, animations="disabled")
    return path


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program; skips the test, or fails it with DMP_REQUIRE_BROWSER=1, where there is none."""
    try:
        return find_chromium()
    except BrowserUnavailable as error:
        if os.environ.get("DMP_REQUIRE_BROWSER") == "1":
            pytest.fail(f"DMP_REQUIRE_BROWSER=1, but {error}")
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for the tests of a file. It keeps crash reports and settings in its home, so it gets one to lose."""
    home = {"HOME": str(tmp_path_factory.mktemp("browser-home")), "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""}
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            env={**os.environ, **home},
            args=[
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]"
            ],
        )
        try:
            yield launched
        finally:
            launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages, each with cookies of its own, so that several people can act in one test.

    `open_page(size=(width, height), javascript=False)`. What the watch saw fails the test at its end.
    """
    watch = Watch()
    contexts: list[BrowserContext] = []

    def open_one(size: tuple[int, int] = DESKTOP, javascript: bool = True, **options: Any) -> Page:
        context = browser.new_context(
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=javascript,
            **options,
        )
        contexts.append(context)
        watch.observe(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    faults = watch.faults()
    if faults:
        pytest.fail("the browser complained:\n" + "\n".join(faults))


@pytest.fixture
def browser_page(open_page: OpenPage) -> Page:
    """A page at desktop size with JavaScript."""
    return open_page()
