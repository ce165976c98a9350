"""Validation of ID tokens (OpenID Connect Core 1.0, 3.1.3.7): pure, given keys and time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from app.identity.errors import LoginRefused

SKEW_SECONDS = 60
OLDEST_SECONDS = 600
"""A token issued longer ago than a login may last is a replay."""
ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""What a configuration can allow at all: never `none`, never an algorithm keyed by a shared secret."""
_KEY_TYPES: Mapping[str, type[Key]] = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}
_KEY_KINDS: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {
    "RSA": RSAKey,
    "EC": ECKey,
    "OKP": OKPKey,
}
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


class UnknownKey(LoginRefused):
    """The token names a key that the issuer has not published (yet): fetch the keys once more."""


@dataclass(frozen=True)
class IdToken:
    """The claims of a token that was found in order."""

    subject: str
    auth_time: datetime | None
    claims: Mapping[str, Any]


def key_set(document: object) -> KeySet:
    """The usable signing keys of a JWKS document; keys of unknown kinds are passed over.

    Raises LoginRefused where it is no JWKS or holds no usable key.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    keys: list[Key] = []
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        kind = _KEY_KINDS.get(str(entry.get("kty")))
        if kind is None:
            continue
        try:
            # Private members of a wrongly published key are none of our business.
            public = {
                name: value for name, value in entry.items() if name not in ("d", "p", "q", "dp", "dq", "qi")
            }
            keys.append(kind.import_key(public))
        except (JoseError, ValueError, TypeError):
            continue
    if not keys:
        raise LoginRefused("keys", "認証サーバーの公開鍵を読めませんでした。")
    return KeySet(keys)


def _header(token: str) -> dict[str, Any]:
    try:
        return dict(jws.extract_compact(token.encode("ascii")).headers())
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise LoginRefused(
            "id-token-unreadable", "認証サーバーの応答（IDトークン）を読めませんでした。"
        ) from error


def _key(header: Mapping[str, Any], keys: KeySet, algorithm: str) -> Key:
    kind = _KEY_TYPES[algorithm[:2]]
    fitting = [key for key in keys.keys if isinstance(key, kind) and key.alg in (None, algorithm)]
    kid = header.get("kid")
    if kid is not None:
        fitting = [key for key in fitting if key.kid == kid]
    if len(fitting) != 1:
        raise UnknownKey("unknown-key", "認証サーバーの署名の鍵を確かめられませんでした。")
    return fitting[0]


def validate(
    token: str,
    keys: KeySet,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    algorithms: Iterable[str],
    access_token: str,
    now: datetime,
) -> IdToken:
    """The token's claims, or LoginRefused with the reason; UnknownKey where another look at the keys may help.

    Checked: algorithm in the allow-list, signature by the named key, `iss`, `aud`, `azp`, `exp`, `iat`, `nbf`, `nonce`,
    `at_hash` where present, and the kinds of `sub` and `auth_time`.
    """
    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ASYMMETRIC.intersection(algorithms):
        raise LoginRefused("algorithm", "IDトークンの署名方式が許可されていません。")
    key = _key(header, keys, algorithm)
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm]).claims
    except RecursionError as error:
        raise LoginRefused("id-token-unreadable", "IDトークンの内容を読めませんでした。") from error
    except (JoseError, ValueError, TypeError) as error:
        raise LoginRefused("signature", "IDトークンの署名が正しくありません。") from error
    if not isinstance(claims, dict):
        raise LoginRefused("id-token-unreadable", "IDトークンの内容を読めませんでした。")
    _check_parties(claims, issuer, client_id)
    _check_times(claims, now.timestamp())
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise LoginRefused("nonce", "このログインのために発行されたIDトークンではありません。")
    _check_access_token(claims, algorithm, access_token)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise LoginRefused("subject", "IDトークンに利用者の識別子がありません。")
    return IdToken(subject, _auth_time(claims, now), claims)


def _check_parties(claims: Mapping[str, Any], issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise LoginRefused("issuer", "IDトークンの発行者が設定と一致しません。")
    audience = claims.get("aud")
    listed = [audience] if isinstance(audience, str) else audience
    if not isinstance(listed, list) or client_id not in listed:
        raise LoginRefused("audience", "このサイトに宛てたIDトークンではありません。")
    party = claims.get("azp")
    if (party is None and len(listed) > 1) or (party is not None and party != client_id):
        raise LoginRefused("authorized-party", "このサイトに宛てたIDトークンではありません。")


def _number(claims: Mapping[str, Any], name: str, *, required: bool) -> float | None:
    value = claims.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**40:
        raise LoginRefused(name, f"IDトークンの時刻（{name}）が正しくありません。")
    return float(value)


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expiry = _number(claims, "exp", required=True)
    issued = _number(claims, "iat", required=True)
    not_before = _number(claims, "nbf", required=False)
    assert expiry is not None
    assert issued is not None
    if expiry <= now - SKEW_SECONDS:
        raise LoginRefused("expired", "IDトークンの有効期限が切れています。")
    if issued > now + SKEW_SECONDS or (not_before is not None and not_before > now + SKEW_SECONDS):
        raise LoginRefused("not-yet-valid", "IDトークンの発行時刻が未来です。")
    if issued < now - OLDEST_SECONDS:
        raise LoginRefused("stale", "IDトークンの発行から時間がたちすぎています。")


def _check_access_token(claims: Mapping[str, Any], algorithm: str, access_token: str) -> None:
    expected = claims.get("at_hash")
    hashing = _HASHES.get(algorithm[-3:])
    if expected is None or hashing is None:
        return
    digest = hashing(access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not isinstance(expected, str) or not hmac.compare_digest(expected.encode(), half.encode()):
        raise LoginRefused("access-token", "IDトークンとアクセストークンの組み合わせが正しくありません。")


def _auth_time(claims: Mapping[str, Any], now: datetime) -> datetime | None:
    seconds = _number(claims, "auth_time", required=False)
    if seconds is None:
        return None
    if seconds > now.timestamp() + SKEW_SECONDS:
        raise LoginRefused("auth-time", "IDトークンの認証時刻が未来です。")
    return min(datetime.fromtimestamp(seconds, UTC), now)
