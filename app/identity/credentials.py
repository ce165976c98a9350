"""Secrets of sessions and tokens: made here, stored only as digests."""

from __future__ import annotations

import hashlib
import secrets
import zlib

TOKEN_PREFIX = "dmp_pat_"  # noqa: S105  # a public prefix, so that secret scanners find leaked tokens


def digest(secret: str) -> str:
    """SHA-256 (hex) of a secret of at least 256 random bits: no salt or stretching is needed for those."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """An API token: prefix, 256 random bits in hex, and a checksum that lets scanners tell it from noise."""
    body = secrets.token_hex(32)
    return f"{TOKEN_PREFIX}{body}{zlib.crc32(body.encode()):08x}"


def looks_like_token(value: str) -> bool:
    """Whether prefix, length and checksum are right (no look-up)."""
    body = value.removeprefix(TOKEN_PREFIX)
    if len(body) != 72 or body == value:
        return False
    return f"{zlib.crc32(body[:64].encode()):08x}" == body[64:]
