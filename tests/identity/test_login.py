"""Logging in over the development provider: the whole way, sessions, step-up, logout."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from app.demo.provider import RunningProvider
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.settings import Settings
from tests.identity.conftest import Browser, Browsers, audit_actions, parameters
from tests.world import World


def test_the_whole_way(browser: Browser, database: Database) -> None:
    answer = browser.log_in("gbizid", "prime-1", next="/search?q=図書館&page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/search?q=%E5%9B%B3%E6%9B%B8%E9%A4%A8&page=2"
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("dmp-session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    me = browser.me()
    assert me["organisation"]["name"] == "試験システム株式会社"
    assert me["roles"] == ["vendor_admin"]
    assert me["name"] == "試験 花子"
    assert "login.succeeded" in audit_actions(database)


def test_the_request_carries_state_nonce_and_s256(browser: Browser) -> None:
    sent = parameters(browser.begin("gbizid").headers["location"])
    assert sent["code_challenge_method"] == "S256"
    assert len(sent["code_challenge"]) == 43
    assert len(sent["state"]) >= 43
    assert len(sent["nonce"]) >= 43
    assert sent["redirect_uri"].endswith("/login/callback/gbizid")
    assert "prompt" not in sent


def test_no_secret_is_stored_readable(browser: Browser, database: Database) -> None:
    from sqlmodel import select

    from app.identity.models import LoginAttempt, WebSession

    url = browser.begin("gbizid").headers["location"]
    browser.site.get(browser.at_issuer(url, "prime-1"))
    with database.read() as session:
        kept = session.exec(select(LoginAttempt)).one()
        opened = session.exec(select(WebSession)).one()
    assert parameters(url)["state"] not in str(kept)
    assert browser.cookie not in str(opened)
    assert kept.used_at is not None


def test_the_login_page_lists_issuers_and_helps(client: TestClient, settings: Settings) -> None:
    page = client.get("/login?next=/search")
    assert page.status_code == 200
    for issuer in settings.issuers:
        assert issuer.name in page.text
    assert "確認コード" in page.text
    assert 'name="next" value="/search"' in page.text


def test_each_login_makes_a_new_session_and_ends_the_old(browser: Browser, browsers: Browsers) -> None:
    browser.log_in("gbizid", "prime-1")
    first = browser.cookie
    browser.log_in("gbizid", "prime-1")
    assert browser.cookie != first
    thief = browsers()
    thief.site.cookies.set("dmp-session", first)
    assert thief.site.get("/api/v1/me").status_code == 401


def test_a_planted_session_cookie_is_not_taken_over(browsers: Browsers, browser: Browser) -> None:
    browser.site.cookies.set("dmp-session", "planted-by-somebody-else-0123456789abcdef", domain="127.0.0.1")
    answer = browser.log_in("gbizid", "prime-1")
    set_cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("dmp-session="))
    assert "planted" not in set_cookie


def test_sessions_end_idle_and_absolutely(browser: Browser, clock: MovableClock) -> None:
    browser.log_in("gbizid", "prime-1")
    clock.move(minutes=59)
    assert browser.site.get("/api/v1/me").status_code == 200
    clock.move(minutes=61)
    assert browser.site.get("/api/v1/me").status_code == 401
    browser.log_in("gbizid", "prime-1")
    for _ in range(12):
        clock.move(minutes=55)
        assert browser.site.get("/api/v1/me").status_code == 200
    clock.move(minutes=55)
    clock.move(minutes=10)
    assert browser.site.get("/api/v1/me").status_code == 401


def test_sessions_are_listed_and_revoked(browsers: Browsers) -> None:
    one, two = browsers(), browsers()
    one.log_in("gbizid", "prime-1")
    two.log_in("gbizid", "prime-1")
    listed = one.site.get("/api/v1/me/sessions").json()["items"]
    assert [entry["current"] for entry in listed] == [False, True]
    other = next(entry["id"] for entry in listed if not entry["current"])
    assert one.site.delete(f"/api/v1/me/sessions/{other}").status_code == 204
    assert two.site.get("/api/v1/me").status_code == 401
    assert one.site.delete(f"/api/v1/me/sessions/{other}").status_code == 404


def test_nobody_revokes_another_persons_session(browsers: Browsers) -> None:
    one, two = browsers(), browsers()
    one.log_in("gbizid", "prime-1")
    two.log_in("lg", "officer-1")
    theirs = two.site.get("/api/v1/me/sessions").json()["items"][0]["id"]
    assert one.site.delete(f"/api/v1/me/sessions/{theirs}").status_code == 404
    assert two.site.get("/api/v1/me").status_code == 200


def test_pages_of_sessions(browser: Browser) -> None:
    browser.log_in("gbizid", "prime-1")
    page = browser.site.get("/account/sessions")
    assert page.status_code == 200
    assert "この画面のログイン" in page.text
    assert browser.site.get("/account").status_code == 200


def test_logout_here_says_that_the_issuer_goes_on(browser: Browser, browsers: Browsers) -> None:
    browser.log_in("gbizid", "prime-1")
    old = browser.cookie
    answer = browser.site.post("/logout")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "認証サーバーのログインは続いています" in browser.site.get("/about").text
    thief = browsers()
    thief.site.cookies.set("dmp-session", old)
    assert thief.site.get("/api/v1/me").status_code == 401


def test_logout_at_an_issuer_that_offers_it(browser: Browser, clock: MovableClock) -> None:
    # The provider's own check of the hint goes by the machine's time.
    clock.set(datetime.now(UTC))
    browser.log_in("lg", "officer-1")
    answer = browser.site.post("/logout")
    target = answer.headers["location"]
    sent = parameters(target)
    assert sent["post_logout_redirect_uri"] == "http://127.0.0.1:8000/"
    ended = browser.outside.get(target)
    assert ended.status_code == 303
    assert ended.headers["location"] == "http://127.0.0.1:8000/"
    # The issuer asks again now.
    assert browser.outside.get(browser.begin("lg").headers["location"]).status_code == 200


def test_logout_needs_a_post_from_our_own_pages(browser: Browser) -> None:
    browser.log_in("gbizid", "prime-1")
    assert browser.site.get("/logout").status_code == 405
    assert browser.site.post("/logout", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.me()["name"] == "試験 花子"


def test_step_up_asks_anew_and_keeps_the_place(browser: Browser, clock: MovableClock) -> None:
    browser.log_in("gbizid", "prime-1")
    clock.move(minutes=30)
    body = {"name": "自動化", "scopes": ["listing:read"]}
    refused = browser.site.post("/api/v1/tokens", json=body)
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/step-up-required"
    page = browser.site.get("/login?step_up=1&next=/account/tokens")
    assert page.status_code == 200
    assert "gbizidの認証" in page.text
    assert "lgの認証" not in page.text
    begun = browser.begin("gbizid", next="/account/tokens", step_up="1")
    assert parameters(begun.headers["location"])["prompt"] == "login"
    answer = browser.site.get(browser.at_issuer(begun.headers["location"], "prime-1"))
    assert answer.headers["location"] == "/account/tokens"
    assert browser.site.post("/api/v1/tokens", json=body).status_code == 201


def test_step_up_is_for_the_same_person(browser: Browser, clock: MovableClock) -> None:
    browser.log_in("gbizid", "prime-1")
    clock.move(minutes=30)
    before = browser.cookie
    answer = browser.log_in("gbizid", "prime-2", step_up="1")
    assert answer.status_code == 400
    assert browser.cookie == before
    assert browser.me()["name"] == "試験 花子"


def test_step_up_wants_a_fresh_authentication(browser: Browser, clock: MovableClock) -> None:
    browser.log_in("gbizid", "prime-1")
    clock.move(minutes=30)
    begun = browser.begin("gbizid", step_up="1").headers["location"]
    # The issuer ignores prompt=login and answers from its own session.
    lax = begun.replace("&prompt=login", "")
    assert lax != begun
    assert browser.site.get(browser.at_issuer(lax, "prime-1")).status_code == 400


def test_step_up_without_a_session(client: TestClient, browser: Browser) -> None:
    assert client.get("/login?step_up=1").headers["location"].startswith("/login?next=")
    assert browser.begin("gbizid", step_up="1").status_code == 401


def test_an_ordinary_login_may_rest_on_an_older_authentication(browser: Browser, clock: MovableClock) -> None:
    browser.log_in("gbizid", "prime-1")
    clock.move(minutes=30)
    browser.log_in("gbizid", "prime-1")
    refused = browser.site.post("/api/v1/tokens", json={"name": "x", "scopes": ["listing:read"]})
    assert refused.json()["type"] == "/problems/step-up-required"


@pytest.mark.parametrize("path", ["/account", "/account/sessions", "/account/tokens"])
def test_a_visitor_is_sent_to_log_in_and_back(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={path.replace('/', '%2F')}"


def test_numbers_may_come_as_numbers(browser: Browser, provider: RunningProvider) -> None:
    with provider.faults.using(userinfo_numbers=True):
        browser.log_in("gbizid", "prime-1")
    assert browser.me()["organisation"]["corporate_number"] == "5999901000011"


def test_a_token_cannot_open_the_persons_pages(world: World, app: object) -> None:
    login = world.login(world.vendor(), "vendor_admin")
    assert world.api(login).get("/account").status_code == 403
    assert world.api(login).get("/api/v1/me/sessions").status_code == 403
