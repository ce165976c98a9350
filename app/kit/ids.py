"""Identifiers: a short prefix that names the kind, then a ULID, so that they sort by time of making."""

from __future__ import annotations

from ulid import ULID


def new_id(prefix: str) -> str:
    """A fresh identifier such as `sw_01JD…` (prefix, underscore, 26 characters of Crockford base 32)."""
    return f"{prefix}_{ULID()}"
