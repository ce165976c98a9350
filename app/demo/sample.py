"""The sample data as read from `app/demo/data`: fictional vendors, listings, municipalities and people.

Nothing is drawn by lot: every word is in the TOML files. What software of one kind of work (`families.toml`) or of one
vendor (`vendors.toml`) has in common lies under what a software says itself.
"""

from __future__ import annotations

import tomllib
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from app.demo.compact import expand
from catalogue_schema import Schema

DATA = Path(__file__).parent / "data"

State = Literal[
    "published", "draft", "submitted", "claimed", "returned", "withdrawn", "suspended", "retiring", "retired"
]
AgreementState = Literal["active", "expiring", "suspended", "offered", "signed"]

EVER_PUBLISHED: frozenset[str] = frozenset({"published", "withdrawn", "suspended", "retiring", "retired"})
"""States that begin with a publication."""

FIRST = ("prime-kaguya", "prime-amanogawa")
"""Who stands at the head of the lists: vendors with much to see."""

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
class QualificationSample:
    """全省庁統一資格 of a vendor."""

    number: str
    kinds: tuple[str, ...]
    grade: str


@dataclass(frozen=True, config=_STRICT)
class VendorSample:
    """A fictional firm; without `number` a sole proprietor."""

    key: str
    name: str
    kana: str
    prefecture: str
    person: str
    agreement: AgreementState
    number: str | None = None
    parent: str | None = None
    qualification: QualificationSample | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """The address of its admin."""
        return f"dmp@{self.key}.example.jp"


@dataclass(frozen=True, config=_STRICT)
class Finding:
    """What a reviewer found: field, reason code, text."""

    field: str
    reason_code: str
    text: str


@dataclass(frozen=True, config=_STRICT)
class OfferSample:
    """An offer with its answers in full."""

    seller: str
    state: State
    answers: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    end_reason: str = ""
    public_note: str = ""


@dataclass(frozen=True, config=_STRICT)
class SoftwareSample:
    """A software with its answers in full, and its offers."""

    key: str
    vendor: str
    state: State
    answers: dict[str, Any]
    offers: tuple[OfferSample, ...]
    findings: tuple[Finding, ...] = ()
    end_reason: str = ""
    end_note: str = ""
    public_note: str = ""
    last_day: str = ""
    update: dict[str, Any] = field(default_factory=dict)
    """Answers that the next revision changes."""
    update_state: State | None = None
    update_findings: tuple[Finding, ...] = ()
    sellers_waiting: tuple[str, ...] = ()
    """Vendors that were authorised and have not answered yet."""


@dataclass(frozen=True, config=_STRICT)
class BodySample:
    """A fictional municipality, or (with `number` in place of `code`) a union of some of them."""

    key: str
    name: str
    kana: str
    kind: str
    population: int
    staff: int
    domain: str
    code: str = ""
    number: str = ""
    local_class: str = ""
    members: tuple[str, ...] = ()
    """Keys of the bodies for which a union buys."""
    areas: tuple[str, ...] = ()
    """Business areas that it buys for them."""
    departments: tuple[str, ...] = ()
    """`name | local part of its mailbox`."""
    publish_contracts: Literal["none", "summary"] = "none"
    single_person: bool = False

    @property
    def reference(self) -> str:
        """What it is known by: the 6-digit code, or the 法人番号."""
        return self.code or self.number


@dataclass(frozen=True, config=_STRICT)
class Place:
    """A membership: organisation (key of a vendor or body, or `agency`) and roles."""

    organisation: str
    roles: tuple[str, ...]


@dataclass(frozen=True, config=_STRICT)
class PersonSample:
    """A demo person at one issuer of the development provider."""

    key: str
    issuer: Literal["gbizid", "lg", "agency"]
    name: str
    kana: str
    email: str
    places: tuple[Place, ...]
    department: str = ""
    description: str = ""
    account: Literal["", "prime", "member", "entry"] = ""
    claims: str | None = None
    """Key of the vendor whose 法人番号 an エントリー claims."""


