"""How a body may buy: methods, their legal grounds, and the thresholds of small contracts. Facts are in methods.toml.

``kind_of_body`` is the kind of an organisation (``local_government``, ``agency``) or of a local government
(``prefecture``, ``city``, …). Being listed in the catalogue is no ground; nothing here decides, it only offers and
refuses by the law that the body follows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any


class BodyKindUnknown(KeyError):
    """A kind of body was asked for whose law is not declared in methods.toml (a vendor, for example)."""


class MethodUnknown(KeyError):
    """A procurement method was asked for that is not declared."""


class CategoryUnknown(KeyError):
    """A category of contract was asked for that the table of thresholds does not have."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to choose the other party. ``family`` is ``tender`` or ``negotiated``; most need a legal ground."""

    code: str
    ja: str
    en: str
    family: str
    needs_ground: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal ground: ``article`` is 条・項・号, ``ja`` its meaning in short.

    ``small_amount`` grounds hold up to a threshold only.
    """

    code: str
    article: str
    ja: str
    small_amount: bool


@dataclass(frozen=True, slots=True)
class Omission:
    """A rule by which the estimated price (予定価格) need not be set; ``small_only`` holds for small contracts only."""

    code: str
    ja: str
    source: str
    small_only: bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """The amount (whole yen, tax included) a small contract may not exceed, with since when and by what source.

    Guidance: each body adopts its own amount within it. For leases it is the rent of a year or of the whole term.
    """

    amount: int
    category: str
    category_ja: str
    since: date
    source: str


@cache
def _facts() -> Mapping[str, Any]:
    data = tomllib.loads((Path(__file__).parent / "methods.toml").read_text("utf-8"))
    return MappingProxyType(data)


def _regime(kind_of_body: str) -> str:
    for regime, kinds in _facts()["regimes"].items():
        if kind_of_body in kinds:
            return str(regime)
    raise BodyKindUnknown(kind_of_body)


def _known_method(code: str) -> Method:
    for row in _facts()["methods"]:
        if row["code"] == code:
            return Method(**row)
    raise MethodUnknown(code)


def procurement_methods(kind_of_body: str) -> tuple[Method, ...]:
    """The methods such a body may use, competition first. Raises ``BodyKindUnknown``."""
    _regime(kind_of_body)
    return all_methods()


def all_methods() -> tuple[Method, ...]:
    """Every method that some body may use."""
    return tuple(Method(**row) for row in _facts()["methods"])


def all_grounds() -> tuple[Ground, ...]:
    """Every legal ground, of whatever body and method."""
    return tuple(
        Ground(row["code"], row["article"], row["ja"], row.get("small_amount", False))
        for row in _facts()["grounds"]
    )


def legal_grounds(kind_of_body: str, method: str) -> tuple[Ground, ...]:
    """The grounds one of which the method needs there; empty where it needs none (open tender).

    Raises ``BodyKindUnknown`` or ``MethodUnknown``.
    """
    regime = _regime(kind_of_body)
    wanted = _known_method(method)
    return tuple(
        Ground(row["code"], row["article"], row["ja"], row.get("small_amount", False))
        for row in _facts()["grounds"]
        if row["regime"] == regime and wanted.code in row["methods"]
    )


def estimated_price_omissions(kind_of_body: str, method: str) -> tuple[Omission, ...]:
    """The rules by which the estimated price may be left out; empty where it must be set.

    Raises ``BodyKindUnknown`` or ``MethodUnknown``.
    """
    regime = _regime(kind_of_body)
    wanted = _known_method(method)
    return tuple(
        Omission(row["code"], row["ja"], row["source"], row["small_only"])
        for row in _facts()["omissions"]
        if row["regime"] == regime and wanted.code in row["methods"]
    )


def contract_categories() -> Mapping[str, str]:
    """The categories of contract in the table of thresholds: code → Japanese label. SaaS is ``other``."""
    return MappingProxyType(dict(_facts()["categories"]))


def small_contract_threshold(
    kind_of_body: str, clazz: str | None, category: str, on: date
) -> Threshold | None:
    """The threshold in force on a day, or ``None`` where none is known for it.

    ``clazz`` is the class of a city (``designated_city``, …), empty or ``None`` for others. Raises
    ``BodyKindUnknown`` or ``CategoryUnknown``.
    """
    regime = _regime(kind_of_body)
    facts = _facts()
    if category not in facts["categories"]:
        raise CategoryUnknown(category)
    upper = kind_of_body in facts["tiers"]["upper_kinds"] or clazz in facts["tiers"]["upper_classes"]
    tier = "upper" if regime == "local" and upper else "lower"
    rows = [
        row
        for row in facts["thresholds"]
        if row["regime"] == regime and row["tier"] == tier and row["since"] <= on
    ]
    if not rows:
        return None
    row = max(rows, key=lambda candidate: candidate["since"])
    return Threshold(
        amount=row["amounts"][category],
        category=category,
        category_ja=facts["categories"][category],
        since=row["since"],
        source=row["source"],
    )
