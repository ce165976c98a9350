"""The people who can log in at the development provider, as data."""

from __future__ import annotations

import tomllib
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass


class AccountKind(StrEnum):
    """GビズID's `account_type`; the values are what its userinfo says."""

    ENTRY = "1"
    PRIME = "2"
    MEMBER = "3"

    @property
    def label(self) -> str:
        """The kind as GビズID's own pages name it, in Japanese."""
        return {"1": "エントリー", "2": "プライム", "3": "メンバー"}[self.value]


def _account_kind(value: object) -> object:
    """Accept the kind by its English name too: a data file reads better with `prime` than with `2`."""
    if isinstance(value, str) and value.upper() in AccountKind.__members__:
        return AccountKind[value.upper()]
    return value


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Person:
    """One demo person at one issuer.

    `issuer` is the key of an `IssuerConfig`; `sub` is unique there. Empty strings mean "not said" and are left out
    of every answer. What is not checked here on purpose: check digits and the like, since tests of the relying
    party need people whose facts are wrong.
    """

    issuer: Annotated[str, Field(min_length=1)]
    sub: Annotated[str, Field(min_length=1, max_length=255)]
    last_name: Annotated[str, Field(min_length=1)]
    first_name: Annotated[str, Field(min_length=1)]
    #: Family and given name in katakana, parted by a space.
    kana: str = ""
    email: str = ""
    department: str = ""
    telephone: str = ""
    #: One line for the login page: what this person does in the demonstration.
    description: str = ""

    #: Only in the dialect of GビズID.
    account_type: Annotated[AccountKind | None, BeforeValidator(_account_kind)] = None
    #: "1" is a corporation, "2" a sole proprietor.
    corp_type: Annotated[str, Field(pattern="^[12]?$")] = ""
    corporate_number: str = ""
    #: May be empty where `corporate_number` is there: the real provider leaves `name` out at times.
    corporate_name: str = ""
    corporate_name_en: str = ""
    #: The `sub` of the プライム whom a メンバー belongs to; sent as `parent_id`.
    parent_sub: str = ""
    #: JIS code, e.g. "13"; sent as `prefecture_name`.
    prefecture: Annotated[str, Field(pattern="^([0-9]{2})?$")] = ""
    address1: str = ""
    address2: str = ""
    #: Family and given name of the representative, parted by a space, and the same in katakana.
    representative: str = ""
    representative_kana: str = ""
    #: Sent as it stands; seen in the field as 19800101 and as 1980-01-01.
    birthday: str = ""
    #: Services the プライム permits a メンバー; sent as `mandate_info`.
    mandates: tuple[str, ...] = ()
    #: 法人番号 of the firm on whose behalf (委任) this person acts; sent as `delegation_info`.
    delegated_from: str = ""

    #: Only in the generic dialect: 6-digit local government code or what the issuer uses instead.
    organisation_code: str = ""
    organisation_name: str = ""

    @property
    def full_name(self) -> str:
        """Family and given name parted by a space."""
        return f"{self.last_name} {self.first_name}"

    @property
    def organisation(self) -> str:
        """What the login page calls the person's organisation; empty if there is none."""
        return self.organisation_name or self.corporate_name or self.corporate_number

    def split_kana(self) -> tuple[str, str]:
        """Family and given name in katakana; both empty if unknown."""
        return split_name(self.kana)


def split_name(name: str) -> tuple[str, str]:
    """Cut a name at its first space (ASCII or ideographic): (family, given)."""
    family, _, given = name.replace("\u3000", " ").partition(" ")
    return family, given.strip()


_PEOPLE = TypeAdapter(tuple[Person, ...])


def check_people(people: tuple[Person, ...]) -> None:
    """Refuse two people with one `sub` at an issuer, and a `parent_sub` that is nobody.

    Raises:
        ValueError: naming issuer and `sub`.
    """
    keys = Counter((person.issuer, person.sub) for person in people)
    for (issuer, sub), count in keys.items():
        if count > 1:
            raise ValueError(f"{count} people have sub {sub!r} at issuer {issuer!r}; it must be unique there")
    for person in people:
        if person.parent_sub and (person.issuer, person.parent_sub) not in keys:
            raise ValueError(
                f"{person.sub!r} names parent_sub {person.parent_sub!r}, who is not at {person.issuer!r}"
            )


def load_people(path: Path) -> tuple[Person, ...]:
    """Read `[[people]]` tables, whose keys are the fields of `Person`, from a TOML file.

    Raises:
        ValueError: naming the file and every fault: unknown or missing keys, wrong types, a `sub` used twice.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as refusal:
        raise ValueError(f"{path}: {refusal}") from refusal
    if unknown := sorted(document.keys() - {"people"}):
        raise ValueError(f"{path}: unknown keys {unknown}; only [[people]] tables are read")
    try:
        people = _PEOPLE.validate_python(document.get("people", []))
        check_people(people)
    except ValidationError as refusal:
        faults = "; ".join(
            f"people{'.'.join(['', *map(str, error['loc'])])}: {error['msg']}" for error in refusal.errors()
        )
        raise ValueError(f"{path}: {faults}") from refusal
    except ValueError as refusal:
        raise ValueError(f"{path}: {refusal}") from refusal
    return people
