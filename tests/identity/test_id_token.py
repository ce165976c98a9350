"""ID token validation by itself: what the development provider cannot get wrong for us."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.identity.errors import LoginRefused
from app.identity.id_token import UnknownKey, key_set, validate

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})
KEYS = KeySet([KEY])


def claims(**changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    right = {
        "iss": "https://issuer.example/",
        "aud": "dmp",
        "sub": "somebody",
        "exp": now + 3600,
        "iat": now,
        "auth_time": now - 10,
        "nonce": "n",
    } | changes
    return {name: value for name, value in right.items() if value is not ...}


def token(header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    header = {"alg": "RS256", "kid": "one"} | (header or {})
    return jwt.encode(header, claims(**changes), key, algorithms=[header["alg"]])


def check(value: str, keys: KeySet = KEYS, algorithms: tuple[str, ...] = ("RS256",)) -> Any:
    return validate(
        value,
        keys,
        issuer="https://issuer.example/",
        client_id="dmp",
        nonce="n",
        algorithms=algorithms,
        access_token="access",
        now=NOW,
    )


def test_a_right_token() -> None:
    found = check(token())
    assert found.subject == "somebody"
    assert found.auth_time == datetime.fromtimestamp(NOW.timestamp() - 10, UTC)
    assert check(token(auth_time=...)).auth_time is None
    assert check(token(aud=["dmp", "other"], azp="dmp")).subject == "somebody"


AT_HASH = base64.urlsafe_b64encode(hashlib.sha256(b"access").digest()[:16]).rstrip(b"=").decode()
SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://issuer.example"}, "issuer"),
        ({"iss": ...}, "issuer"),
        ({"aud": ...}, "audience"),
        ({"aud": ["other"]}, "audience"),
        ({"aud": {"dmp": 1}}, "audience"),
        ({"aud": ["dmp", "other"]}, "authorized-party"),
        ({"aud": ["dmp", "other"], "azp": "other"}, "authorized-party"),
        ({"azp": "other"}, "authorized-party"),
        ({"exp": SECONDS - 60}, "expired"),
        ({"exp": ...}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 1e300}, "exp"),
        ({"iat": ...}, "iat"),
        ({"iat": SECONDS + 61}, "not-yet-valid"),
        ({"nbf": SECONDS + 61}, "not-yet-valid"),
        ({"iat": SECONDS - 601}, "stale"),
        ({"nonce": "other"}, "nonce"),
        ({"nonce": ...}, "nonce"),
        ({"nonce": ["n"]}, "nonce"),
        ({"sub": ...}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 5}, "subject"),
        ({"sub": "a\u0000b"}, "subject"),
        ({"sub": "x" * 256}, "subject"),
        ({"auth_time": SECONDS + 61}, "auth-time"),
        ({"auth_time": "now"}, "auth_time"),
        ({"at_hash": "other"}, "access-token"),
    ],
)
def test_a_wrong_claim(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LoginRefused) as refusal:
        check(token(**changes))
    assert refusal.value.reason == reason


def test_small_differences_of_clocks_are_forgiven() -> None:
    assert check(token(exp=SECONDS - 59)).subject
    assert check(token(iat=SECONDS + 59, nbf=SECONDS + 59)).subject
    assert check(token(at_hash=AT_HASH)).subject


@pytest.mark.parametrize("value", ["", "a.b.c", "no token", "a.b.c.d.e", "ä.b.c", token()[:-40] + "A" * 40])
def test_no_token(value: str) -> None:
    with pytest.raises(LoginRefused):
        check(value)


def test_an_algorithm_outside_the_list() -> None:
    signed = token({"alg": "PS256"})
    with pytest.raises(LoginRefused, match="署名方式"):
        check(signed)
    assert check(signed, algorithms=("PS256",)).subject


def test_a_configuration_cannot_allow_symmetric_or_no_signatures() -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    for algorithm in ("none", "HS256"):
        forged = f"{part({'alg': algorithm, 'kid': 'one'})}.{part(claims())}."
        with pytest.raises(LoginRefused, match="署名方式"):
            check(forged, algorithms=("RS256", "none", "HS256"))


def test_a_key_of_another_kind_or_name_is_not_tried() -> None:
    with pytest.raises(UnknownKey):
        check(token({"kid": "two"}))
    with pytest.raises(UnknownKey):
        check(token({"alg": "ES256", "kid": "one"}, key=CURVE), algorithms=("ES256",))
    assert check(token({"alg": "ES256", "kid": "curve"}, key=CURVE), KeySet([KEY, CURVE]), ("ES256",)).subject


def test_without_a_name_the_key_must_be_the_only_one() -> None:
    header = {"alg": "RS256"}
    unnamed = jwt.encode(header, claims(), KEY, algorithms=["RS256"])
    if "kid" in json.loads(base64.urlsafe_b64decode(unnamed.split(".")[0] + "==")):
        raise AssertionError("the library names the key by itself")
    assert check(unnamed).subject
    other = RSAKey.generate_key(2048, {"kid": "two"})
    with pytest.raises(UnknownKey):
        check(unnamed, KeySet([KEY, other]))


def test_key_sets_hold_only_public_signing_keys() -> None:
    public = KEY.as_dict(private=False)
    private = RSAKey.generate_key(2048, {"kid": "leaked"}).as_dict(private=True)
    found = key_set(
        {
            "keys": [
                public,
                private,
                {"kty": "oct", "k": "c2VjcmV0"},
                {"kty": "RSA", "use": "enc"},
                "x",
                {"kty": "RSA"},
            ]
        }
    )
    assert sorted(key.kid or "" for key in found.keys) == ["leaked", "one"]
    assert not any(key.is_private for key in found.keys)


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "oct", "k": "eA"}]}]
)
def test_no_keys(document: object) -> None:
    with pytest.raises(LoginRefused):
        key_set(document)
