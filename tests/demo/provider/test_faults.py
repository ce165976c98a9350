"""Each fault does what it says, nothing else does, and none can be reached over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import fields

import httpx
import pytest
from joserfc import jws
from joserfc.errors import JoseError

from app.demo.provider import Faults, RunningProvider
from tests.demo.provider.conftest import Clock
from tests.demo.provider.relying_party import CLIENT_ID, RelyingParty


@pytest.mark.parametrize(
    ("fault", "claim", "wrong"),
    [
        ("wrong_audience", "aud", "another-client"),
        ("wrong_nonce", "nonce", "another-nonce"),
        ("missing_nonce", "nonce", None),
    ],
)
def test_a_claim_is_wrong_under_a_right_signature(
    running: RunningProvider, gbizid: RelyingParty, fault: str, claim: str, wrong: str | None
) -> None:
    with running.faults.using(**{fault: True}):
        assert gbizid.verified(gbizid.tokens("prime-1")["id_token"]).claims.get(claim) == wrong


def test_wrong_issuer(running: RunningProvider, gbizid: RelyingParty) -> None:
    with running.faults.using(wrong_issuer=True):
        assert gbizid.verified(gbizid.tokens("prime-1")["id_token"]).claims["iss"] == f"{gbizid.issuer}other/"


def test_expired_id_token(clock: Clock, running: RunningProvider, gbizid: RelyingParty) -> None:
    with running.faults.using(expired_id_token=True):
        claims = gbizid.verified(gbizid.tokens("prime-1")["id_token"]).claims
    assert claims["exp"] < clock().timestamp()
    assert claims["iat"] == claims["exp"] - 3600


def _header(id_token: str) -> dict[str, str]:
    return dict(jws.extract_compact(id_token.encode()).headers())


def test_unknown_key(running: RunningProvider, gbizid: RelyingParty) -> None:
    with running.faults.using(unknown_key=True):
        id_token = gbizid.tokens("prime-1")["id_token"]
    assert _header(id_token)["kid"] not in {key.kid for key in gbizid.published_keys().keys}
    with pytest.raises((JoseError, ValueError)):
        gbizid.verified(id_token)


def test_forged_signature(running: RunningProvider, gbizid: RelyingParty) -> None:
    with running.faults.using(forged_signature=True):
        id_token = gbizid.tokens("prime-1")["id_token"]
    assert _header(id_token)["kid"] in {key.kid for key in gbizid.published_keys().keys}
    with pytest.raises(JoseError):
        gbizid.verified(id_token)


def test_alg_none(running: RunningProvider, gbizid: RelyingParty) -> None:
    with running.faults.using(alg_none=True):
        id_token = gbizid.tokens("prime-1")["id_token"]
    assert id_token.endswith(".")
    assert _header(id_token)["alg"] == "none"
    with pytest.raises(JoseError):
        gbizid.verified(id_token)


def test_alg_hs256_verifies_with_the_public_key_as_secret(
    running: RunningProvider, gbizid: RelyingParty
) -> None:
    with running.faults.using(alg_hs256=True):
        id_token = gbizid.tokens("prime-1")["id_token"]
    assert _header(id_token)["alg"] == "HS256"
    public = running.provider.issuers["gbizid"].keys.current.as_pem(private=False)
    signed, _, signature = id_token.rpartition(".")
    digest = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    assert signature == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    with pytest.raises(JoseError):
        gbizid.verified(id_token)


def test_userinfo_faults(running: RunningProvider, gbizid: RelyingParty) -> None:
    access_token = gbizid.tokens("prime-1")["access_token"]
    with running.faults.using(userinfo_other_sub=True):
        assert gbizid.userinfo(access_token).json()["sub"] == "prime-1-other"
    with running.faults.using(userinfo_bytes=3_000_000):
        assert len(gbizid.userinfo(access_token).content) > 3_000_000
    with running.faults.using(userinfo_numbers=True):
        answer = gbizid.userinfo(access_token).json()
    assert (answer["account_type"], answer["corporate_number"]) == (2, 6999901000011)
    assert gbizid.userinfo(access_token).json()["account_type"] == "2"


def test_discovery_of_another_issuer(running: RunningProvider, gbizid: RelyingParty) -> None:
    url = f"{gbizid.issuer}.well-known/openid-configuration"
    with running.faults.using(discovery_other_issuer=True):
        assert httpx.get(url).json()["issuer"] != gbizid.issuer
    assert httpx.get(url).json()["issuer"] == gbizid.issuer


def test_response_issuer_faults(running: RunningProvider, generic: RelyingParty) -> None:
    with running.faults.using(wrong_response_iss=True):
        assert generic.log_in("officer-1")["iss"] == f"{generic.issuer}other/"
    with running.faults.using(missing_response_iss=True):
        assert "iss" not in generic.log_in("officer-1", prompt="login")


def test_down(running: RunningProvider) -> None:
    with running.faults.using(down=True):
        for path in ("/", "/oauth/.well-known/openid-configuration", "/lg/keys"):
            assert httpx.get(running.origin + path).status_code == 503
    assert httpx.get(running.origin).status_code == 200


def test_faults_are_off_at_first_and_after_a_reset() -> None:
    faults = Faults()
    for item in fields(Faults):
        assert not getattr(faults, item.name)
        setattr(faults, item.name, 1)
    faults.reset()
    assert faults == Faults()
    with pytest.raises(AttributeError, match="no_such_fault"), faults.using(no_such_fault=True):
        pass


def test_no_route_reaches_the_faults(running: RunningProvider, gbizid: RelyingParty) -> None:
    paths = {getattr(route, "path", "") for route in running.app.routes}
    endpoints = {"keys", "authorize", "login", "token", "userinfo", ".well-known/openid-configuration"}
    expected = {"/", "/forget", "/provider.css", "/lg/logout"}
    expected |= {f"/{issuer}/{name}" for issuer in ("oauth", "lg") for name in endpoints}
    assert paths == expected
    assert gbizid.metadata["issuer"] == gbizid.issuer
    assert CLIENT_ID in running.provider.issuers["gbizid"].clients
