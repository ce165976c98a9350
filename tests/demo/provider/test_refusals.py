"""Every refusal: as a page where the redirect cannot be trusted, as a redirect, or as JSON."""

from __future__ import annotations

import httpx
import pytest

from app.demo.provider import RunningProvider
from tests.demo.provider.conftest import Clock, Visitors
from tests.demo.provider.relying_party import CALLBACK, CLIENT_ID, CLIENT_SECRET, RelyingParty, answer_of


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?a=b"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
        {"client_id": "stranger"},
        {"client_id": None},
    ],
)
def test_an_untrusted_redirect_is_a_page(gbizid: RelyingParty, changes: dict[str, str | None]) -> None:
    response = gbizid.authorize(**changes)
    assert response.status_code == 400
    assert "location" not in response.headers
    assert "ログインを続けられません" in response.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": 'co"de\\'}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid role"}, "invalid_scope"),
        ({"scope": "openid nonsense"}, "invalid_scope"),
        ({"state": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "login_required"),
    ],
)
def test_a_wrong_request_is_redirected_with_its_error(
    gbizid: RelyingParty, changes: dict[str, str | None], error: str
) -> None:
    answer = answer_of(gbizid.authorize(**changes))
    assert answer["error"] == error
    assert "code" not in answer
    assert answer.get("state") == (None if "state" in changes else gbizid.state)


def test_a_logged_in_browser_gets_no_code_for_a_wrong_request(gbizid: RelyingParty) -> None:
    gbizid.tokens("prime-1")
    assert "code" not in answer_of(gbizid.authorize(code_challenge=None, code_challenge_method=None))


def test_a_repeated_parameter_is_refused(gbizid: RelyingParty) -> None:
    query = httpx.QueryParams(gbizid.request()).add("scope", "openid")
    response = gbizid.browser.get(gbizid.metadata["authorization_endpoint"], params=query)
    assert answer_of(response)["error"] == "invalid_request"


def test_a_generic_error_names_its_issuer(generic: RelyingParty) -> None:
    assert answer_of(generic.authorize(nonce=None))["iss"] == generic.issuer


@pytest.mark.parametrize(
    ("credentials", "form"),
    [
        ((CLIENT_ID, "wrong"), {}),
        (("stranger", CLIENT_SECRET), {}),
        (None, {}),
        (None, {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}),
        (None, {"client_id": CLIENT_ID}),
    ],
    ids=["wrong secret", "stranger", "nothing", "secret in the form", "public"],
)
@pytest.mark.parametrize(("issuer", "name"), [("gbizid", "unauthorized"), ("lg", "invalid_client")])
def test_only_client_secret_basic_is_taken(
    visitors: Visitors, issuer: str, name: str, credentials: tuple[str, str] | None, form: dict[str, str]
) -> None:
    party = visitors(issuer)
    code = party.log_in("prime-1" if issuer == "gbizid" else "officer-1")["code"]
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": party.verifier,
    }
    response = httpx.post(party.metadata["token_endpoint"], data=data | form, auth=credentials)
    assert response.status_code == 401
    assert response.json()["error"] == name
    assert response.headers["www-authenticate"].startswith("Basic")
    # The refusal did not use the code up.
    assert party.redeem(code).status_code == 200


def test_a_basic_header_that_is_not_text_is_refused(gbizid: RelyingParty) -> None:
    response = httpx.post(
        gbizid.metadata["token_endpoint"],
        data={"grant_type": "authorization_code", "code": "x"},
        headers={"Authorization": "Basic //79"},
    )
    assert response.status_code == 401
    assert response.json()["error"] == "unauthorized"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "nonsense"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_token_request_is_refused(
    gbizid: RelyingParty, changes: dict[str, str | None], error: str
) -> None:
    response = gbizid.ask(**gbizid.code_form(gbizid.log_in("prime-1")["code"]) | changes)
    assert response.status_code == 400
    assert response.json()["error"] == error
    assert "access_token" not in response.json()


def test_a_code_is_used_once_and_its_replay_revokes_the_tokens(gbizid: RelyingParty) -> None:
    code = gbizid.log_in("prime-1")["code"]
    tokens = gbizid.redeem(code).json()
    assert gbizid.userinfo(tokens["access_token"]).status_code == 200
    replay = gbizid.redeem(code)
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert gbizid.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (300, 400)])
def test_a_code_lives_five_minutes(clock: Clock, gbizid: RelyingParty, seconds: int, status: int) -> None:
    code = gbizid.log_in("prime-1")["code"]
    clock.advance(seconds)
    response = gbizid.redeem(code)
    assert response.status_code == status
    assert response.json().get("error") == (None if status == 200 else "invalid_grant")


def test_a_code_of_one_issuer_is_nothing_at_another(visitors: Visitors, gbizid: RelyingParty) -> None:
    code = gbizid.log_in("prime-1")["code"]
    other = visitors("lg")
    other.verifier = gbizid.verifier
    assert other.redeem(code).json()["error"] == "invalid_grant"


def test_userinfo_wants_a_live_token(clock: Clock, visitors: Visitors, gbizid: RelyingParty) -> None:
    url = gbizid.metadata["userinfo_endpoint"]
    assert httpx.get(url).status_code == 401
    assert gbizid.userinfo("nonsense").status_code == 401
    access_token = gbizid.tokens("prime-1")["access_token"]
    assert gbizid.userinfo(access_token).status_code == 200
    assert visitors("lg").userinfo(access_token).status_code == 401
    clock.advance(3600)
    expired = gbizid.userinfo(access_token)
    assert expired.status_code == 401
    assert expired.json()["error"] == "invalid_token"


def test_the_login_form_counts_once_and_only_in_its_own_browser(
    visitors: Visitors, gbizid: RelyingParty
) -> None:
    page = gbizid.authorize()
    stranger = visitors("gbizid")
    assert stranger.choose(page, "prime-1").status_code == 400
    assert gbizid.choose(page, "prime-1").status_code == 303
    assert gbizid.choose(page, "prime-1").status_code == 400


def test_the_login_form_takes_nobody_of_another_issuer(gbizid: RelyingParty) -> None:
    page = gbizid.authorize()
    ticket = page.text.partition('name="ticket" value="')[2].partition('"')[0]
    form = {"ticket": ticket, "sub": "officer-1"}
    assert gbizid.browser.post(f"{gbizid.issuer}login", data=form).status_code == 400


def test_logging_in_changes_the_cookie(gbizid: RelyingParty) -> None:
    page = gbizid.authorize()
    before = gbizid.browser.cookies["dev_provider_session"]
    gbizid.choose(page, "prime-1")
    assert gbizid.browser.cookies["dev_provider_session"] != before


def test_another_host_name_is_refused(running: RunningProvider) -> None:
    assert httpx.get(f"{running.origin}/", headers={"Host": "rebound.example"}).status_code == 400
