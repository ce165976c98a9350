"""The corpus: over 2,000 fictional listings, made of `corpus/` by rule and without chance.

The same files give the same listings on every machine and under every version of Python: what looks drawn is taken
from SHA-256 of the listing's key. Every listing keeps the meaning it was made from (its family, its features, its
vendor), and judgements refer to that, never to its texts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from benchmarks.relevance.material import Family, Feature, Material, Plan, Spoken, Vendor, read_material

T = TypeVar("T")
EXPIRED, VALID = "2026-03-31", "2028-03-31"

_NETWORKS = {
    "core": (("mynumber_by_gov_cloud",), ("mynumber_by_gov_cloud", "mynumber_by_closed")),
    "front": (("internet_by_internet",), ("internet_by_internet", "lgwan_by_internet")),
    "office": (("lgwan_by_closed",), ("lgwan_by_closed", "lgwan_by_internet")),
    "field": (("internet_by_internet",), ("internet_by_internet", "lgwan_by_internet")),
    "tool": (("internet_by_internet",), ("internet_by_internet", "lgwan_by_internet")),
}
_ROUTES = {
    "core": "standard_package",
    "front": "shared_saas",
    "office": "individual",
    "field": "individual",
    "tool": "joint_procurement",
}
_MONTHLY = {"core": 180_000, "front": 45_000, "office": 70_000, "field": 55_000, "tool": 24_000}
"""A usual monthly price in yen, without tax."""
_TAXES = frozenset({"property_tax", "individual_resident_tax", "corporate_resident_tax", "light_vehicle_tax"})
_STANDARDISED = _TAXES | {
    "resident_register",
    "family_register",
    "family_register_annex",
    "seal_registration",
    "electoral_register",
    "national_pension",
    "national_health_insurance",
    "elderly_medical_care",
    "long_term_care",
    "disability_welfare",
    "public_assistance",
    "health_management",
    "child_allowance",
    "child_rearing_allowance",
    "childcare_support",
    "school_enrolment",
}


@dataclass(frozen=True)
class Listing:
    """A software with its offers, and the meaning that judgements refer to."""

    key: str
    """`{family}-{vendor}`, unique."""
    family: str
    areas: tuple[str, ...]
    vendor: Vendor
    features: tuple[str, ...]
    """Keys of its family's features and of shared ones."""
    answers: dict[str, Any]
    offers: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        """The name of the software."""
        return str(self.answers["name"])


