"""The whole way through, in both dialects, and what each says of a person."""

from __future__ import annotations

import httpx
import pytest

from app.demo.provider import RunningProvider
from tests.demo.provider.conftest import Clock, Visitors
from tests.demo.provider.relying_party import CLIENT_ID, RelyingParty, answer_of

THIN = {"sub", "aud", "iss", "exp", "iat", "auth_time", "nonce", "jti"}


def test_discovery_stands_under_an_issuer_that_ends_in_a_slash(
    running: RunningProvider, gbizid: RelyingParty
) -> None:
    metadata = gbizid.metadata
    assert metadata["issuer"] == f"{running.origin}/oauth/"
    assert running.origin.startswith("http://localhost:")
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_basic"]
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256"]
    assert "end_session_endpoint" not in metadata
    assert "authorization_response_iss_parameter_supported" not in metadata
    assert httpx.get(f"{running.origin}/oauth/logout").status_code == 404


def test_gbizid_gives_a_thin_id_token_and_the_facts_at_userinfo(clock: Clock, gbizid: RelyingParty) -> None:
    answer = gbizid.log_in("prime-1")
    assert answer.keys() == {"code", "state"}
    assert answer["state"] == gbizid.state

    response = gbizid.redeem(answer["code"])
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["refresh_token"].count(".") == 0

    token = gbizid.verified(tokens["id_token"])
    assert token.header["alg"] == "RS256"
    assert token.claims.keys() == THIN
    now = int(clock().timestamp())
    jti = token.claims.pop("jti")
    assert jti
    assert token.claims == {
        "sub": "prime-1",
        "aud": CLIENT_ID,
        "iss": gbizid.issuer,
        "iat": now,
        "exp": now + 3600,
        "auth_time": now,
        "nonce": gbizid.nonce,
    }

    assert gbizid.userinfo(tokens["access_token"]).json() == {
        "sub": "prime-1",
        "account_type": "2",
        "corp_type": "1",
        "corporate_number": "6999901000011",
        "name": "試験システム株式会社",
        "prefecture_name": "13",
        "address1": "架空区",
        "rep_last_nm": "試験",
        "rep_first_nm": "代表",
        "rep_last_nm_kana": "シケン",
        "rep_first_nm_kana": "ダイヒョウ",
        "user_last_nm": "試験",
        "user_first_nm": "花子",
        "user_last_nm_kana": "シケン",
        "user_first_nm_kana": "ハナコ",
        "user_department": "総務部",
        "user_tel_no_contact": "03-0000-0000",
        "email": "hanako@vendor.example",
    }


@pytest.mark.parametrize(
    ("scope", "sub", "expected"),
    [
        ("openid", "member-1", {"sub": "member-1"}),
        ("openid email", "member-1", {"sub": "member-1", "email": "jiro@vendor.example"}),
        (
            "openid profile mandate",
            "member-1",
            {
                "sub": "member-1",
                "account_type": "3",
                "corp_type": "1",
                "parent_id": "prime-1",
                "corporate_number": "6999901000011",
                "mandate_info": ["dmp"],
            },
        ),
        (
            "openid profile delegation_info",
            "entry-1",
            {
                "sub": "entry-1",
                "account_type": "1",
                "corp_type": "2",
                "birthday_ymd": "1980-01-01",
                "delegation_info": {"corporate_number": "6999901000011"},
            },
        ),
    ],
)
def test_gbizid_userinfo_goes_by_scope(
    gbizid: RelyingParty, scope: str, sub: str, expected: dict[str, object]
) -> None:
    gbizid.scope = scope
    assert gbizid.userinfo(gbizid.tokens(sub)["access_token"]).json() == expected


