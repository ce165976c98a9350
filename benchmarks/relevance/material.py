"""What the corpus is made of, read from `corpus/`: families of products, features, vendors, wording."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent / "corpus"
Kind = Literal["core", "front", "office", "field", "tool"]
DEFAULT_SIZE = 18
"""Listings of a family that says nothing else."""


@dataclass(frozen=True)
class Spoken:
    """A word with its reading in katakana, and its English form where the maker gives one."""

    text: str
    kana: str
    english: str = ""


@dataclass(frozen=True)
class Feature:
    """Something that a product can do: how vendors put it, and the kinds of functions it belongs to.

    A listing whose name, summary or description holds one of the words `claimed_by` says that it can do it, too.
    """

    key: str
    phrases: tuple[str, ...]
    functions: tuple[str, ...] = ()
    claimed_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """Products that do the same work: the unit of meaning to which most judgements refer."""

    key: str
    areas: tuple[str, ...]
    kind: Kind
    size: int
    nouns: tuple[Spoken, ...]
    coined: tuple[Spoken, ...]
    summaries: tuple[str, ...]
    descriptions: tuple[str, ...]
    features: tuple[Feature, ...]
    common: tuple[str, ...]
    """Keys of features that families share (`features.toml`)."""


@dataclass(frozen=True)
class Vendor:
    """A fictional firm. `registrations` begin with "-" where they have expired."""

    key: str
    name: str
    kana: str
    brand: Spoken
    kinds: tuple[str, ...]
    cloud: str
    registrations: tuple[str, ...]
    areas: tuple[str, ...] = ()

    def works_in(self, family: Family) -> bool:
        """Whether the firm could have made a product of that family."""
        return family.kind in self.kinds and (not self.areas or not set(self.areas).isdisjoint(family.areas))


@dataclass(frozen=True)
class Size:
    """Population bands, and sentences that say for whom the product is."""

    bands: tuple[str, ...]
    say: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A plan of an offer."""

    name: Spoken
    summary: str


@dataclass(frozen=True)
class Material:
    """Everything in `corpus/`."""

    families: tuple[Family, ...]
    features: Mapping[str, Feature]
    vendors: tuple[Vendor, ...]
    editions: tuple[Spoken, ...]
    sizes: tuple[Size, ...]
    closing: Mapping[str, tuple[str, ...]]
    plans: Mapping[str, tuple[Plan, ...]]
    habits: tuple[tuple[str, str], ...]
    """Pairs of spellings: what the material says, and what some vendors write instead."""


@cache
def read_material() -> Material:
    """Read all of it. Raises ValueError or KeyError naming what is wrong in a file."""
    wording = _read(FOLDER / "wording.toml")
    features = {
        key: Feature(key, tuple(row["say"]), tuple(row["functions"]), tuple(row.get("claimed_by", ())))
        for key, row in _read(FOLDER / "features.toml")["features"].items()
    }
    families = tuple(
        _family(row)
        for path in sorted((FOLDER / "families").glob("*.toml"))
        for row in _read(path)["families"]
    )
    for family in families:
        if unknown := set(family.common) - set(features):
            raise ValueError(f"{family.key}: unknown features {sorted(unknown)}")
    _unique("family", [family.key for family in families])
    vendors = tuple(_vendor(line) for line in _read(FOLDER / "vendors.toml")["vendors"])
    _unique("vendor", [vendor.key for vendor in vendors])
    _unique("brand", [vendor.brand.text for vendor in vendors])
    return Material(
        families=families,
        features=features,
        vendors=vendors,
        editions=tuple(_spoken(line) for line in wording["editions"]),
        sizes=tuple(Size(tuple(row["bands"]), tuple(row["say"])) for row in wording["sizes"]),
        closing={kind: tuple(lines) for kind, lines in wording["closing"].items()},
        plans={kind: tuple(_plan(line) for line in lines) for kind, lines in wording["plans"].items()},
        habits=tuple((usual, other) for usual, other in wording["habits"]),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def _spoken(line: str) -> Spoken:
    text, kana, *english = _cells(line)
    return Spoken(text, kana, *english)


def _plan(line: str) -> Plan:
    name, kana, summary = _cells(line)
    return Plan(Spoken(name, kana), summary)


def _family(row: dict[str, Any]) -> Family:
    return Family(
        key=row["key"],
        areas=tuple(row["areas"]),
        kind=row["kind"],
        size=row.get("size", DEFAULT_SIZE),
        nouns=tuple(_spoken(line) for line in row["nouns"]),
        coined=tuple(_spoken(line) for line in row["coined"]),
        summaries=tuple(row["summaries"]),
        descriptions=tuple(row["descriptions"]),
        features=tuple(_feature(line) for line in row["features"]),
        common=tuple(row["common"]),
    )


def _feature(line: str) -> Feature:
    key, *rest = _cells(line)
    claims = [cell.removeprefix("=").strip() for cell in rest if cell.startswith("=")]
    phrases = tuple(cell for cell in rest if not cell.startswith("="))
    return Feature(key, phrases, claimed_by=tuple(word for claim in claims for word in claim.split(",")))


def _vendor(line: str) -> Vendor:
    key, name, kana, brand, brand_kana, kinds, cloud, registrations, *areas = _cells(line)
    return Vendor(
        key,
        name,
        kana,
        Spoken(brand, brand_kana),
        tuple(kinds.split()),
        cloud,
        tuple(registrations.split()),
        tuple(areas[0].split()) if areas else (),
    )


def _unique(what: str, names: Iterable[str]) -> None:
    known: set[str] = set()
    for name in names:
        if name in known:
            raise ValueError(f"{what} {name!r} is there twice")
        known.add(name)
