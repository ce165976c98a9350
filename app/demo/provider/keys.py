"""The provider's signing keys: made at start, kept in a file if asked, rotated on demand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import KeySet, RSAKey

from app.demo.provider.faults import Faults

ALGORITHM = "RS256"
_KEY_BITS = 2048
#: Keys that stay published after they stopped signing, so that tokens in flight still verify.
_FORMER_KEYS = 2


def _new_key() -> RSAKey:
    return RSAKey.generate_key(_KEY_BITS, {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)


@dataclass
class KeyRing:
    """One issuer's keys, the signing one first. Issuers share none: a token of one must not verify at another."""

    keys: tuple[RSAKey, ...] = field(default_factory=lambda: (_new_key(),))

    @property
    def current(self) -> RSAKey:
        """The key that signs."""
        return self.keys[0]

    def rotate(self, *, keep_former: bool = True) -> str:
        """Sign with a new key from now on; returns its `kid`. Former keys stay published unless told otherwise."""
        former = self.keys[:_FORMER_KEYS] if keep_former else ()
        # One assignment, since a test rotates from another thread than the one that serves.
        self.keys = (_new_key(), *former)
        return self.current.kid or ""

    def published(self) -> dict[str, Any]:
        """The JWKS document: public parts only."""
        return dict(KeySet(list(self.keys)).as_dict(private=False))

    def sign(self, claims: dict[str, Any], faults: Faults) -> str:
        """A compact JWS of the claims, RS256 with `kid`, or whatever the faults make of it."""
        header: dict[str, Any] = {"alg": ALGORITHM, "typ": "JWT", "kid": self.current.kid}
        if faults.alg_none:
            return f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(claims)}."
        if faults.alg_hs256:
            # joserfc rightly refuses a public key as an HMAC secret, so the attack is written out here.
            signed = f"{_segment(header | {'alg': 'HS256'})}.{_segment(claims)}"
            digest = hmac.new(self.current.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
            return f"{signed}.{_base64url(digest)}"
        key = self.current
        if faults.unknown_key or faults.forged_signature:
            key = _new_key()
        if faults.unknown_key:
            header["kid"] = key.kid
        if faults.id_token_payload:
            return jws.serialize_compact(
                header, faults.id_token_payload.encode(), key, algorithms=[ALGORITHM]
            )
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _segment(document: dict[str, Any]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def load_rings(issuers: tuple[str, ...], key_file: Path | None) -> dict[str, KeyRing]:
    """A ring for each issuer key, read from `key_file` where it has one, made (and written) where not.

    Raises:
        ValueError: the file is not what `save_rings` writes.
    """
    kept: dict[str, Any] = {}
    if key_file is not None and key_file.exists():
        kept = json.loads(key_file.read_text(encoding="utf-8"))
    rings = {
        issuer: KeyRing(tuple(RSAKey.import_key(item) for item in kept[issuer]["keys"]))
        if issuer in kept
        else KeyRing()
        for issuer in issuers
    }
    if key_file is not None and rings.keys() != kept.keys():
        save_rings(rings, key_file)
    return rings


def save_rings(rings: dict[str, KeyRing], key_file: Path) -> None:
    """Write the private keys as JSON, readable by their owner only, replacing the file at once."""
    document = {
        issuer: {"keys": [key.as_dict(private=True) for key in ring.keys]} for issuer, ring in rings.items()
    }
    temporary = key_file.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(document, file)
    temporary.replace(key_file)