def test_generic_says_who_it_is_in_the_id_token_too(generic: RelyingParty) -> None:
    assert generic.metadata["authorization_response_iss_parameter_supported"] is True
    answer = generic.log_in("officer-1")
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["iss"] == generic.issuer
    tokens = generic.redeem(answer["code"]).json()
    claims = generic.verified(tokens["id_token"]).claims
    person = {
        "sub": "officer-1",
        "name": "役場 桜",
        "family_name": "役場",
        "given_name": "桜",
        "name#ja-Kana-JP": "ヤクバ サクラ",
        "email": "sakura@town.example",
        "email_verified": True,
        "organisation_code": "011002",
        "organisation_name": "架空市",
        "department": "企画課",
    }
    assert claims.keys() == THIN | person.keys()
    assert {name: claims[name] for name in person} == person
    assert generic.userinfo(tokens["access_token"]).json() == person


def test_second_login_is_immediate_and_keeps_auth_time(clock: Clock, gbizid: RelyingParty) -> None:
    first = gbizid.verified(gbizid.tokens("prime-1")["id_token"]).claims
    clock.advance(60)
    again = gbizid.redeem(answer_of(gbizid.authorize())["code"]).json()
    second = gbizid.verified(again["id_token"]).claims
    assert second["sub"] == "prime-1"
    assert second["iat"] == first["iat"] + 60
    assert second["auth_time"] == first["auth_time"]
    assert second["jti"] != first["jti"]


def test_prompt_login_authenticates_afresh(clock: Clock, gbizid: RelyingParty) -> None:
    before = gbizid.verified(gbizid.tokens("prime-1")["id_token"]).claims["auth_time"]
    clock.advance(60)
    answer = gbizid.log_in("prime-1", prompt="login")
    after = gbizid.verified(gbizid.redeem(answer["code"]).json()["id_token"]).claims["auth_time"]
    assert after == before + 60


def test_max_age_asks_again_when_the_login_is_older(clock: Clock, gbizid: RelyingParty) -> None:
    gbizid.tokens("prime-1")
    clock.advance(60)
    assert gbizid.authorize(max_age="60").status_code == 302
    assert gbizid.authorize(max_age="59").status_code == 200


def test_prompt_none_answers_login_required_until_logged_in(gbizid: RelyingParty) -> None:
    assert answer_of(gbizid.authorize(prompt="none"))["error"] == "login_required"
    gbizid.tokens("prime-1")
    assert "code" in answer_of(gbizid.authorize(prompt="none"))


@pytest.mark.parametrize("hint", ["member-1", "jiro@vendor.example"])
def test_login_hint_puts_its_person_first_and_wins_over_the_session(gbizid: RelyingParty, hint: str) -> None:
    gbizid.tokens("prime-1")
    page = gbizid.authorize(login_hint=hint)
    assert page.text.index('value="member-1"') < page.text.index('value="prime-1"')
    answer = answer_of(gbizid.choose(page, "member-1"))
    assert gbizid.verified(gbizid.redeem(answer["code"]).json()["id_token"]).claims["sub"] == "member-1"
    assert "code" in answer_of(gbizid.authorize(login_hint=hint))


def test_logins_at_two_issuers_are_apart(visitors: Visitors, gbizid: RelyingParty) -> None:
    gbizid.tokens("prime-1")
    other = visitors("lg", gbizid.browser)
    page = other.authorize()
    assert page.status_code == 200
    assert "officer-1" in page.text
    assert "prime-1" not in page.text


def test_session_ends_after_its_time(clock: Clock, gbizid: RelyingParty) -> None:
    gbizid.tokens("prime-1")
    clock.advance(8 * 3600)
    assert gbizid.authorize().status_code == 200


def test_refresh_token_rotates(gbizid: RelyingParty) -> None:
    tokens = gbizid.tokens("prime-1")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    fresh = gbizid.ask(**form)
    assert fresh.status_code == 200
    assert fresh.json()["access_token"] != tokens["access_token"]
    assert gbizid.userinfo(fresh.json()["access_token"]).json()["sub"] == "prime-1"
    assert gbizid.userinfo(tokens["access_token"]).status_code == 401
    assert gbizid.ask(**form).json()["error"] == "invalid_grant"