class Lot:
    """Choices that only look drawn: they follow from `seed` and from what is asked for."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def number(self, what: str, below: int) -> int:
        """A number from 0 to `below` - 1."""
        digest = hashlib.sha256(f"{self._seed}/{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % below

    def one(self, what: str, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self.number(what, len(choices))]

    def often(self, what: str, percent: int) -> bool:
        """True in so many cases of a hundred."""
        return self.number(what, 100) < percent

    def some(self, what: str, choices: Sequence[T], count: int) -> list[T]:
        """So many of them, in an order of their own."""
        order = sorted(range(len(choices)), key=lambda place: self.number(f"{what}/{place}", 1 << 62))
        return [choices[place] for place in order[:count]]


@cache
def read_corpus() -> tuple[Listing, ...]:
    """Every listing, by family and then in the order of its making.

    Raises ValueError where a family lacks vendors or two listings have one name.
    """
    material = read_material()
    listings = [
        _listing(material, family, vendor, place)
        for family in material.families
        for place, vendor in enumerate(_makers(material, family))
    ]
    names: set[str] = set()
    for listing in listings:
        if listing.name in names:
            raise ValueError(f"two listings are called {listing.name}")
        names.add(listing.name)
    return tuple(listings)


def digest(listings: Sequence[Listing]) -> str:
    """Changes whenever a listing does: figures of different corpora cannot be compared."""
    content = [
        [listing.key, listing.vendor.name, listing.features, listing.answers, listing.offers]
        for listing in listings
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _makers(material: Material, family: Family) -> list[Vendor]:
    able = [vendor for vendor in material.vendors if vendor.works_in(family)]
    if len(able) < family.size:
        raise ValueError(f"{family.key}: {family.size} listings, but {len(able)} vendors that could make one")
    lot = Lot(family.key)
    able.sort(key=lambda vendor: lot.number(f"maker/{vendor.key}", 1 << 62))
    # Firms that work in few areas are there in any case; who comes first gets the coined names.
    chosen = sorted(able, key=lambda vendor: not vendor.areas)[: family.size]
    return [vendor for vendor in able if vendor in chosen]


def _listing(material: Material, family: Family, vendor: Vendor, place: int) -> Listing:
    key = f"{family.key}-{vendor.key}"
    lot = Lot(key)
    noun = lot.one("noun", family.nouns)
    features = _features(material, family, lot)
    said = [lot.one(f"phrase/{feature.key}", feature.phrases) for feature in features]
    name = _name(material, family, vendor, noun, place, lot)
    summary, description = _texts(material, family, vendor, noun, said, lot)
    features += _claimed(material, family, features, f"{name.text}\n{summary}\n{description}")
    answers = {
        "name": name.text,
        "name_kana": name.kana,
        **({"name_en": name.english} if name.english else {}),
        "business_areas": sorted(family.areas),
        "summary": _spelt(material, vendor, summary),
        "description": _spelt(material, vendor, description),
        "main_functions": _spelt(material, vendor, "、".join(said)),
        **_facts(material, family, vendor, features, name.text, lot),
    }
    return Listing(
        key=key,
        family=family.key,
        areas=family.areas,
        vendor=vendor,
        features=tuple(feature.key for feature in features),
        answers=answers,
        offers=_offers(material, family, name, lot),
    )


def _features(material: Material, family: Family, lot: Lot) -> list[Feature]:
    """Most of the family's own features and about two thirds of the shared ones."""
    own = lot.some("own", family.features, max(2, len(family.features) - lot.number("fewer", 3)))
    shared = [material.features[key] for key in family.common if lot.often(f"common/{key}", 65)]
    return [*own, *shared]


def _claimed(material: Material, family: Family, known: Sequence[Feature], texts: str) -> list[Feature]:
    """Features that the texts speak of besides those the listing was given."""
    possible = [*family.features, *material.features.values()]
    return [
        feature
        for feature in possible
        if feature not in known and any(word in texts for word in feature.claimed_by)
    ]


def _name(material: Material, family: Family, vendor: Vendor, noun: Spoken, place: int, lot: Lot) -> Spoken:
    """The first of a family have coined names of their own, the others their vendor's brand beside what they are."""
    if place < len(family.coined):
        return family.coined[place]
    edition = lot.one("edition", material.editions)
    brand = vendor.brand
    if lot.often("bracketed", 15):
        return Spoken(f"{noun.text}「{brand.text}」", noun.kana + brand.kana)
    if edition.text and (noun.text.endswith(edition.text) or edition.text[-3:] in noun.text):
        edition = Spoken("", "")
    for_whom = edition.text.startswith("for")
    text = _beside(brand.text, noun.text, apart=for_whom or brand.text.isascii())
    return Spoken(_beside(text, edition.text, apart=for_whom), brand.kana + noun.kana + edition.kana)


def _beside(first: str, second: str, *, apart: bool) -> str:
    """Two parts of a name; Latin letters never run into each other."""
    latin = first[-1:].isascii() and second[:1].isascii()
    return f"{first} {second}" if second and (apart or latin) else first + second


