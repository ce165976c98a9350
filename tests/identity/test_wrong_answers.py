"""Issuers that answer, but not as issuers do: an ordinary refusal each time, never a crash; the next login works."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack

import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from sqlmodel import select

from app.audit.models import AuditEvent
from app.demo.provider import RunningProvider
from app.identity.login import STRAYS_A_MINUTE
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.main import create_app
from app.settings import IssuerSettings, Settings, origin_of
from tests.identity.conftest import Browser, Browsers, parameters, with_parameters

DEEP = "[" * 100_000
DEEP_OBJECT = '{"keys":' * 20_000
HUGE = "9" * 5_000


def token(**changes: object) -> str:
    """A token answer that would be right but for the changes."""
    return json.dumps({"access_token": "a", "id_token": "a.b.c", "token_type": "Bearer"} | changes)


@pytest.mark.parametrize(
    "fault",
    [
        {"token_answer": "[1,2]"},
        {"token_answer": '"x"'},
        {"token_answer": "null"},
        {"token_answer": "[]"},
        {"token_answer": "7"},
        {"token_answer": '["error"]'},
        {"token_answer": "not JSON"},
        {"token_answer": DEEP},
        {"token_answer": token(expires_in="abc")},
        {"token_answer": token(expires_in=["x"])},
        {"token_answer": token(expires_at={})},
        {"token_answer": '{"expires_in": 1e999}'},
        {"token_answer": f'{{"expires_in": {HUGE}}}'},
        {"token_answer": token(id_token="\ud800.a.b")},
        {"token_answer": token(id_token=["a"])},
        {"userinfo_answer": "[1,2]"},
        {"userinfo_answer": DEEP},
        {"userinfo_answer": f'{{"sub": {HUGE}}}'},
        {"keys_answer": DEEP_OBJECT},
        {"keys_answer": f'{{"keys": {HUGE}}}'},
        {"keys_answer": '{"keys": {"kty": "RSA"}}'},
        {"keys_answer": '{"keys": [{"kty": "RSA", "n": [], "e": {}}, 3]}'},
        {"id_token_payload": DEEP},
        {"id_token_payload": f'{{"sub": {HUGE}}}'},
        {"id_token_payload": "[1,2]"},
        {"id_token_payload": '"x"'},
    ],
    ids=lambda fault: "-".join(f"{name}:{value[:24]}" for name, value in fault.items()),
)
def test_wrong_answers_on_the_way_back(
    browser: Browser, provider: RunningProvider, fault: dict[str, str]
) -> None:
    with provider.faults.using(**fault):
        answer = browser.log_in("gbizid", "prime-1")
    assert answer.status_code in (400, 503), answer.text
    assert "ログイン" in answer.text
    assert browser.cookie == ""
    assert browser.log_in("gbizid", "prime-1").status_code == 303


@pytest.mark.parametrize(
    "fault",
    [
        {"discovery_answer": "[1,2]"},
        {"discovery_answer": DEEP},
        {"discovery_answer": f'{{"issuer": {HUGE}}}'},
        {"discovery_jwks_uri": "http://localhost:99999999/keys"},
        {"discovery_jwks_uri": "http://[::1/keys"},
        {"discovery_jwks_uri": "http://local host/keys"},
        {"discovery_jwks_uri": "http://user:pass@localhost/keys"},
        {"discovery_jwks_uri": "/keys"},
        {"discovery_authorization_endpoint": "http://localhost:99999999/authorize"},
        {"discovery_authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=lambda fault: "-".join(f"{name}:{value[:24]}" for name, value in fault.items()),
)
def test_wrong_discovery(browser: Browser, provider: RunningProvider, fault: dict[str, str]) -> None:
    with provider.faults.using(**fault):
        answer = browser.begin("gbizid")
    assert answer.status_code == 503, answer.text
    assert browser.begin("gbizid").status_code == 303


# Where an issuer's pages may be


def test_a_login_page_elsewhere_is_refused_by_name(
    browser: Browser, provider: RunningProvider, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.ERROR, "dmp.identity"),
        provider.faults.using(discovery_authorization_endpoint="http://login.example.jp/authorize"),
    ):
        answer = browser.begin("lg")
    assert answer.status_code == 503
    assert "設定にない場所" in answer.text
    assert "authorization-endpoint-origin: issuer lg logs in at http://login.example.jp" in caplog.text


def test_a_logout_page_elsewhere_is_not_visited(
    browser: Browser, provider: RunningProvider, caplog: pytest.LogCaptureFixture
) -> None:
    with provider.faults.using(discovery_end_session_endpoint="http://bye.example.jp/logout"):
        browser.log_in("lg", "officer-1")
        assert browser.site.post("/logout").headers["location"] == "/"
    assert "end-session-endpoint-origin: issuer lg" in caplog.text
    assert "認証サーバーのログインは続いています" in browser.site.get("/about").text


def test_extra_origins_are_allowed_and_named_to_browsers(
    settings: Settings, clock: MovableClock, database: Database, provider: RunningProvider
) -> None:
    elsewhere = "http://login.example.jp"
    issuers = tuple(
        issuer.model_copy(update={"extra_origins": (elsewhere,)}) if issuer.key == "lg" else issuer
        for issuer in settings.issuers
    )
    app: FastAPI = create_app(
        settings.model_copy(update={"issuers": issuers}), clock=clock, database=database
    )
    with (
        provider.faults.using(discovery_authorization_endpoint=f"{elsewhere}/authorize"),
        ExitStack() as stack,
    ):
        browser = Browsers(app, stack)()
        answer = browser.begin("lg")
        assert answer.headers["location"].startswith(f"{elsewhere}/authorize?")
        policy = browser.site.get("/login").headers["content-security-policy"]
        assert elsewhere in policy.partition("form-action")[2].partition(";")[0].split()
        assert browser.begin("gbizid").status_code == 503


@pytest.mark.parametrize(
    "given", ["https://a.example/", "https://A.example", "a.example", "https://a:443", "https://[::1", "*"]
)
def test_extra_origins_must_be_origins(given: str) -> None:
    with pytest.raises(ValidationError, match="extra_origins"):
        IssuerSettings(
            key="lg",
            name="",
            issuer="https://lg.example",
            client_id="dmp",
            client_secret="0123456789abcdef",  # type: ignore[arg-type]  # pydantic reads the text
            extra_origins=(given,),
        )


def test_origins_are_compared_as_browsers_do() -> None:
    assert origin_of("HTTPS://Login.example:443/a?b") == "https://login.example"
    assert origin_of("http://[::1]:8080/x") == "http://[::1]:8080"
    assert origin_of("ftp://a.example") == origin_of("https:///x") == origin_of("http://a:99999999") == ""


# Step-up


def test_an_issuer_that_tells_auth_time_only_when_asked(
    browser: Browser, provider: RunningProvider, clock: MovableClock
) -> None:
    with provider.faults.using(auth_time_only_for_max_age=True):
        browser.log_in("lg", "officer-1")
        assert browser.me()["auth_time"].startswith("1970-01-01")
        begun = browser.begin("lg", step_up="1").headers["location"]
        assert parameters(begun)["max_age"] == "0"
        assert browser.site.get(browser.at_issuer(begun, "officer-1")).status_code == 303
        assert browser.me()["auth_time"].startswith("2026-11-24")
        # An ordinary login asks nobody to authenticate anew.
        assert "max_age" not in parameters(browser.begin("lg").headers["location"])


# Callbacks of no login of ours


def strays(database: Database) -> list[str]:
    """The reasons kept, in order."""
    with database.read() as session:
        rows = session.exec(
            select(AuditEvent).where(AuditEvent.action == "login.refused").order_by(AuditEvent.id)
        ).all()
    assert all(row.address_digest for row in rows)
    return [str(row.details["reason"]) for row in rows]


def test_stray_callbacks_are_kept_once_a_minute(
    browser: Browser, database: Database, clock: MovableClock
) -> None:
    url = browser.callback("gbizid", "prime-1")
    for _ in range(3):
        assert browser.site.get(f"{url}&state=other").status_code == 400
        assert browser.site.get(with_parameters(url, state=None)).status_code == 400
        assert browser.site.get(with_parameters(url, state="guessed")).status_code == 400
    assert strays(database) == ["repeated-parameter", "state"]
    clock.move(minutes=1)
    browser.site.get(with_parameters(url, state="guessed"))
    assert strays(database) == ["repeated-parameter", "state", "state"]


def test_many_strangers_do_not_fill_the_trail(clock: MovableClock) -> None:
    from app.identity.login import _Strays

    kept = _Strays(clock)
    assert sum(kept.keeps(f"192.0.2.{number}", "state") for number in range(200)) == STRAYS_A_MINUTE
    clock.move(minutes=1)
    assert kept.keeps("192.0.2.1", "state")
