"""The published rule of ranking (/about/ranking), in numbers: every engine follows it as far as it can."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FIELD_WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {"name": 4.0, "kana": 3.0, "vendor": 2.0, "summary": 2.0, "area": 1.5, "replaces": 1.5, "body": 1.0}
)
"""How much a word counts by where it stands. Every field of `TEXT_FIELDS` has its weight."""