def _texts(
    material: Material, family: Family, vendor: Vendor, noun: Spoken, said: Sequence[str], lot: Lot
) -> tuple[str, str]:
    """Summary and description, in the usual spellings."""
    size = _size_sentence(material, lot)
    first = lot.one("summary", family.summaries)
    second = said[1] if len(said) > 1 else said[0]
    summary = lot.one(
        "shape",
        [
            first,
            first,
            f"{first}{size}",
            f"{said[0]}と{second}を備えた{noun.text}です。",
            f"{first}{said[0]}にも対応します。",
            f"{vendor.brand.text}の{noun.text}。{first}",
        ],
    )
    sentences = lot.some("descriptions", family.descriptions, 1 + lot.number("sentences", 2))
    if lot.often("more", 50) or size in summary:
        sentences.append(f"{said[-1]}にも対応しています。")
    else:
        sentences.append(size)
    sentences.append(lot.one("closing", material.closing[family.kind]))
    return summary, "\n".join(sentences)


def _spelt(material: Material, vendor: Vendor, text: str) -> str:
    """The text as this vendor spells: 手続 may become 手続き, but 手続き stays."""
    for usual, other in material.habits:
        if Lot(vendor.key).often(f"habit/{usual}", 20):
            text = other.join(text.replace(other, "\0").split(usual)).replace("\0", other)
    return text


def _size_sentence(material: Material, lot: Lot) -> str:
    return lot.one("size sentence", lot.one("size", material.sizes).say)


def _facts(
    material: Material, family: Family, vendor: Vendor, features: Sequence[Feature], name: str, lot: Lot
) -> dict[str, Any]:
    networks = list(lot.one("network", _NETWORKS[family.kind]))
    keys = {feature.key for feature in features}
    if "lgwan" in keys:
        networks.append("lgwan_by_lgwan_asp")
    functions = sorted({code for feature in features for code in feature.functions})
    claimed = sorted({"tax" if area in _TAXES else area for area in family.areas if area in _STANDARDISED})
    core = family.kind == "core"
    return {
        "route": _ROUTES[family.kind],
        "population_band": list(lot.one("size", material.sizes).bands),
        "spec_class": ["general"] if lot.often("small", 40) else ["core_city", "general"],
        **({"functions": functions} if functions else {}),
        **(
            {
                "specification_claims": [
                    {"specification": code, "version": "第1.0版", "level": "self_declared"}
                    for code in claimed
                ]
            }
            if core and lot.often("claims", 75)
            else {}
        ),
        "cloud_provider": [vendor.cloud],
        "data_location": "japan_only",
        "network_reach": sorted(networks),
        "api_available": "api" in keys,
        "security_registrations": [
            {
                "scheme": scheme.removeprefix("-"),
                "number": f"F-{vendor.key}-{scheme.removeprefix('-')}",
                "scope": f"{name}を含む行政向けサービス",
                "valid_until": EXPIRED if scheme.startswith("-") else VALID,
            }
            for scheme in vendor.registrations
        ],
        "personal_data": "specific" if core else "personal",
        "ai_training": "never",
        "municipalities_using": lot.number("using", 90),
    }


def _offers(material: Material, family: Family, name: Spoken, lot: Lot) -> tuple[dict[str, Any], ...]:
    plans = lot.some("plans", material.plans[family.kind], 1 + lot.number("how many plans", 2))
    return tuple(_offer(family, name, plan, lot) for plan in plans)


def _offer(family: Family, name: Spoken, plan: Plan, lot: Lot) -> dict[str, Any]:
    monthly = _MONTHLY[family.kind] * (50 + lot.number(f"price/{plan.name.text}", 150)) // 100
    by_use = "従量" in plan.name.text
    line = {
        "name": "利用料",
        "charge_type": "per_unit" if by_use else "monthly",
        "unit": "件" if by_use else "月",
        "unit_price": "22" if by_use else str(monthly // 1_000 * 1_000),
        "quantity_basis": "case" if by_use else "contract",
        "tax_category": "standard",
        "payee": "vendor",
    }
    return {
        "name": f"{name.text} {plan.name.text}",
        "name_kana": name.kana + plan.name.kana,
        "summary": plan.summary,
        "price_models": ["by_use" if by_use else "flat"],
        "price_lines": [line],
        "minimum_term_months": 12,
    }
