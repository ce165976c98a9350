"""Every login that must not succeed: what the issuer gets wrong, what a stranger tries, where `next` may not lead."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.demo.provider import RunningProvider
from app.kit.clock import MovableClock
from app.kit.database import Database
from tests.identity.conftest import Browser, Browsers, audit_actions, parameters, with_parameters


def refused(browser: Browser, answer: object, reason: str, database: Database) -> None:
    """The refusal is a page of status 400, nobody is logged in, and the trail has it."""
    status = getattr(answer, "status_code", 0)
    text = getattr(answer, "text", "")
    assert status == 400, (status, text)
    assert "ログインできませんでした" in text
    assert browser.cookie == ""
    from sqlmodel import select

    from app.audit.models import AuditEvent

    with database.read() as session:
        kept = session.exec(select(AuditEvent).where(AuditEvent.action == "login.refused")).all()
    assert [event.details["reason"] for event in kept][-1:] == [reason]
    assert "login.succeeded" not in audit_actions(database)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("wrong_audience", "audience"),
        ("wrong_nonce", "nonce"),
        ("missing_nonce", "nonce"),
        ("expired_id_token", "expired"),
        ("wrong_issuer", "issuer"),
        ("unknown_key", "unknown-key"),
        ("forged_signature", "signature"),
        ("alg_none", "algorithm"),
        ("alg_hs256", "algorithm"),
        ("userinfo_other_sub", "userinfo-subject"),
    ],
)
@pytest.mark.parametrize("issuer", ["gbizid", "lg"])
def test_a_forged_or_wrong_token(
    browser: Browser, provider: RunningProvider, database: Database, issuer: str, fault: str, reason: str
) -> None:
    subject = {"gbizid": "prime-1", "lg": "officer-1"}[issuer]
    with provider.faults.using(**{fault: True}):
        refused(browser, browser.log_in(issuer, subject), reason, database)


@pytest.mark.parametrize("fault", ["wrong_response_iss", "missing_response_iss"])
def test_a_mixed_up_answer(
    browser: Browser, provider: RunningProvider, database: Database, fault: str
) -> None:
    with provider.faults.using(**{fault: True}):
        refused(browser, browser.log_in("lg", "officer-1"), "response-issuer", database)


def test_an_issuer_named_where_none_is_promised_must_be_the_right_one(
    browser: Browser, database: Database
) -> None:
    url = with_parameters(browser.callback("gbizid", "prime-1"), iss="https://evil.example/")
    refused(browser, browser.site.get(url), "response-issuer", database)


def test_keys_are_looked_for_once_more_when_they_change(browser: Browser, provider: RunningProvider) -> None:
    browser.log_in("gbizid", "prime-1")
    provider.provider.rotate_key("gbizid", keep_former=False)
    assert browser.log_in("gbizid", "prime-1").status_code == 303


def test_a_replayed_callback(browsers: Browsers, database: Database) -> None:
    browser = browsers()
    url = browser.callback("gbizid", "prime-1")
    assert browser.site.get(url).status_code == 303
    browser.site.cookies.delete("dmp-session")
    again = browser.site.get(url)
    assert again.status_code == 400
    assert browser.cookie == ""
    assert audit_actions(database)[-1] == "login.refused"


def test_a_code_that_was_used_elsewhere(browser: Browser, database: Database) -> None:
    first = browser.callback("gbizid", "prime-1")
    second = browser.callback("gbizid", "prime-1")
    assert browser.site.get(first).status_code == 303
    browser.site.cookies.delete("dmp-session")
    swapped = with_parameters(second, code=parameters(first)["code"])
    assert browser.site.get(swapped).status_code == 400
    assert browser.cookie == ""


@pytest.mark.parametrize("state", [None, "", "guessed-state"])
def test_a_callback_without_our_state(browser: Browser, state: str | None) -> None:
    url = with_parameters(browser.callback("gbizid", "prime-1"), state=state)
    answer = browser.site.get(url)
    assert answer.status_code == 400
    assert browser.cookie == ""


def test_a_callback_in_another_browser(browsers: Browsers, database: Database) -> None:
    victim, attacker = browsers(), browsers()
    url = attacker.callback("gbizid", "prime-1")
    refused(victim, victim.site.get(url), "other-browser", database)
    # The stranger has not used it up.
    assert attacker.site.get(url).status_code == 303


def test_a_callback_in_another_browser_with_a_cookie_of_its_own(
    browsers: Browsers, database: Database
) -> None:
    victim, attacker = browsers(), browsers()
    victim.begin("gbizid")
    refused(victim, victim.site.get(attacker.callback("gbizid", "prime-1")), "other-browser", database)


def test_a_callback_of_another_issuer(browser: Browser, database: Database) -> None:
    url = browser.callback("gbizid", "prime-1").replace("/callback/gbizid", "/callback/lg")
    refused(browser, browser.site.get(url), "other-issuer", database)


def test_a_callback_too_late(browser: Browser, database: Database, clock: MovableClock) -> None:
    url = browser.callback("gbizid", "prime-1")
    clock.move(minutes=11)
    refused(browser, browser.site.get(url), "attempt-expired", database)


def test_the_issuer_refuses(browser: Browser, database: Database) -> None:
    state = parameters(browser.begin("gbizid").headers["location"])["state"]
    answer = browser.site.get(f"/login/callback/gbizid?error=access_denied&state={state}")
    refused(browser, answer, "issuer-refused", database)


def test_no_code(browser: Browser, database: Database) -> None:
    url = with_parameters(browser.callback("gbizid", "prime-1"), code=None)
    refused(browser, browser.site.get(url), "code-missing", database)


def test_a_wrong_code(browser: Browser, database: Database) -> None:
    url = with_parameters(browser.callback("gbizid", "prime-1"), code="guessed")
    refused(browser, browser.site.get(url), "code", database)


def test_repeated_parameters(browser: Browser) -> None:
    url = browser.callback("gbizid", "prime-1")
    assert browser.site.get(f"{url}&state=other").status_code == 400


@pytest.mark.parametrize("issuer", ["", "unknown", "../gbizid"])
def test_an_unknown_issuer(browser: Browser, issuer: str) -> None:
    assert browser.begin(issuer).status_code == 400


def test_an_unknown_issuers_callback(client: TestClient) -> None:
    assert client.get("/login/callback/unknown?state=x&code=y").status_code == 400


def test_a_provider_that_is_down(browser: Browser, provider: RunningProvider) -> None:
    with provider.faults.using(down=True):
        answer = browser.begin("gbizid")
    assert answer.status_code == 503
    assert "認証サーバーに接続できません" in answer.text
    assert browser.begin("gbizid").status_code == 303


def test_a_provider_that_goes_down_on_the_way(browser: Browser, provider: RunningProvider) -> None:
    url = browser.callback("gbizid", "prime-1")
    with provider.faults.using(down=True):
        answer = browser.site.get(url)
    assert answer.status_code == 503
    assert browser.cookie == ""


def test_discovery_of_another_issuer(browser: Browser, provider: RunningProvider) -> None:
    with provider.faults.using(discovery_other_issuer=True):
        assert browser.begin("gbizid").status_code == 503


def test_userinfo_without_end(browser: Browser, provider: RunningProvider) -> None:
    with provider.faults.using(userinfo_bytes=3_000_000):
        answer = browser.log_in("gbizid", "prime-1")
    assert answer.status_code == 503
    assert browser.cookie == ""


def test_the_login_form_cannot_be_posted_from_elsewhere(browser: Browser) -> None:
    answer = browser.site.post(
        "/login/start", data={"issuer": "gbizid"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/a\r\nSet-Cookie: x=1",
    "/\u200b/evil.example",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("next_path", ELSEWHERE)
def test_next_never_leads_elsewhere(browser: Browser, client: TestClient, next_path: str) -> None:
    shown = client.get("/login", params={"next": next_path})
    assert shown.status_code == 422
    started = browser.begin("gbizid", next=next_path)
    if next_path.strip().startswith("/") and not next_path.strip().startswith(("//", "/\\")):
        # Forms are trimmed: what is left may be a harmless path, never another site.
        assert started.status_code in (303, 422)
    else:
        assert started.status_code == 422
        assert "next にはこのサイトの中のパスだけを指定できます" in started.text
