"""What an issuer says of a person, read from its dialect into one shape. Nothing here is believed beyond its form."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

AccountKind = Literal["entry", "prime", "member", ""]
_KINDS: Mapping[str, AccountKind] = {"1": "entry", "2": "prime", "3": "member"}
_CORPORATIONS = {"1": "corporation", "2": "sole_proprietor"}
RANK: Mapping[str, int] = {"entry": 0, "member": 1, "prime": 2}


@dataclass(frozen=True)
class Assertion:
    """One person as an issuer describes them at one login."""

    issuer_key: str
    subject: str
    dialect: Literal["gbizid", "generic"]
    name: str = ""
    email: str = ""
    account_kind: AccountKind = ""
    """GビズID only."""
    corp_type: str = ""
    """corporation or sole_proprietor; GビズID only."""
    number: str = ""
    """法人番号, as asserted; its check digit is not yet verified."""
    organisation_code: str = ""
    """What a generic issuer calls the organisation: 6-digit code, or `agency`."""
    organisation_name: str = ""
    parent_subject: str = ""
    """The プライム of a メンバー."""
    prefecture_code: str = ""
    delegated: bool = False
    """Acting on behalf of another firm (代理)."""

    @property
    def claim(self) -> str:
        """The organisation that the person is said to belong to, in the issuer's own terms."""
        return self.organisation_code or self.number


def _text(claims: Mapping[str, Any], name: str, longest: int = 200) -> str:
    """A claim as clean text; numbers are accepted where GビズID sends digits, everything else counts as not said."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = unicodedata.normalize("NFC", str(value))
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs", "Cf", "Co"))
    return text.strip()[:longest]


def read_assertion(
    issuer_key: str, subject: str, dialect: Literal["gbizid", "generic"], claims: Mapping[str, Any]
) -> Assertion:
    """The assertion in these claims (userinfo's, and for the generic dialect the ID token's beneath them)."""
    if dialect == "gbizid":
        person = " ".join(
            part for part in (_text(claims, "user_last_nm"), _text(claims, "user_first_nm")) if part
        )
        representative = " ".join(
            part for part in (_text(claims, "rep_last_nm"), _text(claims, "rep_first_nm")) if part
        )
        return Assertion(
            issuer_key=issuer_key,
            subject=subject,
            dialect=dialect,
            name=person or representative,
            email=_text(claims, "email", 254) or _text(claims, "user_email", 254),
            account_kind=_KINDS.get(_text(claims, "account_type"), ""),
            corp_type=_CORPORATIONS.get(_text(claims, "corp_type"), ""),
            number=_text(claims, "corporate_number", 20),
            organisation_name=_text(claims, "name"),
            parent_subject=_text(claims, "parent_id", 255),
            prefecture_code=_text(claims, "prefecture_name", 10),
            delegated=bool(claims.get("delegation_info")),
        )
    return Assertion(
        issuer_key=issuer_key,
        subject=subject,
        dialect=dialect,
        name=_text(claims, "name"),
        email=_text(claims, "email", 254),
        number=_text(claims, "corporate_number", 20),
        organisation_code=_text(claims, "organisation_code", 40),
        organisation_name=_text(claims, "organisation_name"),
    )
