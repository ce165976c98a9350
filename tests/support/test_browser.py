"""What fails a journey: the watch over the browser's pages, against a small real server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from tests.support.browser import (
    PHONE,
    BrowserUnavailable,
    OpenPage,
    Watch,
    find_chromium,
    is_loopback,
    screenshot,
)

PAGES = {
    "/quiet": "<h1>調達</h1><p>問題のないページです。</p>",
    "/throws": "<script>throw new Error('broken')</script>",
    "/complains": "<script>console.error('something is wrong')</script>",
    "/lacks-a-style": "<link rel=stylesheet href=/missing.css>",
    "/calls-out": "<img src='http://tracker.example/pixel.png' alt=''>",
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name is http.server's
        body = PAGES.get(self.path, "見つかりません")
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(
            f'<!doctype html><html lang="ja"><link rel=icon href="data:,">{body}</html>'.encode()
        )

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a server with those pages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _faults(browser: Browser, url: str) -> list[str]:
    watch = Watch()
    context = browser.new_context()
    watch.observe(context)
    context.new_page().goto(url, wait_until="networkidle")
    context.close()
    return watch.faults()


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/throws", "uncaught: .*broken"),
        ("/complains", "console: something is wrong"),
        ("/lacks-a-style", r"console: Failed to load resource.*missing\.css"),
        ("/calls-out", "request to another machine: GET http://tracker.example/pixel.png"),
    ],
)
def test_faults_are_seen(browser: Browser, site: str, path: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        assert not "\n".join(_faults(browser, site + path))


def test_a_quiet_page_and_a_refused_page_are_no_faults(browser: Browser, site: str) -> None:
    assert _faults(browser, f"{site}/quiet") == []
    assert _faults(browser, f"{site}/nowhere") == []


def test_other_machines_cannot_even_be_resolved(browser: Browser) -> None:
    page = browser.new_page()
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://catalogue.example/")
    page.close()


def test_people_have_cookies_and_screens_of_their_own(open_page: OpenPage, site: str, tmp_path: Path) -> None:
    officer, vendor = open_page(), open_page(size=PHONE, javascript=False)
    officer.goto(f"{site}/quiet")
    vendor.goto(f"{site}/throws")
    officer.context.add_cookies([{"name": "session", "value": "officer", "url": site}])
    assert vendor.context.cookies() == []
    assert officer.evaluate(
        "[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, innerWidth]"
    ) == [
        "ja-JP",
        "Asia/Tokyo",
        1280,
    ]
    assert screenshot(officer, "quiet-page", tmp_path).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("http://127.0.0.1:8000/", True),
        ("http://localhost:8001/authorize", True),
        ("http://[::1]/", True),
        ("data:text/plain,x", True),
        ("https://example.test/", False),
        ("http://127.0.0.1.example.test/", False),
        ("http://192.168.0.1/", False),
    ],
)
def test_loopback(url: str, stays: bool) -> None:
    assert is_loopback(url) is stays


def test_a_wrong_setting_is_named() -> None:
    with pytest.raises(BrowserUnavailable, match="DMP_CHROMIUM=/nowhere/chromium"):
        find_chromium({"DMP_CHROMIUM": "/nowhere/chromium"})
