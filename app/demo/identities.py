"""The demo people as the development provider knows them, and as its answers arrive in the service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from app.demo.provider import AccountKind, ClientConfig, IssuerConfig, Person, ProviderConfig
from app.demo.sample import BodySample, PersonSample, VendorSample
from app.identity.assertions import Assertion
from app.settings import IssuerSettings
from catalogue_schema import load_schema

ISSUERS: Mapping[str, tuple[str, str]] = {
    "gbizid": ("/oauth/", "GビズID（開発用）"),
    "lg": ("/lg/", "地方公共団体の認証（開発用）"),
    "agency": ("/agency/", "デジタル庁の認証（開発用）"),
}
"""Path and title by key. The key stays when the provider's port changes, and with it the people."""

SCOPES: Mapping[str, str] = {
    "gbizid": "openid profile user email delegation_info",
    "lg": "openid profile email organisation",
    "agency": "openid profile email organisation",
}
CLIENT_ID = "dmp-demo"


class Identities:
    """Joins people with the organisations of their places."""

    def __init__(
        self,
        people: tuple[PersonSample, ...],
        vendors: tuple[VendorSample, ...],
        bodies: tuple[BodySample, ...],
    ) -> None:
        self.people = people
        self._vendors = {vendor.key: vendor for vendor in vendors}
        self._bodies = {body.key: body for body in bodies}

    def _vendor(self, person: PersonSample) -> VendorSample | None:
        key = person.claims or (person.places[0].organisation if person.places else "")
        return self._vendors.get(key)

    def _body(self, person: PersonSample) -> BodySample | None:
        return self._bodies.get(person.places[0].organisation) if person.places else None

    def _code(self, person: PersonSample) -> str:
        body = self._body(person)
        return body.reference if body else ("agency" if person.issuer == "agency" else "")

    def _parent(self, person: PersonSample) -> str:
        vendor = self._vendor(person)
        return f"prime-{vendor.key}" if person.account == "member" and vendor else ""

    def assertion(self, person: PersonSample) -> Assertion:
        """What the service reads when this person logs in."""
        vendor, body = self._vendor(person), self._body(person)
        if person.issuer != "gbizid":
            return Assertion(
                issuer_key=person.issuer,
                subject=person.key,
                dialect="generic",
                name=person.name,
                email=person.email,
                organisation_code=self._code(person),
                organisation_name=body.name if body else "デジタル庁（デモ）",
            )
        number = (vendor.number or "") if vendor else ""
        return Assertion(
            issuer_key=person.issuer,
            subject=person.key,
            dialect="gbizid",
            name=person.name,
            email=person.email,
            account_kind=person.account,
            corp_type="corporation" if number else "sole_proprietor",
            number=number,
            organisation_name=vendor.name if vendor else "",
            parent_subject=self._parent(person),
            prefecture_code=prefecture_code(vendor.prefecture) if vendor else "",
        )

    def provider_person(self, person: PersonSample) -> Person:
        """The same person at the development provider."""
        said = self.assertion(person)
        last_name, _, first_name = person.name.partition(" ")
        kinds = {"prime": AccountKind.PRIME, "member": AccountKind.MEMBER, "entry": AccountKind.ENTRY}
        gbizid = person.issuer == "gbizid"
        return Person(
            issuer=person.issuer,
            sub=person.key,
            last_name=last_name,
            first_name=first_name,
            kana=person.kana,
            email=person.email,
            department=person.department,
            description=person.description,
            account_type=kinds.get(person.account),
            corp_type=("1" if said.number else "2") if gbizid else "",
            corporate_number=said.number,
            corporate_name=said.organisation_name if gbizid else "",
            parent_sub=said.parent_subject,
            prefecture=said.prefecture_code,
            organisation_code=said.organisation_code,
            organisation_name="" if gbizid else said.organisation_name,
        )

    def provider_config(self, site_origin: str, key_file: Path, secrets: Mapping[str, str]) -> ProviderConfig:
        """The provider for a site at `site_origin`; its own origin is replaced when it is started."""
        issuers = tuple(
            IssuerConfig(
                key,
                path,
                title,
                "gbizid" if key == "gbizid" else "generic",
                (
                    ClientConfig(
                        CLIENT_ID,
                        secrets[f"client_{key}"],
                        (f"{site_origin}/login/callback/{key}",),
                        (f"{site_origin}/",),
                    ),
                ),
            )
            for key, (path, title) in ISSUERS.items()
        )
        return ProviderConfig(
            origin="http://localhost:1",
            issuers=issuers,
            people=tuple(self.provider_person(person) for person in self.people),
            key_file=key_file,
        )


def issuer_settings(provider_origin: str, secrets: Mapping[str, str]) -> tuple[IssuerSettings, ...]:
    """The service's side of the same issuers. `provider_origin` has no trailing slash."""
    speaks_for: Mapping[str, tuple[str, ...]] = {
        "gbizid": (),
        "lg": ("*local", "*admitted"),
        "agency": ("agency",),
    }
    return tuple(
        IssuerSettings(
            key=key,
            name=title,
            issuer=f"{provider_origin}{path}",
            client_id=CLIENT_ID,
            client_secret=SecretStr(secrets[f"client_{key}"]),
            dialect="gbizid" if key == "gbizid" else "generic",
            scope=SCOPES[key],
            organisations=speaks_for[key],
        )
        for key, (path, title) in ISSUERS.items()
    )


def prefecture_code(name: str) -> str:
    """The JIS code of a prefecture ("13" for 東京都); empty for a fictional one."""
    terms = load_schema().vocabulary("prefectures").terms
    return next((term.code for term in terms if term.ja == name), "")