@dataclass(frozen=True, config=_STRICT)
class Sample:
    """Everything, ready to be loaded on the day it was read for."""

    vendors: tuple[VendorSample, ...]
    software: tuple[SoftwareSample, ...]
    bodies: tuple[BodySample, ...]
    people: tuple[PersonSample, ...]
    projects: tuple[dict[str, Any], ...]
    contracts: tuple[dict[str, Any], ...] = ()
    """Contracts from before, taken in from a file."""

    def vendor(self, key: str) -> VendorSample:
        """The vendor of that key; raises KeyError."""
        for vendor in self.vendors:
            if vendor.key == key:
                return vendor
        raise KeyError(key)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def read_people() -> tuple[PersonSample, ...]:
    """The プライム of the vendors in FIRST, the people of `people.toml`, then every other vendor's プライム.

    Raises ValueError naming what is wrong in the files.
    """
    vendors = _vendors()
    addresses = {vendor.key: f"{vendor.key}.example.jp" for vendor in vendors}
    addresses |= {body["key"]: body["domain"] for body in _read("bodies.toml")["bodies"]}
    addresses["agency"] = "agency.example.jp"
    people = []
    for row in _read("people.toml")["people"]:
        home = row["places"][0]["organisation"] if row["places"] else "agency"
        domain = addresses[home] if row["places"] else "mail.example.jp"
        people.append({"email": f"{row['key']}@{domain}", **row})
    primes = [
        {
            "key": f"prime-{vendor.key}",
            "issuer": "gbizid",
            "name": vendor.person,
            "kana": "",
            "email": vendor.email,
            "account": "prime",
            "places": [{"organisation": vendor.key, "roles": ["vendor_admin"]}],
            "description": "プライム。自社の掲載、基本契約、契約の確認を扱います。"
            if vendor.number
            else "プライム（個人事業主）。掲載と基本契約を扱います。",
        }
        for vendor in vendors
    ]
    first = [prime for prime in primes if prime["key"] in FIRST]
    others = [prime for prime in primes if prime["key"] not in FIRST]
    return TypeAdapter(tuple[PersonSample, ...]).validate_python([*first, *people, *others])


def read_sample(schema: Schema, today: date) -> Sample:
    """The sample data with days counted from `today`. Raises ValueError or KeyError naming what is wrong."""
    vendors = _vendors()
    families = _read("families.toml")
    by_key = {vendor.key: vendor for vendor in vendors}
    software = []
    for path in sorted((DATA / "software").glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["software"]:
            family = families[row.pop("family")]
            software.append(_software(schema, row, by_key, family, today))
    bodies = [{**row, "local_class": row.get("class", "")} for row in _read("bodies.toml")["bodies"]]
    for row in bodies:
        row.pop("class", None)
    return Sample(
        vendors=vendors,
        software=tuple(software),
        bodies=TypeAdapter(tuple[BodySample, ...]).validate_python(bodies),
        people=read_people(),
        projects=tuple(_read("projects.toml")["projects"]),
        contracts=tuple(_read("contracts.toml")["contracts"]),
    )


def _vendors() -> tuple[VendorSample, ...]:
    return TypeAdapter(tuple[VendorSample, ...]).validate_python(_read("vendors.toml")["vendors"])


_SOFTWARE_KEYS = frozenset(SoftwareSample.__dataclass_fields__) - {"answers", "offers"}
_OFFER_KEYS = frozenset(OfferSample.__dataclass_fields__) - {"answers"}


def _software(
    schema: Schema,
    row: dict[str, Any],
    vendors: dict[str, VendorSample],
    family: dict[str, Any],
    today: date,
) -> SoftwareSample:
    vendor = vendors[row["vendor"]]
    own = {name: value for name, value in row.items() if name not in _SOFTWARE_KEYS and name != "offers"}
    names = {"name": own["name"], "vendor": vendor.key, "key": row["key"]}
    common = {
        "website": f"https://{vendor.key}.example.jp/{row['key']}/",
        "contact_email": vendor.email,
    }
    answers = expand(schema, "software", {**family, **vendor.answers, **common, **own}, today, names)
    update = expand(schema, "software", row.get("update", {}), today, names)
    state: State = row.get("state", "published")
    return SoftwareSample(
        key=row["key"],
        vendor=vendor.key,
        state=state,
        answers=schema.normalise("software", answers),
        offers=tuple(
            _offer(schema, offer, vendors, vendor.key, state, today) for offer in row.get("offers", ())
        ),
        findings=_findings(row.get("findings", ())),
        end_reason=row.get("end_reason", ""),
        end_note=row.get("end_note", ""),
        public_note=row.get("public_note", ""),
        last_day=row.get("last_day", ""),
        update=update,
        update_state=row.get("update_state"),
        update_findings=_findings(row.get("update_findings", ())),
        sellers_waiting=tuple(row.get("sellers_waiting", ())),
    )


def _offer(
    schema: Schema,
    row: dict[str, Any],
    vendors: dict[str, VendorSample],
    developer: str,
    software_state: State,
    today: date,
) -> OfferSample:
    own = {name: value for name, value in row.items() if name not in _OFFER_KEYS}
    seller = row.get("seller", developer)
    answers = expand(schema, "offer", {**vendors[seller].terms, **own}, today, {"name": own["name"]})
    default: State = "published" if software_state in EVER_PUBLISHED else "draft"
    return OfferSample(
        seller=seller,
        state=row.get("state", default),
        answers=schema.normalise("offer", answers),
        findings=_findings(row.get("findings", ())),
        end_reason=row.get("end_reason", ""),
        public_note=row.get("public_note", ""),
    )


def _findings(lines: list[str] | tuple[str, ...]) -> tuple[Finding, ...]:
    return tuple(Finding(*(cell.strip() for cell in line.split("|", 2))) for line in lines)
