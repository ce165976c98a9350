"""The reason codes of findings, read from reasons.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Reason:
    """One reason: the code that is stored, what people read, and what the vendor can do about it."""

    code: str
    ja: str
    hint: str


@cache
def reasons() -> tuple[Reason, ...]:
    """All reasons in the order in which they are offered."""
    data = tomllib.loads((Path(__file__).parent / "reasons.toml").read_text("utf-8"))
    return tuple(Reason(row["code"], row["ja"], row["hint"]) for row in data["reasons"])


def reason(code: str) -> Reason | None:
    """The reason of that code."""
    return next((row for row in reasons() if row.code == code), None)
